"""Goal: what a changed filter means for records that came before is applied to
them by `resync`, after a plan that somebody approved; `republish` writes again
what is on the wire and nothing else changes."""

import contextlib
import json
import sqlite3

import pytest
from support.records import event
from support.room import Room


@pytest.fixture
def make(twinwire, wire, rest_site):
    return lambda **more: Room(twinwire, wire, rest_site(), **more)


def change(room, **more):
    """The connection's file says MORE from the next start on."""
    file = room.twinwire.folder / f"{room.name}.yaml"
    file.write_text(json.dumps(json.loads(file.read_text()) | more))


def subscribed(room, **more):
    return [{"topics": [f"tw.events.{room.other}"],
             "from": "beginning"} | more]


def fed(make, n, **more):
    room = make(**more)
    for i in range(n):
        room.say(i, f"Panel {i}")
    room.connector.start()
    room.until_got(*(f"Panel {i}" for i in range(n)))
    room.twinwire.until(room.status, "orders find it")
    return room


def test_a_changed_filter_reaches_old_records_once_approved(make):
    room = fed(make, 6)
    room.connector.stop()
    change(room, subscribe=subscribed(
        room, where='.title.en != "Panel 3" and .title.en != "Panel 4"'))
    room.connector.start()
    room.say(6, "Panel 6")
    room.twinwire.until(lambda: "Panel 6" in room.got(), "it is at work")
    assert len(room.got()) == 7  # for new records only
    n = len(room.site.writes())

    said = room.twinwire.cli("resync", room.name, "--by", "duty-desk")
    assert said.startswith("done, effective at ") and "remove 2" in said
    plan = room.plan()
    assert plan["counts"]["remove"] == 2 and set(plan["counts"]) == {
        "remove", "keep"}
    assert room.status()["reason"] == "awaits_approval"
    assert [(c["action"], c["key"]) for c in json.loads(room.twinwire.cli(
        "plan", "--all", "--json", room.name))["all"]] == [
            ("remove", room.key_of(3)), ("remove", room.key_of(4))]
    # It waits over restarts, and is the same.
    room.connector.kill()
    room.connector.start()
    room.twinwire.until(
        lambda: (room.status()["plan"] or {}).get("id") == plan["id"],
        "the same plan")
    assert len(room.site.writes()) == n
    room.approve(plan)
    room.until_got("Panel 0", "Panel 1", "Panel 2", "Panel 5", "Panel 6")
    assert len(room.site.writes()) == n + 2
    room.twinwire.until(lambda: room.status()["reason"] == "", "done with it")
    assert room.status()["plan"] is None
    assert "everything is as it shall be" in room.twinwire.cli(
        "resync", room.name)
    assert "resync" in room.twinwire.cli("audit", room.id)
    assert "duty-desk" in room.twinwire.cli("audit", room.id)

    # And back again: what was removed is created.
    room.connector.stop()
    change(room, subscribe=subscribed(room))
    room.connector.start()
    assert "create 2" in room.twinwire.cli("resync", room.name)
    room.approve(room.plan())
    room.until_got(*(f"Panel {i}" for i in range(7)))
    room.twinwire.until(lambda: room.status()["reason"] == "", "done with it")
    assert law(room)


def law(room):
    """All that was consumed is accounted for."""
    c = room.status()["counters"]
    return c["consumed"] == c["pending"] + sum(
        c[n] for n in ("applied", "superseded", "unchanged", "stale",
                       "filtered", "deadLettered"))


def test_a_kill_in_the_middle_begins_it_again(make):
    room = fed(make, 40)
    room.connector.stop()
    change(room, subscribe=subscribed(room, where='.title.en == "Panel 7"'))
    room.connector.start()
    room.twinwire.cli("resync", room.name)
    plan = room.plan()
    assert plan["counts"]["remove"] == 39
    room.site.fail(delay_s=0.05)
    room.approve(plan)
    room.twinwire.until(lambda: len(room.got()) < 35, "the first are gone")
    room.connector.kill()
    room.site.recover()
    room.connector.start()
    room.until_got("Panel 7")
    room.twinwire.until(lambda: room.status()["reason"] == "", "done with it")
    assert law(room)


def test_a_plan_that_is_overtaken_answers_no_later_order(make):
    """A topic comes that an earlier resync waited for, while one is planned."""
    room = make()
    until = room.twinwire.until
    later = f"tw.events.{room.other}-later"
    change(room, subscribe=[{
        "topics": [f"tw.events.{room.other}", later], "from": "beginning"}])
    room.say(0, "Panel")
    room.connector.start()
    room.until_got("Panel")
    room.connector.stop()
    file = room.twinwire.folder / f"{room.connector.name}.db"
    with contextlib.closing(sqlite3.connect(file)) as db:
        db.execute("INSERT OR REPLACE INTO value VALUES (?, 'resync_left', '1')",
                   [room.name])
        db.commit()
    room.connector.start().ready_z()
    room.write_order("planned", "resync")
    room.wire.create(later)
    until(lambda: room.outcome("planned") == "done", "answered")
    until(lambda: "resync: done" in room.connector.text(), "all is read")
    assert "remove 1" in room.twinwire.cli("purge", room.name)


def test_orders_that_make_no_sense_are_refused(make):
    room = make(publish=[])
    room.connector.start()
    room.twinwire.until(room.status, "it has started")
    assert "publishes nothing" in room.refused("republish", room.name).stderr


