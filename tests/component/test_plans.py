"""Goal: nobody's system is changed by accident. A first run says what it would
do and waits; changes beyond `max_change` stop before the first of them, in both
directions; only the plan that somebody has seen is carried out."""

import json

import pytest
from support.records import event
from support.room import Room

CAREFUL = {"share": "20%", "at_least": 2}


@pytest.fixture
def make(twinwire, wire, rest_site):
    return lambda **more: Room(twinwire, wire, rest_site(), **more)


def panels(numbers):
    return [f"Panel {i}" for i in numbers]


def begin_with_ten(room):
    """ROOM runs, and has ten panels from the wire."""
    for i in range(10):
        room.say(i, f"Panel {i}")
    room.connector.start()
    room.until_got(*panels(range(10)))


def test_a_first_run_plans_both_directions_and_waits(make):
    room = make(first_run="plan")
    room.site.put("events", "1", **event("Forum"))
    for i in range(12):
        room.say(i, f"Panel {i}")
    room.unsay(11)
    room.connector.start()
    room.twinwire.until(lambda: room.plan()["counts"] == {
        "create": 11, "publish": 1, "keep": 1}, "all is counted")
    plan = room.plan()
    assert len(plan["first"]) == 10
    assert room.status()["state"] == "waiting"
    assert room.refused("approve", room.name, "another").stderr.count(
        plan["id"]) == 1

    # It is the same plan in another life, also without the state file, and
    # another one once there is more to do.
    room.twinwire.lose_state(room.connector)
    room.twinwire.until(lambda: room.status()["state"] == "waiting" and
                        room.status()["plan"], "planned again")
    assert room.plan()["id"] == plan["id"]
    room.say(12, "Panel 12")
    room.twinwire.until(lambda: room.plan()["id"] != plan["id"], "it changed")
    assert plan["id"] not in room.refused(
        "approve", room.name, plan["id"]).stderr.split("is ")[1].split(":")[0]
    assert room.published() == set() and room.got() == set()
    assert room.site.writes() == []

    room.approve(room.plan())
    room.until_published("Forum")
    room.until_got(*panels((*range(11), 12)))
    assert room.status()["approved"] and room.status()["plan"] is None
    room.twinwire.lose_state(room.connector)
    room.say(13, "Panel 13")
    room.twinwire.until(lambda: "Panel 13" in room.got(), "it asks once only")


def test_a_first_run_says_what_its_plan_waits_for(make):
    room = make(first_run="plan")
    room.site.put("events", "1", **event("Forum"))
    room.site.fail(401, times=None, method="GET")
    room.connector.start()
    why = "does not accept our login (status 401)"
    status = room.twinwire.until(
        lambda: why in room.status()["detail"] and room.status(), "the reason")
    assert (status["state"], status["reason"], status["plan"]) == (
        "waiting", "first_run", None)
    assert why in room.refused("plan", "--wait", "0", room.name).stderr
    assert why in room.refused("approve", room.name).stderr
    assert why in room.twinwire.cli("status", room.name)
    room.site.recover()
    assert room.plan()["counts"] == {"publish": 1}
    assert "twinwire approve" in room.status()["detail"]


def test_from_now_means_when_the_plan_was_made(make):
    room = make(first_run="plan", publish=[], subscribe=[{
        "topics": ["tw.events.*"], "from": "now"}])
    room.say(1, "Old")
    room.connector.start()
    assert room.plan()["counts"] == {}
    room.say(2, "New")
    room.twinwire.until(lambda: room.plan()["counts"] == {"create": 1},
                        "what comes meanwhile belongs to it")
    room.connector.stop()
    room.connector.start()
    room.twinwire.until(lambda: room.status()["state"] == "waiting", "again")
    room.approve(room.plan())
    room.until_got("New")


def test_orders_reach_a_connection_that_waits(make):
    room = make(first_run="plan")
    room.connector.start()
    room.plan()
    assert room.twinwire.cli("pause", room.name).startswith("done")
    assert room.status()["paused"] is True
    room.connector.stop()
    room.connector.start()
    room.twinwire.until(lambda: "once it is resumed" in room.status()["detail"],
                        "why there is no plan")
    assert room.twinwire.cli("resume", room.name).startswith("done")
    room.plan()


def test_many_changes_from_the_wire_ask_first(make):
    room = make(max_change=CAREFUL)
    begin_with_ten(room)
    room.connector.stop()
    for i in range(6):
        room.unsay(i)
    room.say(8, "Panel 8, moved")
    room.say(10, "Panel 10")
    n = len(room.site.writes())
    room.connector.start()
    # New ones go on; no change went out, not even the first.
    room.twinwire.until(lambda: "Panel 10" in room.got(), "new ones go on")
    plan = room.plan()
    assert plan["counts"] == {"remove": 6, "update": 1}
    assert [c["action"] for c in json.loads(room.twinwire.cli(
        "plan", "--all", "--json", room.name))["all"]] == 6 * ["remove"] + [
            "update"]
    assert len(room.site.writes()) == n + 1
    assert room.status()["reason"] == "awaits_approval"

    # More of the kind joins the plan, whose id changes with it.
    room.unsay(6)
    room.twinwire.until(lambda: room.plan()["counts"]["remove"] == 7, "seven")
    room.refused("approve", room.name, plan["id"])
    room.connector.kill()
    room.connector.start()
    room.twinwire.until(
        lambda: room.plan()["counts"] == {"remove": 7, "update": 1}, "again")
    room.approve(room.plan())
    room.until_got("Panel 7", "Panel 8, moved", "Panel 9", "Panel 10")
    room.twinwire.until(lambda: room.status()["plan"] is None, "no plan")


def test_a_few_changes_go_through_at_once(make):
    room = make(max_change=CAREFUL)
    begin_with_ten(room)
    for i in range(2):
        room.unsay(i)
    room.until_got(*panels(range(2, 10)))
    room.twinwire.until(lambda: room.status()["plan"] is None, "no plan")


def test_what_its_owner_takes_back_asks_no_more(make):
    room = make(max_change=CAREFUL)
    begin_with_ten(room)
    room.connector.stop()
    for i in range(6):
        room.say(i, f"Panel {i}, by mistake")
    room.connector.start()
    room.twinwire.until(lambda: room.plan()["counts"] == {"update": 6}, "six")
    for i in range(6):
        room.say(i, f"Panel {i}")
    room.twinwire.until(lambda: room.status()["plan"] is None, "no plan")
    room.say(1, "Panel 1, moved")  # one change needs no hand
    room.until_got("Panel 0", "Panel 1, moved", *panels(range(2, 10)))


def test_a_change_waits_on_behind_which_a_version_is_passed_over(make):
    other = make().other
    room = make(max_change=CAREFUL, subscribe=[
        {"topics": [f"tw.events.{other}"], "from": "beginning",
         "kinds": ["panel"], "on_leave": "keep"}])
    room.other = other
    begin_with_ten(room)
    room.connector.stop()
    for i in range(6):
        room.say(i, f"Panel {i}, moved")
    room.connector.start()
    room.twinwire.until(lambda: room.plan()["counts"] == {"update": 6}, "six")
    room.say(1, "Fair 1", kind="fair")  # leaves the filter
    room.say(7, "Panel 7, moved")
    room.twinwire.until(lambda: room.plan()["counts"] == {"update": 7}, "seven")
    room.approve(room.plan())
    room.until_got(*(f"Panel {i}, moved" for i in (0, 1, 2, 3, 4, 5, 7)),
                   "Panel 6", "Panel 8", "Panel 9")
