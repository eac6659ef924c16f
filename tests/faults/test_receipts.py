"""Goal: each record that a connection is responsible for has one receipt that
says what became of it, also when the connector is killed between the row and
the receipt; and it is said as often as something changes, not round and
round."""

import os

import pytest
from support.records import event

POINTS = ["site_answered", "row_written", "committed", "receipt_acked",
          "dead_letter_acked"]


def told(flow, id):
    """{number of the record: (state, reason, offset)} by the receipts."""
    found = {}
    for key, m in flow.wire.latest(f"tw.receipts.{flow.reader}").items():
        connection, record = key.split("|", 1)
        assert (connection, record) == (m.value["connection"],
                                        m.value["recordKey"])
        if connection == id:
            n = int(record.split(".")[1].split("@")[0])
            found[n] = (m.value["state"], m.value["reason"],
                        m.value["offset"])
    return found


def times_told(flow):
    """{key: how often} in all of the log that is left."""
    keys = [m.key for m in flow.wire.read(f"tw.receipts.{flow.reader}")]
    return {k: keys.count(k) for k in set(keys)}


@pytest.mark.crashing
@pytest.mark.parametrize("kind", ["put", "find"])
@pytest.mark.parametrize("point", POINTS)
def test_each_record_has_its_receipt_whatever_is_killed(
        flow, rest_site, point, kind):
    site, id = rest_site(), f"{flow.reader}-{kind}"
    connector = flow.twinwire.connector(getattr(flow, kind)(
        site, subscribe=[{"topics": [flow.topic], "from": "beginning",
                          "where": '.title.en != "Not ours"'}]))
    site.fail(422, times=None, when=lambda r: r.is_write
              and b"Refused" in (r.body or b""))
    flow.say_all([(1, "Panel"), (2, "Refused"), (3, "Concert"),
                  (4, "Not ours")])
    for nth in (1, 1 if point == "dead_letter_acked" else 2):
        connector.env = os.environ | {"TW_CRASH_AT": f"{point}:{nth}"}
        connector.launch()
        assert connector.wait(30) == -9, connector.tail()
    flow.say(3, None)
    connector.env = None
    connector.start()
    want = {1: ("delivered", "", 0), 2: ("refused", "site_refused_content", 1),
            3: ("removed", "withdrawn", 4)}

    def is_told():
        have = told(flow, id)
        # One that was never there need not be said to be gone.
        return {n: have[n] for n in have if n != 3} == \
            {n: want[n] for n in want if n != 3} and \
            have.get(3, want[3]) == want[3]
    flow.twinwire.until(is_told, f"{want}, have {told(flow, id)}")
    flow.twinwire.until(lambda: flow.law(connector, id), "all are final")

    # Never a loop: all is said; another start and another record say one more.
    said = times_told(flow)
    assert max(said.values()) <= 4, said
    connector.stop()
    connector.start()
    flow.say(5, "Fair")
    flow.twinwire.until(lambda: told(flow, id).get(5, "")[:1] ==
                        ("delivered",), "its receipt")
    said[f"{id}|{flow.key(5)}"] = 1
    assert times_told(flow) == said


@pytest.mark.crashing
def test_a_refused_item_has_its_receipt_whatever_is_killed(flow, rest_site):
    """The other direction: what a member's own site has and the wire does not
    take."""
    site, id = rest_site(), f"{flow.reader}-source"
    connector = flow.twinwire.connector(flow.twinwire.rest(
        id, flow.reader, site, publish=[
            {"into": "events", "namespace": "s", "from": "beginning",
             "every": "100ms"}]))
    site.put("events", "1", **event("Forum", "in May", "later"))
    connector.env = os.environ | {"TW_CRASH_AT": "receipt_acked:1"}
    for _ in range(2):  # each time before the row knows that it was told
        connector.launch()
        assert connector.wait(30) == -9, connector.tail()
    connector.env = None
    connector.start()
    key = f"{id}|s.1@{flow.reader}"

    def state():
        m = flow.wire.latest(f"tw.receipts.{flow.reader}").get(key)
        return m and m.value["state"]
    flow.twinwire.until(lambda: state() == "refused", "refused")
    site.polled(3, "/events")
    assert times_told(flow)[key] <= 3
    site.put("events", "1", **event("Forum"))
    flow.twinwire.until(lambda: state() == "delivered", "and then taken")
    site.polled(3, "/events")
    assert times_told(flow)[key] <= 4