def test_republish_writes_the_same_once_more(make):
    room = make()
    for i in range(3):
        room.site.put("events", str(i), **event(f"Event {i}"))
    room.connector.start()
    room.until_published("Event 0", "Event 1", "Event 2")
    room.site.trash("events", "1")
    room.until_published("Event 0", "Event 2")
    topic = f"tw.events.{room.id}"
    before = room.wire.read(topic)
    assert "2 records" in room.twinwire.cli("republish", room.name)
    room.twinwire.until(
        lambda: len(room.wire.read(topic)) == len(before) + 2, "again")
    first = {m.key: m.value for m in before if m.value is not None}
    for m in room.wire.read(topic)[len(before):]:
        assert m.value == first[m.key]
    # Over a restart, too, it is done once.
    room.connector.stop()
    room.connector.start()
    room.site.put("events", "3", **event("Event 3"))
    room.until_published("Event 0", "Event 2", "Event 3")
    assert len(room.wire.read(topic)) == len(before) + 3


def test_a_plan_that_is_being_made_is_waited_for(make):
    room = fed(make, 4)
    room.connector.stop()
    assert "does not run" in room.twinwire.cli("plan", room.name)
    change(room, subscribe=subscribed(room, where='.title.en != "Panel 3"'))
    room.connector.start()
    room.twinwire.until(lambda: room.status()["state"] == "running", "it runs")
    room.write_order("asked", "resync")
    room.twinwire.until(lambda: room.status()["reason"] == "resync",
                        "it is at it")
    said = room.twinwire.cli("plan", room.name)
    assert "1 would be removed" in said
    room.twinwire.until(lambda: room.outcome("asked") == "done", "answered")


def test_what_is_under_way_is_said_and_no_purge_is_taken_for_it(make):
    room = fed(make, 40)
    room.connector.stop()
    change(room, subscribe=subscribed(room, where='.title.en == "Panel 7"'))
    room.connector.start()
    room.twinwire.cli("resync", room.name)
    room.site.fail(delay_s=0.2)
    room.approve(room.plan())
    room.twinwire.until(lambda: room.status()["reason"] == "resync", "begun")
    assert "all topics are read whole" in room.refused(
        "plan", "--wait", "0", room.name).stderr
    assert "order it again" in room.refused("purge", room.name).stderr
    room.site.recover()
    room.until_got("Panel 7")
    room.twinwire.until(lambda: room.status()["reason"] == "", "done with it")


def test_a_plan_that_waits_ends_with_the_log_it_was_made_of(make):
    room = fed(make, 6)
    room.connector.stop()
    change(room, subscribe=subscribed(room, where='.title.en != "Panel 5"'))
    room.connector.start()
    assert "remove 1" in room.twinwire.cli("resync", room.name)
    old, topic = room.plan(), f"tw.events.{room.other}"
    room.wire.delete(topic)
    room.twinwire.until(lambda: topic not in room.wire.topics(), "it is gone")
    room.wire.create(topic, **{"cleanup.policy": "compact"})
    room.say(0, "Panel 0")
    room.say(1, "Panel 1")
    room.twinwire.until(lambda: room.status()["plan"] and (
        room.status()["plan"]["counts"] == {"remove": 4}), "another plan")
    assert "the plan that waits now is" in room.refused(
        "approve", room.name, old["id"]).stderr
    room.approve(room.plan())
    room.until_got("Panel 0", "Panel 1")
    room.twinwire.until(lambda: room.status()["reason"] == "", "done with it")
    assert room.status()["plan"] is None


def test_the_plan_of_an_order_that_expired_is_no_answer_to_another(make):
    room = fed(make, 3)
    room.connector.stop()
    change(room, subscribe=subscribed(room, where='.title.en != "Panel 2"'))
    room.connector.start()
    room.twinwire.until(lambda: room.status()["state"] == "running", "it runs")
    room.write_order("short", "resync", expires_in_s=5)
    room.twinwire.until(lambda: room.outcome("short") == "expired", "expired")
    room.approve(room.plan())
    room.until_got("Panel 0", "Panel 1")
    room.twinwire.until(lambda: room.status()["reason"] == "", "done with it")
    assert "remove 2" in room.twinwire.cli("purge", room.name)


def test_a_connection_rests_after_a_purge_until_a_resync_is_approved(make):
    room = fed(make, 3)
    assert "remove 3" in room.twinwire.cli("purge", room.name)
    room.approve(room.plan())
    room.until_got()
    room.twinwire.until(lambda: room.status()["paused"], "it rests")
    room.say(3, "Panel 3")
    assert "create 4" in room.twinwire.cli("resync", room.name)
    room.approve(room.plan())
    room.until_got(*(f"Panel {i}" for i in range(4)))
    assert room.status()["paused"] is False
    room.say(4, "Panel 4")
    room.until_got(*(f"Panel {i}" for i in range(5)))


def test_a_resync_is_not_taken_for_a_purge_that_is_carried_out(make):
    room = fed(make, 40)
    assert "remove 40" in room.twinwire.cli("purge", room.name)
    room.site.fail(delay_s=0.2)
    room.approve(room.plan())
    assert "a purge is being carried out" in room.refused(
        "resync", room.name).stderr
    room.site.recover()
    room.until_got()
    room.twinwire.until(lambda: room.status()["paused"], "it rests")
