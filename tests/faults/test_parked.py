"""What a system refuses for a minute waits in the state file, so that the log
can go on: once, whatever is said meanwhile and whoever starts again."""

import contextlib
import os
import sqlite3

import pytest


def announce(flow, n, title, *for_whom):
    """Event N is the same as others."""
    flow.wire.write(flow.topic, flow.key(n), flow.encoded(
        n, title, sameAs=[flow.key(o) for o in for_whom]))
    flow.said += 1


def test_withdrawals_that_one_event_names_wait_once(flow, rest_site):
    """Each is connected with the other; neither has the other taken up
    again."""
    site, until = rest_site(), flow.twinwire.until
    connector = flow.twinwire.connector(flow.put(site))
    id = next(iter(flow.systems))
    flow.say_all([(1, "Day one"), (2, "Day two")])
    announce(flow, 3, "Both days", 1, 2)
    connector.start()
    flow.arrived(connector)
    site.fail(503, method="DELETE", times=None)
    flow.say_all([(1, None), (2, None)])
    until(lambda: flow.parked(connector, id) == 2, "they wait", 120)

    def goes_on():
        for _ in range(3):
            flow.say(flow.said, "Another one")
            until(lambda: len(flow.systems[id]()) == len(flow.want) + 2,
                  "others go on")

        def waits():
            c = flow.counts(connector, id)
            return (c["pending"], c["superseded"]) == (2, 0)
        until(waits, "two wait, each once")
    announce(flow, 3, "Both days, in May", 1, 2)
    goes_on()
    connector.stop()
    connector.start().ready_z()
    goes_on()
    site.recover()
    flow.want[flow.key(3)] = "Both days, in May"
    until(lambda: flow.equal(id), "both are gone, which shows the third")
    flow.arrived(connector)


@pytest.mark.crashing
def test_what_ends_as_all_is_read_anew_is_counted(flow, rest_site):
    """It begins before what was written is committed."""
    site, until = rest_site(), flow.twinwire.until
    later = f"{flow.topic}-later"
    connector = flow.twinwire.connector(flow.put(site, subscribe=[
        {"topics": [flow.topic, later], "from": "beginning"}]))
    id = next(iter(flow.systems))
    flow.say(1, "Panel")
    connector.start()
    flow.arrived(connector)
    site.fail(503, method="PUT", times=None)
    flow.say(1, "Panel, moved")
    until(lambda: flow.parked(connector, id) == 1, "it waits", 120)
    connector.stop()
    site.recover()
    # A topic comes that an earlier resync waited for.
    file = flow.twinwire.folder / f"{connector.name}.db"
    with contextlib.closing(sqlite3.connect(file)) as db:
        db.execute("INSERT OR REPLACE INTO value VALUES (?, 'resync_left', '1')",
                   [id])
        db.commit()
    connector.env = os.environ | {"TW_CRASH_AT": "commit_put_off"}
    connector.start()
    until(lambda: flow.equal(id), "it is there")
    flow.wire.create(later)
    until(lambda: "all topics are read whole" in connector.text(), "anew")
    connector.stop()
    connector.env = None
    connector.start()
    flow.arrived(connector)
