"""Goal: whoever looks after the wire deals with each dead letter once: has it
tried again where it died and nowhere else, as the same message; or drops it;
and always with a word. What was replayed often is not replayed by mistake."""

import base64
import json
import sqlite3
import time
from contextlib import closing

import pytest
from support.flow import Flow, written
from support.receiver import PATH, header

DAY_MS = 24 * 3600 * 1000
SECRET = "whsec_" + base64.b64encode(b"thirty-two bytes make a secret..").decode()


@pytest.fixture
def flow(twinwire, wire):
    return Flow(twinwire, wire)


def listed(flow, *args):
    """{offset: letter} of `dead list`."""
    lines = flow.twinwire.lines("dead", "list", flow.reader, "--json", *args)
    return {m["offset"]: m for m in lines}


def states(flow):
    return [m["state"] for _, m in sorted(listed(flow, "--all").items())]


def dead(flow, action, *args, code=0):
    """`twinwire dead ACTION`: what it prints, and says."""
    out = flow.twinwire.run(
        "dead", action, flow.reader, "--brokers", flow.wire.brokers,
        "--registry", flow.twinwire.registry_url, *args)
    assert out.returncode == code, out.stdout + out.stderr
    return out.stdout + out.stderr


def letters(flow, n):
    """Wait for the first N dead letters, each with its receipt."""
    flow.twinwire.until(lambda: len(flow.letters()) == n, f"{n} letters")
    flow.twinwire.until(lambda: "refused" in {
        r["state"] for r in receipts(flow)}, "the receipt")
    return flow.letters()


def receipts(flow, key=None):
    return [r.value for r in
            flow.wire.latest(f"tw.receipts.{flow.reader}").values()
            if key is None or r.value["recordKey"] == key]


def law(flow, connector, id):
    """Exact, and nothing is under way."""
    flow.twinwire.until(lambda: flow.law(connector, id), "all are final")
    return flow.counts(connector, id)


def test_a_replay_goes_to_the_one_connection_where_it_died(flow, rest_site):
    bad, good = rest_site(), rest_site()
    connector = flow.twinwire.connector(
        flow.put(bad, "bad"), flow.put(good, "good")).start().ready_z()
    bad.fail(422, times=None, method="PUT",
             when=lambda r: b"Panel" in r.body)
    flow.say_all([(1, "Panel"), (2, "Concert")])
    [letter] = letters(flow, 1)
    assert letter.headers["tw_replays"] == "0"
    waits = listed(flow)
    assert [m["state"] for m in waits.values()] == ["open"]
    assert [m["headers"]["tw_connection"] for m in waits.values()] == [
        f"{flow.reader}-bad"]
    assert listed(flow, "--reason", "no_answer") == {}
    for wrong in ("--connection", "nobody"), ("--reason", "nosuch"):
        for action in "list", "replay", "drop":
            assert "there is none" in dead(flow, action, *wrong, code=1)
    said = dead(flow, "list", "--connection", "nobody", code=1)
    assert f"{flow.reader}-bad, {flow.reader}-good" in said
    assert "there are: site_refused_content" in dead(
        flow, "list", "--reason", "nosuch", code=1)
    shown = json.loads(dead(flow, "show", str(letter.offset)))
    assert shown["leaves"][:2] == "20" and shown["leaves"][-1] == "Z"

    bad.recover()
    n = len(good.writes())
    out = dead(flow, "replay", "--connection", f"{flow.reader}-bad")
    assert flow.key(1) in out and "--yes" in out
    assert len(written(bad, "Panel")) == 1  # it was a dry run
    out = dead(flow, "replay", "--key", flow.key(1), "--yes", "--by", "duty")
    assert f"1/1  offset {letter.offset}: done" in out
    assert "1 delivered" in out

    assert flow.equal(f"{flow.reader}-bad")
    assert len(good.writes()) == n
    assert listed(flow) == {} and states(flow) == ["delivered"]
    assert {r["state"] for r in receipts(flow, flow.key(1))} == {"delivered"}
    c = law(flow, connector, f"{flow.reader}-bad")
    assert (c["dead_lettered"], c["replayed"], c["applied"]) == (1, 1, 2)
    [trail] = json.loads(flow.twinwire.cli("audit", "--json", flow.reader))
    assert trail["value"]["action"] == "replay"
    assert trail["value"]["by"] == "duty"
    assert trail["value"]["outcome"] == "done"
    assert trail["value"]["arguments"]["offset"] == str(letter.offset)
    # Dealt with: neither order finds anything to do.
    out = dead(flow, "replay", str(letter.offset), "--yes")
    assert "dealt with" in out
    assert len(written(bad, "Panel")) == 2


