"""Goal: an operator's order reaches the connection, is answered once it holds,
holds over restarts and lost state, runs once, and stands in the audit trail."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.records import event
from support.room import Room


@pytest.fixture
def room(twinwire, wire, rest_site):
    return Room(twinwire, wire, rest_site())


def test_paused_until_resumed_also_without_the_state_file(room):
    room.site.put("events", "1", **event("Forum"))
    room.connector.start()
    room.until_published("Forum")
    room.twinwire.until(room.status, "orders find it")
    out = room.twinwire.cli("pause", room.name, "--by", "duty-desk")
    assert out.startswith("done, effective at ")
    status = room.status()
    assert status["paused"] is True
    assert (status["state"], status["reason"]) == (
        "paused", "paused_by_command")

    def holds():
        """Still paused by a status of this life, and nothing went out."""
        room.twinwire.until(
            lambda: room.status()["state"] == "paused", "still paused")
        assert room.status()["paused"] is True
        assert room.published() == {"Forum"}
    room.site.put("events", "2", **event("Panel"))
    room.connector.stop()
    assert room.status()["paused"] is True
    room.connector.start()
    holds()
    room.twinwire.lose_state(room.connector)
    holds()
    room.connector.kill()
    room.connector.start()
    holds()
    assert room.twinwire.cli("resume", room.name).startswith("done")
    assert room.status()["paused"] is False
    room.until_published("Forum", "Panel")
    room.connector.stop()
    room.connector.start()
    room.site.put("events", "3", **event("Fair"))
    room.until_published("Forum", "Panel", "Fair")

    trail = room.twinwire.cli("audit", room.id).splitlines()[1:]
    assert ["duty-desk" in trail[0], "pause" in trail[0]] == [True, True]
    assert "resume" in trail[1]
    assert all("done" in row for row in trail)


def test_orders_wait_for_a_connection_that_is_away(room):
    room.connector.start()
    room.twinwire.until(room.status, "it has started")
    room.connector.stop()
    room.site.put("events", "1", **event("Forum"))
    room.write_order("before-start", "pause")
    room.connector.start()
    room.twinwire.until(lambda: room.outcome("before-start") == "done",
                        "answered")
    assert room.published() == set()  # it ran before any work began


def test_only_what_is_open_runs_and_each_is_answered_once(room):
    room.connector.start()
    room.twinwire.until(room.status, "it has started")
    room.write_order("late", "pause", expires_in_s=-1)
    room.write_order("foreign", "pause", connection="another-site")
    room.write_order("odd", "dance")
    room.write_order("answered", "pause", outcome="done")
    room.write_order("answered", "pause")
    room.twinwire.until(lambda: room.outcome("odd") == "refused", "refused")
    room.twinwire.cli("resume", room.name)  # behind them all
    assert room.outcome("late") == "expired"
    assert room.outcome("foreign") == room.outcome("answered") == ""
    assert room.status()["paused"] is False
    n = len(room.orders())
    room.connector.stop()
    room.connector.start()
    room.twinwire.cli("resume", room.name)
    assert len(room.orders()) == n + 2  # the order and its answer


def test_an_unknown_connection_is_a_sentence(room):
    room.connector.start()
    room.twinwire.until(room.status, "it has started")
    out = room.twinwire.run("pause", "--brokers", room.wire.brokers,
                            "--registry", room.twinwire.registry_url, "nobody")
    assert out.returncode == 1
    assert 'no such connection: "nobody"' in out.stderr
    assert room.name in out.stderr  # one that there is


def test_an_id_that_two_members_use_names_neither(room):
    room.connector.start()
    room.twinwire.until(room.status, "it has started")
    room.write_status(room.other, room.name, plan={
        "id": "not-theirs", "counts": {"remove": 1}, "first": []})
    ours, theirs = (f"{m}/{room.name}" for m in (room.id, room.other))
    for command in ("pause", "approve", "plan"):
        out = room.refused(command, room.name)
        assert out.stdout == ""
        assert ours in out.stderr and theirs in out.stderr
    for nobody in (f"{room.id}/{room.name}s", f"{room.id}s/{room.name}",
                   f"/{room.name}", f"{room.id}/"):
        assert f'no such connection: "{nobody}"' in \
            room.refused("pause", nobody).stderr
    assert room.orders() == []
    # Whoever says whose is meant is heard by that one.
    assert f"twinwire approve {theirs} not-theirs" in \
        room.twinwire.cli("plan", theirs)
    assert "not-theirs" not in room.twinwire.cli("plan", ours)
    assert room.twinwire.cli("pause", ours).startswith("done")
    assert room.status()["paused"] is True
    assert room.wire.read(f"tw.control.{room.other}") == []


def test_a_plan_beyond_max_change_waits_for_approval(
        twinwire, wire, rest_site):
    room = Room(twinwire, wire, rest_site(),
                max_change={"share": "20%", "at_least": 2})
    for i in range(6):
        room.site.put("events", str(i), **event(f"Event {i}"))
    room.connector.start()
    room.until_published(*(f"Event {i}" for i in range(6)))
    for i in range(5):
        room.site.trash("events", str(i))
    plan = room.twinwire.until(lambda: room.status()["plan"], "a plan")
    assert plan["counts"]["withdraw"] == 5
    assert len(room.published()) == 6
    # It is the operator's turn, not the system's.
    assert room.status()["reason"] == "awaits_approval"
    assert f"Stuck: {room.name} waits for the operator" in \
        room.twinwire.cli("status", room.name)

    shown = room.twinwire.run("approve", "--brokers", wire.brokers,
                              "--registry", twinwire.registry_url, room.name)
    assert shown.returncode == 0, shown.stderr
    assert "5 would be withdrawn from the wire" in shown.stdout
    assert f"twinwire approve {room.name} {plan['id']}" in shown.stdout
    assert room.status()["plan"] == plan  # nothing was approved
    whole = json.loads(room.twinwire.cli("plan", "--all", "--json", room.name))
    assert [(c["action"], c["key"]) for c in whole["all"]] == [
        ("withdraw", f"site.{i}@{room.id}") for i in range(5)]
    room.write_order("of-another", "plan", planId="another")
    room.twinwire.until(lambda: room.outcome("of-another") == "refused", "no")
    wrong = room.twinwire.run("approve", "--brokers", wire.brokers,
                              "--registry", twinwire.registry_url, room.name,
                              "another")
    assert wrong.returncode == 1 and "refused" in wrong.stderr
    assert len(room.published()) == 6
    assert room.twinwire.cli("approve", room.name, plan["id"]).startswith(
        "done")
    room.until_published("Event 5")
    room.twinwire.until(lambda: room.status()["plan"] is None, "no plan")


def test_a_list_that_does_not_go_on_is_not_read_for_good(room):
    """What a connection answers is its member's to say."""
    room.connector.start()
    room.twinwire.until(room.status, "it has started")
    odd = f"{room.name}-odd"
    room.write_status(room.id, odd, plan={
        "id": "p", "counts": {"create": 9}, "first": []})

    def answer(page, next):
        def open_one():
            return [key for key, m in
                    room.wire.latest(f"tw.control.{room.id}").items()
                    if (m.value["connection"], m.value["outcome"]) ==
                    (odd, "")]
        [key] = room.twinwire.until(open_one, "asked")
        room.write_order(key, "plan", connection=odd, planId="p",
                         outcome="done",
                         arguments={"page": page, "next": next})

    change = '{"action": "create", "key": "k", "label": "l"}\n'
    with ThreadPoolExecutor(1) as pool:
        for page, next in ((change, "1"), (change, "3"), (change, "-5"),
                           ("", "1")):
            said = pool.submit(room.refused, "plan", "--all", odd)
            answer(change, "1")
            answer(page, next)
            said = said.result()
            assert said.stdout == ""
            assert f"the next is number {next}" in said.stderr
        said = pool.submit(room.refused, "plan", "--all", odd)
        answer("no change\n", "0")
        assert "its answer cannot be read" in said.result().stderr
        said = pool.submit(room.twinwire.cli, "plan", "--all", "--json", odd)
        answer(change, "1")
        answer(change, "0")
        assert len(json.loads(said.result())["all"]) == 2
