"""Goal: `twinwire status` answers what an operator asks: is everything
delivered, what is stuck and why, for whom does it wait, is anything lost, what
do I do; as a table with sentences, live, and as JSON."""

import json
import signal
import subprocess

import pytest
from support.flow import Flow
from support.twinwire import program


@pytest.fixture
def flow(twinwire, wire):
    return Flow(twinwire, wire)


def until_said(flow, *words):
    """Wait until `status` of this flow's connections says WORDS; all of it."""
    seen = []

    def said():
        seen.append(flow.twinwire.cli("status", *flow.systems))
        return all(w in seen[-1] for w in words)
    try:
        flow.twinwire.until(said, f"{words}")
    except AssertionError as e:
        raise AssertionError(f"{e}\n{seen[-1]}") from None
    return seen[-1]


def test_an_operators_five_questions(flow, rest_site):
    bad, good = rest_site(), rest_site()
    connector = flow.twinwire.connector(
        flow.put(bad, "bad"), flow.put(good, "good")).start().ready_z()
    until_said(flow, "Everything is delivered.", "Nothing is stuck.",
               "Nothing is lost: each of 0 messages read is accounted for.")

    # One record is not taken: said, and what to do.
    bad.fail(422, times=None, method="PUT",
             when=lambda r: b"Panel" in r.body)
    flow.say_all([(1, "Panel"), (2, "Concert")])
    until_said(flow, "Not everything is delivered: 0 wait, 0 are unread, "
               "1 was not taken (twinwire refused).",
               "Nothing is lost: each of 4 messages read is accounted for.")
    refused = flow.twinwire.cli("refused", flow.reader)
    assert flow.key(1) in refused and "`twinwire dead show`" in refused

    # An order holds one: for whom it waits, and what ends it.
    flow.twinwire.cli("pause", f"{flow.reader}-good")
    out = until_said(flow, "Stuck: ")
    assert f"Stuck: {flow.reader}-good waits for the operator: " \
        "Somebody paused it. `twinwire resume` lets it go on." in out
    only = flow.twinwire.cli("status", f"{flow.reader}-good")
    assert "Everything is delivered." not in only
    assert "What was read is delivered, but 1 connection is stuck" in only
    flow.twinwire.cli("resume", f"{flow.reader}-good")

    # A system that does not let us in: its member is waited for.
    bad.recover()
    bad.fail(401, times=None)
    flow.say_all([(3, "Fair")])
    out = until_said(flow, f"{flow.reader}-bad waits for "
                     f"{flow.reader}'s system: ")
    assert "The system does not let us in." in out
    rows = {r["key"]: r for r in json.loads(flow.twinwire.cli(
        "status", "--json", *flow.systems))}
    row = rows[f"{flow.reader}-bad"]
    assert row["waits_for"] == "member's system" and not row["silent"]
    assert row["unaccounted"] == 0
    assert row["value"]["counters"]["notDelivered"] == 1
    bad.recover()
    flow.say_all([(1, "Panel, moved")])
    until_said(flow, "Everything is delivered.", "Nothing is stuck.")
    assert connector.running


def test_it_shows_changes_live(flow, rest_site):
    id = f"{flow.reader}-put"
    flow.twinwire.connector(flow.put(rest_site())).start().ready_z()
    out = flow.twinwire.folder / "live.txt"
    with out.open("w") as to, subprocess.Popen(
            [program("cli"), "status", "--watch", "--brokers",
             flow.twinwire.brokers, "--registry",
             flow.twinwire.registry_url, id], stdout=to) as live:
        try:
            flow.twinwire.until(
                lambda: "Nothing is stuck." in out.read_text(), "first")
            flow.twinwire.cli("pause", id)
            flow.twinwire.until(
                lambda: "paused_by_command" in out.read_text(), "the pause")
            live.send_signal(signal.SIGINT)
            assert live.wait(20) == 0
        finally:
            live.kill()