def test_what_waits_says_so_and_then_what_became_of_it(flow, rest_site):
    """Pending is said once a record has waited for a minute, also if the
    connector is killed meanwhile."""
    site, id = rest_site(), f"{flow.reader}-put"
    connector = flow.twinwire.connector(flow.put(site)).start().ready_z()
    site.fail(503, times=None, when=lambda r: r.is_write
              and b"Panel" in (r.body or b""))
    flow.say_all([(1, "Panel"), (2, "Concert")])
    flow.twinwire.until(lambda: told(flow, id).get(1, "")[:1] ==
                        ("pending",), "pending", 120)
    assert told(flow, id) == {1: ("pending", "site_error", 0),
                              2: ("delivered", "", 1)}
    connector.kill()
    connector.start().ready_z()
    flow.say(2, "Concert, moved")
    flow.twinwire.until(lambda: told(flow, id)[2][2] == 2, "others go on")
    assert told(flow, id)[1][0] == "pending"
    site.recover()
    flow.twinwire.until(lambda: told(flow, id)[1][0] == "delivered", "arrived")
    assert times_told(flow) == {f"{id}|{flow.key(1)}": 2,
                                f"{id}|{flow.key(2)}": 2}
    flow.arrived(connector)


@pytest.fixture
def refused(flow, rest_site):
    """A connector, stopped by now, whose site refused record 1; the site."""
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site)).start().ready_z()
    site.fail(422, method="PUT")
    flow.say(1, "Panel")
    flow.twinwire.until(lambda: told(flow, f"{flow.reader}-put").get(
        1, "")[:1] == ("refused",), "refused")
    connector.stop()
    return connector, site


def order_replay(flow):
    return flow.twinwire.run(
        "dead", "replay", flow.reader, "--yes", "--brokers",
        flow.wire.brokers, "--registry", flow.twinwire.registry_url)


def check_open(flow, out):
    """OUT is what an order says that nobody answered, and it is still open."""
    assert out.returncode == 1 and "twinwire audit" in out.stderr
    assert " waits" in flow.twinwire.cli("audit", flow.reader)


def check_carried_out(flow, connector):
    """The connector's next life carries the order out, once."""
    id = f"{flow.reader}-put"
    connector.env = None
    connector.start()
    flow.arrived(connector)
    flow.twinwire.until(lambda: told(flow, id)[1][0] == "delivered", "told")
    assert flow.counts(connector, id)["replayed"] == 1
    flow.twinwire.until(
        lambda: "done" in flow.twinwire.cli("audit", flow.reader), "answered")


@pytest.mark.crashing
def test_a_kill_in_the_middle_of_a_replay_loses_nothing(flow, refused):
    """Before the order's turn is committed: the order is still open, and is
    carried out by the next life."""
    connector, _ = refused
    connector.env = os.environ | {"TW_CRASH_AT": "replay_taken_up"}
    connector.launch()
    out = order_replay(flow)
    assert connector.wait(30) == -9, connector.tail()
    assert told(flow, f"{flow.reader}-put")[1][0] == "refused"
    check_open(flow, out)
    check_carried_out(flow, connector)


@pytest.mark.crashing
def test_no_order_is_answered_before_its_work_is_committed(flow, refused):
    """Else a kill after the answer loses the order: nobody carries it out
    again."""
    connector, site = refused
    connector.env = os.environ | {"TW_CRASH_AT": "commit_put_off"}
    connector.start().ready_z()
    out = order_replay(flow)
    connector.kill()
    assert len(site.writes()) == 2, "it was carried out"
    check_open(flow, out)
    check_carried_out(flow, connector)