def test_a_replayed_webhook_is_the_same_message(flow, receiver):
    site = receiver()
    id = f"{flow.reader}-hook"
    connector = flow.twinwire.connector(flow.twinwire.connection(
        id, flow.reader, "webhook", site.url, "", "",
        system={"base_url": site.url, "allow_private": True,
                "insecure_http": True,
                "auth": {"signature": {
                    "scheme": "standard-webhooks",
                    "secret_files": [flow.twinwire.secret(id, SECRET)]}}},
        config={"path": PATH},
        subscribe=[{"topics": [flow.topic],
                    "from": "beginning"}])).start().ready_z()
    site.fail(413, times=None)
    flow.say(1, "Panel")
    letters(flow, 1)
    site.recover()
    assert "1 delivered" in dead(flow, "replay", "--yes")
    first, second = site.attempts()
    assert header(first, "webhook-id") == header(second, "webhook-id")
    assert first.body == second.body
    law(flow, connector, id)


def test_what_dies_again_counts_its_replays(flow, rest_site):
    """Poison stays poison: the fourth replay must be insisted on, whoever
    gives the order."""
    connector = flow.twinwire.connector(flow.put(rest_site())).start()
    connector.ready_z()
    poison = flow.encoded(1, "Panel")[:40]
    flow.wire.write(flow.topic, flow.key(1), poison)
    flow.said += 1
    letters(flow, 1)
    for n in range(1, 4):
        out = dead(flow, "replay", "--yes", code=1)
        assert "1 died again" in out
        found = letters(flow, n + 1)
        assert [m.raw for m in found] == [poison] * (n + 1)
        assert [m.headers["tw_replays"] for m in found] == [
            str(i) for i in range(n + 1)]
        assert {(m.headers["tw_offset"], m.headers["tw_time"], m.key)
                for m in found} == {("0", found[0].headers["tw_time"],
                                     found[0].key)}
        assert states(flow) == ["again"] * n + ["open"]
    out = dead(flow, "replay", "--yes")
    assert "1 was replayed 3 times already" in out
    assert len(flow.letters()) == 4
    # The limit is the connection's, not this program's.
    asked = order(flow, "replay", offset=found[-1].offset)
    assert asked["outcome"] == "refused" and "3 times" in asked["outcomeText"]
    assert "1 died again" in dead(
        flow, "replay", "--again", "--yes", code=1)
    assert letters(flow, 5)[-1].headers["tw_replays"] == "4"
    c = law(flow, connector, f"{flow.reader}-put")
    assert (c["consumed"], c["dead_lettered"], c["replayed"]) == (1, 5, 4)
    # Its bytes stand in the row: no danger to the next start.
    connector.stop()
    connector.start().ready_z()


def order(flow, action, id=None, **arguments):
    """An order past `twinwire`, answered."""
    id = id or f"order-{time.time()}"
    now = int(time.time() * 1000)
    topic = f"tw.control.{flow.reader}"
    flow.wire.write(topic, id, flow.wire.encode(
        flow.wire.latest_id("org.twinwire.v1.Command"), {
            "id": id, "connection": f"{flow.reader}-put", "action": action,
            "arguments": {k: str(v) for k, v in arguments.items()},
            "planId": "", "by": "witness", "at": now,
            "expires": now + 600000, "outcome": "", "outcomeText": "",
            "effectiveAt": None}))

    def answer():
        said = flow.wire.latest(topic)[id].value
        return said["outcome"] and said
    return flow.twinwire.until(answer, f"the answer to {action}")


