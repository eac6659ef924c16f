"""F33: names of sites that nobody resolves, that take long, or that suddenly
stand for an address inside. One site's name holds up nobody else, nothing is
given up for it, and no request goes where it must not."""

import json
import subprocess

import pytest
from support.dns import NXDOMAIN, SERVFAIL, Dns
from support.flow import numbered
from support.process import free_port
from support.rest_site import RestSite

PUBLIC = "93.184.216.34"  # in this network namespace it is ours

PATIENCE_S = 3  # less than what the C library waits for one answer


def has_failed(connector, id):
    return connector.metrics().get(
        f'twinwire_state{{connection="{id}",state="running",'
        f'reason="site_failing"}}') == 1


@pytest.fixture
def dns(tmp_path):
    with Dns(tmp_path) as d:
        yield d


def named(site, name):
    site.url = f"http://{name}:{site.port}"
    return site


@pytest.mark.parametrize("trouble", [NXDOMAIN, SERVFAIL, None],
                         ids=["no_such_name", "server_fails", "no_answer"])
def test_f33_a_name_that_is_not_resolved(flow, rest_site, dns, rng, trouble):
    good, bad = rest_site(), named(rest_site(), "bad.test")
    dns.names["bad.test"] = trouble
    connector = flow.twinwire.connector(
        flow.put(good), flow.put(bad, "bad")).start()
    flow.say_all(numbered(rng, 0, 100))
    # Others are served meanwhile, record by record, also when the first
    # requests are given up and while the name is asked for again.
    n = 1000
    while n < 1100 or not has_failed(connector, f"{flow.reader}-bad"):
        flow.say(n, f"Event {n}")
        flow.twinwire.until(lambda: flow.equal(f"{flow.reader}-put"),
                            "good has it", PATIENCE_S)
        n += 1
    flow.arrived(connector, [f"{flow.reader}-put"])
    counts = flow.counts(connector, f"{flow.reader}-bad")
    assert counts["pending"] > 0 and counts["dead_lettered"] == 0
    # It can be asked to leave, too, and does not wait for names.
    assert connector.stop() == 0
    connector.start()
    dns.names["bad.test"] = "127.0.0.1"
    flow.arrived(connector, timeout_s=120)
    assert flow.letters() == []


def test_f33_a_name_that_comes_to_mean_another_machine(flow, dns, rng):
    """DNS rebinding: what was public is the loopback now, and something
    answers there."""
    subprocess.run(["ip", "address", "add", f"{PUBLIC}/32", "dev", "lo"],
                   check=True)
    port = free_port()
    try:
        with RestSite(PUBLIC, port) as site, RestSite(port=port) as inside:
            named(site, "site.test")
            dns.names["site.test"] = PUBLIC
            file = flow.put(site)
            content = json.loads(file.read_text())
            content["system"]["allow_private"] = False
            file.write_text(json.dumps(content))
            connector = flow.twinwire.connector(file).start().ready_z()
            flow.say_all(numbered(rng, 0, 30))
            flow.arrived(connector)
            connector.stop()  # with its connections and what it looked up

            dns.names["site.test"] = "127.0.0.1"
            connector.start()
            flow.say_all(numbered(rng, flow.said, 30))
            flow.twinwire.until(
                lambda: "site.test:" in connector.text()
                and "this address is not allowed" in connector.text(),
                "it says so")
            flow.twinwire.until(
                lambda: flow.counts(connector, f"{flow.reader}-put")
                ["pending"] > 10, "they wait")
            assert not inside.requests()
            dns.names["site.test"] = PUBLIC
            flow.arrived(connector, timeout_s=120)
            assert flow.letters() == [] and not inside.requests()
    finally:
        subprocess.run(["ip", "address", "del", f"{PUBLIC}/32", "dev", "lo"],
                       check=True)
