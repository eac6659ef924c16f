"""F17, F18: bursts of errors are waited out, as long as the site asks for, and
in each record's order; what the site refuses for good becomes a dead letter
and keeps nobody back, its own later version included."""

import pytest
from support.flow import numbered, written

pytestmark = pytest.mark.fast
LEEWAY_S = 0.05


@pytest.mark.parametrize("kind", ["put", "find"])
def test_f17_bursts_of_errors(flow, rest_site, kind, rng):
    site = rest_site()
    connector = flow.twinwire.connector(
        getattr(flow, kind)(site)).start().ready_z()
    for status in (500, 502, 503, 504):
        site.fail(status, times=10, when=lambda r: rng.random() < 0.15)
    site.fail(429, times=5, headers={"Retry-After": "1"},
              when=lambda r: rng.random() < 0.15)
    changes = numbered(rng, 0, 60, share_changed=1.0)
    flow.say_all(changes)
    flow.arrived(connector, timeout_s=120)
    # No version is followed by an older one.
    place = {title: i for i, (_, title) in enumerate(changes)}
    last = {}
    for r in site.writes():
        body = r.json() if r.status in (200, 201) and r.body else {}
        record = body.get("record", body)
        if "uid" in record:
            now = place[record["title"]["en"]]
            assert last.get(record["uid"], -1) <= now
            last[record["uid"]] = now
    assert flow.letters() == []


@pytest.mark.parametrize("status", [429, 503])
def test_f17_retry_after_is_honoured(flow, rest_site, status):
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site)).start().ready_z()
    site.fail(status, times=2, headers={"Retry-After": "2"},
              when=lambda r: r.is_write)
    flow.say(1, "Panel")
    flow.arrived(connector)
    at = [r.at for r in site.writes()]
    assert len(at) == 3
    assert all(b - a >= 2 - LEEWAY_S for a, b in zip(at, at[1:])), at


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("kind", ["put", "find"])
def test_f18_one_record_is_refused(flow, rest_site, kind, status):
    site = rest_site()
    connector = flow.twinwire.connector(
        getattr(flow, kind)(site)).start().ready_z()
    site.fail(status, times=None, body=b'{"error": "no panels, please"}',
              when=lambda r: r.is_write and b"Panel" in r.body)
    flow.say_all([(1, "Panel"), (2, "Concert")])
    [letter] = flow.twinwire.until(flow.letters, "the dead letter")
    assert letter.raw == flow.encoded(1, "Panel")
    assert letter.key == f"{flow.reader}-{kind}|{flow.key(1)}"
    assert str(status) in letter.headers.values()
    assert any("no panels" in v for v in letter.headers.values() if v)
    flow.say(1, "Debate")
    flow.arrived(connector)
    assert len(flow.letters()) == 1
    assert flow.counts(connector, f"{flow.reader}-{kind}")[
        "dead_lettered"] == 1
    assert len(written(site, "Panel")) == 1, "a refusal is not repeated"