def test_a_poison_record_goes_through_once_what_it_died_of_is_mended(
        flow, rest_site):
    site = rest_site()

    def connection(where):
        return flow.put(site, subscribe=[
            {"topics": [flow.topic], "from": "beginning", "where": where}])
    connector = flow.twinwire.connector(
        connection('if .title.en == "Panel" then error("no") else true end'))
    connector.start().ready_z()
    flow.say_all([(1, "Panel"), (2, "Concert")])
    [letter] = letters(flow, 1)
    assert letter.headers["tw_reason"] == "filter_error"
    connector.stop()
    connection("true")
    connector.start().ready_z()
    assert "1 delivered" in dead(flow, "replay", "--yes")
    flow.twinwire.until(lambda: flow.equal(f"{flow.reader}-put"), "it is there")
    law(flow, connector, f"{flow.reader}-put")


def test_an_older_one_never_comes_back(flow, rest_site):
    """A newer version stands there, or the record was withdrawn: the letter is
    settled, and an order for it changes nothing."""
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site)).start().ready_z()
    site.fail(422, times=None, method="PUT",
              when=lambda r: b"Draft" in r.body)
    flow.say_all([(1, "Draft A"), (2, "Draft B")])
    found = letters(flow, 2)
    flow.say_all([(1, "Panel"), (2, None)])
    law(flow, connector, f"{flow.reader}-put")
    flow.twinwire.until(lambda: listed(flow) == {}, "settled")
    assert sorted(states(flow)) == ["newer", "newer"]
    site.recover()
    n = len(site.writes())
    for letter in found:
        said = order(flow, "replay", offset=letter.offset)
        assert said["outcome"] == "done"
        assert "come since" in said["outcomeText"] or \
            "any more" in said["outcomeText"]
    assert order(flow, "replay", offset=99)["outcome"] == "refused"
    assert order(flow, "replay")["outcome"] == "refused"
    assert order(flow, "replay", offset="first")["outcome"] == "refused"
    assert len(site.writes()) == n
    assert flow.equal(f"{flow.reader}-put")
    law(flow, connector, f"{flow.reader}-put")


def test_a_drop_is_a_decision_with_a_word(flow, rest_site):
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site)).start().ready_z()
    site.fail(422, times=None, method="PUT")
    flow.say_all([(1, "Panel"), (2, "Concert")])
    flow.wire.write(flow.topic, "nonsense", b"nobody's")
    flow.said += 1
    found = letters(flow, 3)
    assert len(listed(flow)) == 3
    assert "--yes" in dead(flow, "drop", "--key", flow.key(1))
    assert len(listed(flow)) == 3
    dead(flow, "drop", "--key", flow.key(1), "--yes", "--by", "duty")
    dead(flow, "drop", "--key", "nonsense", "--yes", "--by", "duty")

    def told():
        return [(r["state"], r["reason"]) for r in
                receipts(flow, flow.key(1))]
    flow.twinwire.until(lambda: told() == [("refused", "dropped")], "told")
    assert sorted(states(flow)) == ["dropped", "dropped", "open"]
    assert list(listed(flow)) == [
        m.offset for m in found if m.headers["tw_key"] == flow.key(2)]
    trail = [t["value"] for t in
             json.loads(flow.twinwire.cli("audit", "--json", flow.reader))]
    assert [(t["action"], t["by"], t["outcome"]) for t in trail] == [
        ("drop", "duty", "done")] * 2
    out = flow.twinwire.cli("refused", flow.reader)
    assert "dropped" in out
    # Who drops may think again: the letter is there as long as the log.
    site.recover()
    [first] = [m for m in found if m.headers["tw_key"] == flow.key(1)]
    assert "1 delivered" in dead(flow, "replay", str(first.offset), "--yes")
    law(flow, connector, f"{flow.reader}-put")


def test_replays_are_paced_and_bounded(flow, rest_site):
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site)).start().ready_z()
    site.fail(422, times=None, method="PUT")
    flow.say_all([(n, f"Event {n}") for n in range(6)])
    letters(flow, 6)
    flow.twinwire.until(lambda: len(receipts(flow)) == 6, "receipts")
    site.recover()
    # What is there is shown, what is not is named.
    for action in "replay", "drop":
        out = dead(flow, action, "0", "4711", "4712", code=1)
        assert flow.key(0) in out
        assert "no such letter: 4711" in out and ": 4712" in out
    out = dead(flow, "replay", "--yes", "--max", "4", "--rate", "5")
    assert "4/4" in out and "2 more are left out" in out
    assert "4 delivered" in out
    assert len(listed(flow)) == 2
    assert "2 delivered" in dead(flow, "replay", "--yes")
    flow.twinwire.until(lambda: flow.equal(f"{flow.reader}-put"), "all there")
    law(flow, connector, f"{flow.reader}-put")
    for wrong in (("--max", "0"), ("--rate", "fast"), ("x",)):
        dead(flow, "replay", *wrong, code=2)
    dead(flow, "replay", "4711", code=1)


