"""F19: a site that locks us out, is gone or has moved stops its connection
alone. The status says why, nothing is dead-lettered, and the connection goes
on by itself once the site lets it."""

import pytest

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("status, headers", [
    (401, {}), (403, {}), (410, {}),
    (301, {"Location": "http://127.0.0.1:9/elsewhere"}),
], ids=["401", "403", "410", "301"])
def test_f19_paused_until_it_may(flow, rest_site, status, headers):
    site, other = rest_site(), rest_site()
    connector = flow.twinwire.connector(
        flow.put(site), flow.put(other, "other")).start().ready_z()
    flow.say(1, "Before")
    flow.arrived(connector)
    site.fail(status, times=None, headers=headers)
    flow.say_all([(2, "Meanwhile"), (1, "Moved")])
    flow.arrived(connector, [f"{flow.reader}-other"])

    def told():
        m = flow.wire.latest(f"tw.status.{flow.reader}")[
            f"{flow.reader}-put"].value
        return (m["state"], m["reason"], str(status) in (m["detail"] or ""))
    flow.twinwire.until(lambda: told() == ("paused", "stopped_by_site", True),
                        "the status says why")
    assert not connector.is_ready()
    assert connector.metrics()[
        f'twinwire_running{{connection="{flow.reader}-put"}}'] == 0
    assert connector.metrics()[
        f'twinwire_state{{connection="{flow.reader}-put",state="paused",'
        'reason="stopped_by_site"}'] == 1
    said = [line for line in connector.text().splitlines()
            if "msg=paused" in line and "stopped_by_site" in line]
    assert any(str(status) in line for line in said), "the log says why"
    n = len(site.writes())
    probes = len(site.reads("/whoami"))
    flow.twinwire.until(lambda: len(site.reads("/whoami")) > probes + 1,
                        "it asks whether it may")
    assert len(site.writes()) == n, "and nothing else"
    site.recover()
    flow.arrived(connector)
    assert connector.is_ready()
    assert "msg=running" in connector.text().split("stopped_by_site")[-1]
    assert flow.letters() == []


@pytest.mark.parametrize("status", [401, 301])
def test_f19_about_one_request_only(flow, rest_site, status):
    """The probe finds all well: then it was a passing fault."""
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site)).start().ready_z()
    site.fail(status, times=2, when=lambda r: r.is_write,
              headers={"Location": "http://127.0.0.1:9/"})
    flow.say_all([(1, "Panel"), (2, "Concert")])
    flow.arrived(connector)
    assert flow.letters() == []
