"""F32: the clock of the connector's machine is moved by an hour, or stands ten
years back. Order is the log's and waiting is by a clock that nobody moves, so
nothing is lost, written twice or held up; what does need the time, a
certificate, says so."""

import json

import pytest
from support.both_ways import BothWays
from support.clock import HOUR, YEAR, Clock
from support.rest_site import RestSite
from support.security import certificate


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path)


def told_at(flow, id):
    """When the connection says that it told its status, in s since 1970."""
    return flow.wire.latest(f"tw.status.{flow.reader}")[id].value["at"]


def test_f32_the_clock_is_moved_at_work(twinwire, wire, rest_site, rng, clock):
    line = BothWays(twinwire, wire, rest_site(), rng)
    line.connector.stop()
    clock.wind(line.connector)
    line.connector.start().ready_z()
    right = told_at(line.flow, line.id)
    line.goes_on()
    for off in HOUR, -HOUR, -10 * YEAR:
        clock.move(off)
        line.goes_on()
    line.connector.kill()
    line.connector.start().ready_z()
    line.goes_on()
    twinwire.until(
        lambda: (right - told_at(line.flow, line.id)).days > 9 * 365,
        "its clock is moved")
    clock.move(0)
    line.connector.stop()
    line.connector.start().ready_z()
    line.goes_on()
    assert "read whole" not in line.connector.text()


def test_f32_a_last_word_from_the_future(flow, rest_site, rng, clock):
    """The state file is lost, and the clock goes after now: whoever told of
    the connection is silent after two minutes, whatever he said the time
    was."""
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site))
    clock.wind(connector)
    connector.start().ready_z()
    flow.say_all([(n, f"Event {n}") for n in range(20)])
    flow.arrived(connector)
    flow.twinwire.until(lambda: told_at(flow, f"{flow.reader}-put"), "told")
    connector.kill()
    for f in connector.file.parent.glob(f"{connector.name}.db*"):
        f.unlink()
    clock.move(-HOUR)
    connector.start()
    flow.twinwire.until(
        lambda: "another instance" in connector.text(), "it waits")
    flow.twinwire.until(connector.is_ready, "it has waited", 240)
    flow.say(20, "Event 20")
    flow.arrived(connector)


def test_f32_a_certificate_that_is_not_valid_yet(flow, clock, tmp_path):
    cert, key = certificate(tmp_path / "tls", "127.0.0.1")
    with RestSite(tls=(cert, key)) as site:
        connection = flow.put(site)
        content = json.loads(connection.read_text())
        content["system"]["ca_file"] = str(cert)
        connection.write_text(json.dumps(content))
        connector = flow.twinwire.connector(connection)
        clock.wind(connector)
        clock.move(-10 * YEAR)
        connector.start()
        flow.say_all([(n, f"Event {n}") for n in range(5)])

        def status():
            told = flow.wire.latest(f"tw.status.{flow.reader}")
            return told[f"{flow.reader}-put"].value
        flow.twinwire.until(lambda: "certificate" in status()["detail"],
                            "it says why")
        assert status()["state"] == "paused"
        assert status()["reason"] == "stopped_by_site"
        assert not site.requests() and flow.letters() == []
        clock.move(0)
        flow.arrived(connector, timeout_s=120)