def test_a_replay_waits_for_a_site_that_is_down_also_over_a_kill(
        flow, rest_site):
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site)).start().ready_z()
    site.fail(422, method="PUT")
    flow.say(1, "Panel")
    [letter] = letters(flow, 1)
    site.fail(503, times=None)
    said = order(flow, "replay", offset=letter.offset)
    assert said["outcome"] == "done"
    flow.twinwire.until(lambda: states(flow) == ["pending"], "it is tried")
    assert order(flow, "replay", offset=letter.offset)["outcome"] == "done"
    connector.kill()
    connector.start().ready_z()
    assert states(flow) == ["pending"]
    site.recover()
    flow.twinwire.until(lambda: states(flow) == ["delivered"], "delivered")
    assert flow.equal(f"{flow.reader}-put")
    c = law(flow, connector, f"{flow.reader}-put")
    assert (c["dead_lettered"], c["replayed"], c["applied"]) == (1, 1, 1)


def test_no_letter_leaves_the_log_without_a_word(flow, rest_site):
    """Open ones of 80 days and more are warned of: by the connection, whose
    rows know since when, and by the log itself."""
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site)).start().ready_z()
    site.fail(422, times=None, method="PUT")
    flow.say_all([(n, f"Event {n}") for n in range(3)])
    found = letters(flow, 3)
    flow.twinwire.until(lambda: len(receipts(flow)) == 3, "receipts")
    label = f'{{connection="{flow.reader}-put"}}'

    def leaving():
        return connector.metrics()[f"twinwire_dead_letters_leaving{label}"]

    def status():
        return flow.wire.latest(
            f"tw.status.{flow.reader}")[f"{flow.reader}-put"].value
    assert leaving() == 0 and status()["reason"] == ""
    connector.stop()
    days = {0: 79, 1: 82, 2: 91}  # the last one's letter has left
    now = int(time.time() * 1000)
    with closing(sqlite3.connect(
            flow.twinwire.folder / "connector.db", isolation_level=None)) as db:
        for n, age in days.items():
            db.execute("UPDATE record SET since_ms = ? WHERE key = ?",
                       (now - age * DAY_MS, flow.key(n)))
    connector.start().ready_z()
    said = flow.twinwire.until(
        lambda: status()["reason"] == "dead_letters_leave" and status(),
        "the warning")
    assert said["state"] == "running" and "1 dead letter leaves" in said["detail"]
    assert leaving() == said["counters"]["deadLeaving"] == 1
    assert connector.text().count(
        'msg="dead letters leave the log"') == 1
    out = flow.twinwire.cli("status", f"{flow.reader}-put")
    assert "dead_letters_leave" in out and "twinwire dead list" in out
    [letter] = [m for m in found if m.headers["tw_key"] == flow.key(1)]
    dead(flow, "drop", str(letter.offset), "--yes")
    flow.twinwire.until(lambda: status()["reason"] == "", "dealt with")
    assert leaving() == 0


def test_a_list_warns_of_letters_that_leave(flow):
    """Letters as they are in the log, older ones in a topic that takes their
    writer's time."""
    flow.wire.delete(flow.dead)
    flow.twinwire.until(lambda: flow.dead not in flow.wire.topics(), "gone")
    flow.wire.create(flow.dead, **{"message.timestamp.type": "CreateTime",
                                   "retention.ms": "-1"})
    now = int(time.time() * 1000)
    for n, age in enumerate((1, 79, 81, 89)):
        flow.wire.write(flow.dead, f"c|{n}@a", b"x", {
            "tw_connection": b"c", "tw_reason": b"bad_avro",
            "tw_key": f"{n}@a".encode(), "tw_topic": b"tw.events.a",
            "tw_offset": str(n).encode()}, at_ms=now - age * DAY_MS)
    out = dead(flow, "list")
    assert "2 of them leave the log within 10 days" in out
    flow.twinwire.until(lambda: len(listed(flow)) == 4, "all are listed")
    assert "leave the log" not in dead(flow, "list", "--key", "1@a")
