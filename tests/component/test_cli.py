"""Goal: an operator can set up a wire and see what goes over it with `twinwire`
alone, and is told in a sentence what is wrong. The witness writes and checks."""

import json
import subprocess
import time

import pytest

from support import records
from support.twinwire import program

V1 = records.V1
EVENT_KEY = "site.17@volgograd"
def now_ms():
    return int(time.time() * 1000)



def members(*ids):
    return [{"id": i, "names": {"en": i}} for i in ids]


def event(**more):
    return records.event("Panel", uid=EVENT_KEY, publisher="volgograd") | more


def receipt(connection, key, state, reason="", **more):
    return {"connection": connection, "recordKey": key,
            "topic": "tw.events.volgograd", "offset": 0, "state": state,
            "reason": reason, "since": now_ms(), "at": now_ms()} | more


@pytest.fixture
def room(twinwire):
    twinwire.provision(*members("volgograd", "cpaffc"))
    return twinwire


@pytest.fixture
def say(wire):
    """Writes RECORD of a schema under KEY to any topic."""
    def write(name, topic, key, record):
        raw = wire.encode(wire.latest_id(V1 + name), record)
        return wire.write(topic, key, raw)
    return write


def ran(twinwire, *args, **how):
    out = twinwire.run(args[0], "--brokers", twinwire.brokers, "--registry",
                       twinwire.registry_url, *args[1:], **how)
    return out.returncode, out.stdout, out.stderr


def test_provision_makes_what_is_missing_and_nothing_twice(
        twinwire, wire, registry):
    file = twinwire.file("members.yaml", {"members": members("mag")})
    plan = json.loads(twinwire.cli("provision", "--plan", "--json", file))
    actions = {t["topic"]: t["action"] for t in plan["topics"]}
    assert actions["tw.events.mag"] == "create"
    assert "tw.events.mag" not in wire.topics()

    twinwire.cli("provision", file)
    assert {f"tw.{k}.mag" for k in (
        "claims", "events", "organizations", "receipts", "status", "control",
        "dead")} <= set(wire.topics())
    assert {"tw.partnerships", "tw.notices"} <= set(wire.topics())
    for name in ("Event", "PartnershipClaim", "Receipt", "Command"):
        wire.latest_id(V1 + name)
    again = json.loads(twinwire.cli("provision", "--json", file))
    assert all(x["action"] == "none"
               for x in again["topics"] + again["schemas"])


def test_provision_brings_settings_into_form_and_keeps_others(twinwire, wire):
    wire.create("tw.events.kg-lsg", **{"cleanup.policy": "delete",
                                       "segment.ms": "7200000"})
    file = twinwire.file("members.yaml", {"members": members("kg-lsg")})
    for how in ("--plan", "--json"), ("--json",):
        done = json.loads(twinwire.cli("provision", *how, file))
        change = next(
            t for t in done["topics"] if t["topic"] == "tw.events.kg-lsg")
        assert change["action"] == "change"
        assert change["set"]["cleanup.policy"] == "compact"
        assert change["set"]["compression.type"] == "uncompressed"
    from confluent_kafka.admin import ConfigResource
    resource = ConfigResource(ConfigResource.Type.TOPIC, "tw.events.kg-lsg")
    has = wire.admin.describe_configs([resource])[resource].result(20)
    assert has["cleanup.policy"].value == "compact"
    assert has["message.timestamp.type"].value == "LogAppendTime"
    assert has["compression.type"].value == "uncompressed"
    assert has["delete.retention.ms"].value == str(180 * 86400 * 1000)
    assert has["segment.ms"].value == "7200000"


def test_provision_asks_a_registry_that_does_not_answer_again(
        room, registry, tmp_path):
    said = tmp_path / "said"
    registry.pause()
    try:
        with said.open("w") as err:
            p = subprocess.Popen(
                [program("cli"), "provision", "--brokers", room.brokers,
                 "--registry", room.registry_url, room.members],
                stdout=subprocess.DEVNULL, stderr=err)
        room.until(lambda: "trying again" in said.read_text(), "another try")
    finally:
        registry.resume()
    assert p.wait(60) == 0, said.read_text()


def test_a_wrong_members_file_is_refused_with_its_line(twinwire):
    file = twinwire.file("members.yaml", "members:\n  - id: Vol gograd\n"
                                         "    names: {en: x}\n")
    code, _, stderr = ran(twinwire, "provision", file)
    assert code == 78
    assert f"{file}:2:" in stderr


def test_tail_prints_records_and_why_others_cannot_be_read(room, wire):
    good = wire.say("Event", "volgograd", EVENT_KEY, event())
    poison = wire.write("tw.events.volgograd", EVENT_KEY, b"\0\0\0\0\x63\x02")
    forged = wire.say("Event", "cpaffc", EVENT_KEY, event())
    gone = wire.say("Event", "volgograd", EVENT_KEY, None)
    lines = room.lines("tail", "--from", "beginning", "--end", "tw.events.*")
    at = {(x["topic"], x["offset"]): x for x in lines}
    assert at["tw.events.volgograd", good]["value"]["title"] == {"en": "Panel"}
    assert at["tw.events.volgograd", poison]["error"] == "unknown_schema"
    assert at["tw.events.cpaffc", forged]["error"] == "origin_mismatch"
    assert at["tw.events.volgograd", gone]["value"] is None


def test_tail_says_when_no_topic_has_that_name(room):
    assert ran(room, "tail", "--end", "tw.event.*") == (
        1, "", "twinwire tail: there is no such topic\n")
    popen = subprocess.Popen(
        [program("cli"), "tail", "--brokers", room.brokers, "--registry",
         room.registry_url, "tw.event.*"], stderr=subprocess.PIPE, text=True)
    try:
        assert "no such topic yet; waiting" in popen.stderr.readline()
    finally:
        popen.kill()
        popen.wait()
        popen.stderr.close()


def test_tail_follows_and_leaves_after_as_many_as_asked(room, wire):
    popen = subprocess.Popen(
        [program("cli"), "tail", "--brokers", room.brokers, "--registry",
         room.registry_url, "--count", "2", "tw.events.*"],
        stdout=subprocess.PIPE, text=True)
    try:
        # Until it listens, what is written is not "now" for it.
        while popen.poll() is None:
            wire.say("Event", "volgograd", EVENT_KEY, event())
            time.sleep(0.2)
        seen = [json.loads(x) for x in popen.stdout.read().splitlines()]
    finally:
        popen.kill()
        popen.wait()
        popen.stdout.close()
    assert popen.returncode == 0
    assert len(seen) == 2
    assert seen[1]["offset"] == seen[0]["offset"] + 1


def test_get_shows_the_newest_record_and_its_receipts(room, wire, say):
    wire.say("Event", "volgograd", EVENT_KEY, event())
    wire.say("Event", "volgograd", EVENT_KEY, event(status="cancelled"))
    say("Receipt", "tw.receipts.cpaffc", f"beijing|{EVENT_KEY}",
        receipt("beijing", EVENT_KEY, "delivered", url="https://b.example/7"))
    say("Receipt", "tw.receipts.cpaffc", "beijing|site.1@volgograd",
        receipt("beijing", "site.1@volgograd", "delivered"))
    got = json.loads(room.cli("get", "--json", EVENT_KEY))
    assert [r["value"]["status"] for r in got["records"]] == ["cancelled"]
    assert [r["value"]["url"] for r in got["receipts"]] == \
        ["https://b.example/7"]
    assert "https://b.example/7" in room.cli("get", EVENT_KEY)
    code, _, stderr = ran(room, "get", "site.none@volgograd")
    assert code == 1 and "nothing is under" in stderr


def test_refused_names_member_record_and_reason(room, say):
    say("Receipt", "tw.receipts.cpaffc", "beijing|site.2@volgograd",
        receipt("beijing", "site.2@volgograd", "refused",
                "site_refused_content"))
    say("Receipt", "tw.receipts.cpaffc", "beijing|site.3@volgograd",
        receipt("beijing", "site.3@volgograd", "pending"))
    for member in ("cpaffc", "volgograd"):
        out = room.cli("refused", member)
        assert "site.2@volgograd" in out and "site_refused_content" in out
        assert "does not take this content" in out  # for a clerk
        assert "site.3@volgograd" not in out
    assert "site.3@volgograd" in room.cli("refused", "--pending")
    room.provision(*members("mag"))
    assert "Nothing is refused." in room.cli("refused", "mag")
    shown = json.loads(room.cli("refused", "--json", "cpaffc"))
    assert "site_refused_content" in {r["value"]["reason"] for r in shown}


def test_status_shows_each_connection_and_calls_the_quiet_silent(room, say):
    def status(connection, at):
        return {"connection": connection, "state": "running", "reason": "",
                "counters": {"pending": 3}, "at": at,
                "positions": [{"topic": "t", "partition": 0, "offset": 5,
                               "end": 9, "lag": 4}]}
    say("Status", "tw.status.cpaffc", "beijing", status("beijing", now_ms()))
    say("Status", "tw.status.volgograd", "old", status("old", 0))
    rows = {r.split()[1]: r.split() for r in
            room.cli("status").split("\n\n")[0].splitlines()[1:]}
    assert rows["beijing"][2:5] == ["running", "3", "4"]
    assert rows["old"][2] == "silent"
    only = json.loads(room.cli("status", "--json", "beijing"))
    assert [s["key"] for s in only] == ["beijing"]


def test_a_status_says_what_to_do_about_its_reason(room, say):
    say("Status", "tw.status.cpaffc", "harbin",
        {"connection": "harbin", "state": "paused",
         "reason": "paused_by_command", "counters": {}, "at": now_ms(),
         "positions": []})
    out = room.cli("status", "harbin")
    assert "paused_by_command" in out and "`twinwire resume`" in out


@pytest.mark.parametrize("args, what", [
    (("status", "nosuch"), 'no such connection: "nosuch"'),
    (("refused", "nosuch"), 'no such member: "nosuch"'),
    (("audit", "nosuch"), 'no such member: "nosuch"'),
    (("unresolved", "nosuch"), 'no such member: "nosuch"'),
    (("dead", "list", "nosuch"), 'no such member: "nosuch"'),
])
def test_an_unknown_name_is_said(room, args, what):
    code, stdout, stderr = ran(room, *args)
    assert (code, stdout) == (1, "")
    assert what in stderr


def test_a_dead_letter_is_listed_and_shown_byte_for_byte(room, wire):
    raw = b"\0\0\0\0\x63poison\xff"
    offset = wire.write(
        "tw.dead.cpaffc", f"beijing|{EVENT_KEY}", raw,
        {"tw_connection": b"beijing", "tw_reason": b"unknown_schema",
         "tw_topic": b"tw.events.volgograd", "tw_offset": b"1000",
         "tw_key": EVENT_KEY.encode()})
    assert "unknown_schema" in room.cli("dead", "list", "cpaffc")
    shown = json.loads(room.cli("dead", "show", "cpaffc", offset))
    import base64
    assert base64.b64decode(shown["value_base64"]) == raw
    assert shown["headers"]["tw_key"] == EVENT_KEY
    code, _, stderr = ran(room, "dead", "show", "cpaffc", "99")
    assert code == 1 and "no letter" in stderr


def test_dead_letters_are_picked_by_connection_reason_key_and_time(
        room, wire):
    for connection, reason, key in (("beijing", "bad_avro", "1@a"),
                                    ("beijing", "rejected", "2@a"),
                                    ("tianjin", "rejected", "1@a")):
        wire.write("tw.dead.cpaffc", f"{connection}|{key}", b"x",
                   {"tw_connection": connection.encode(),
                    "tw_reason": reason.encode(), "tw_key": key.encode(),
                    "tw_topic": b"tw.events.a"})

    def listed(*filters):
        return {tuple(r.split()[4:7]) for r in
                room.cli("dead", "list", "cpaffc", *filters).splitlines()[1:]
                if r.split()[6] in ("1@a", "2@a")}
    assert len(listed()) == 3
    assert {r[0] for r in listed("--connection", "tianjin")} == {"tianjin"}
    assert {r[1] for r in listed("--reason", "bad_avro")} == {"bad_avro"}
    assert len(listed("--key", "1@a")) == 2
    assert len(listed("--key", "1@a", "--connection", "beijing")) == 1
    assert len(listed("--since", "2020-01-01T00:00:00Z")) == 3
    assert listed("--since", "2100-01-01T00:00:00Z") == set()
    assert len(listed("--since", "2020-01-01")) == 3
    assert listed("--since", "2100-01-01") == set()
    code, _, stderr = ran(room, "dead", "list", "--since", "yesterday")
    assert code == 2 and "or an instant" in stderr


def test_unresolved_lists_cities_until_an_alias_names_them(room, wire, say):
    lost = {"id": "x:volgograd", "country": "RU",
            "names": {"ru": "Волгоград"}}
    claim = records.claim(a=lost, b=records.JILIN, speaks_for="x:volgograd",
                          registrar="cpaffc", localId="pairs.1")
    wire.say("PartnershipClaim", "cpaffc", "cpaffc|pairs.1", claim)
    found = json.loads(room.cli("unresolved", "--json"))
    assert [(f["claim"], f["city"]["id"]) for f in found] == \
        [("cpaffc|pairs.1", "x:volgograd")]
    assert "wd:Q914" in [s["id"] for s in found[0]["suggestions"]]
    assert "x:volgograd" in room.cli("unresolved", "cpaffc")
    say("Partnership", "tw.partnerships", records.PAIR, {
        "pairKey": records.PAIR, "a": records.VOLGOGRAD, "b": records.JILIN,
        "status": "active", "claims": ["cpaffc|pairs.1"]})
    assert json.loads(room.cli("unresolved", "--json")) == []


def test_cities_are_found_in_any_script(twinwire):
    for name in ("Volgograd", "волгоград", "Сталинград"):
        found = json.loads(
            twinwire.cli("cities", "--json", name, wire=False))
        assert found[0]["id"] == "wd:Q914", name
    assert twinwire.run("cities", "Nowhereville").returncode == 1


def test_topics_by_pattern(room):
    out = json.loads(room.cli("topics", "--json", "tw.*.cpaffc"))
    assert "tw.claims.cpaffc" in out and "tw.claims.volgograd" not in out


@pytest.mark.parametrize("args, code", [
    ([], 2), (["nonsense"], 2), (["get"], 2), (["topics"], 2),
    (["tail", "--count", "0"], 2), (["tail", "--what"], 2),
    (["tail", "--from", "nonsense"], 2),
    (["--help"], 0), (["--version"], 0), (["provision", "--help"], 0),
    (["topics", "--conf", "no-such-file.yaml"], 78),
])
def test_exit_codes_of_the_command_line(twinwire, args, code):
    if args[:1] == ["tail"] and "--what" not in args:
        args = args + ["--brokers", "127.0.0.1:1", "--registry", "http://x"]
    assert twinwire.run(*args).returncode == code


def test_nobody_answers_is_said_in_a_sentence(twinwire):
    out = twinwire.run("topics", "--brokers", "127.0.0.1:1", timeout_s=60)
    assert out.returncode == 1
    assert "cannot list topics" in out.stderr
    assert "%" not in out.stderr  # none of librdkafka's own lines


def test_the_daemons_file_says_where_the_wire_is(room):
    file = room.file("daemon.yaml", {
        "kafka": {"brokers": room.brokers, "socket.timeout.ms": 5000},
        "registry": {"url": room.registry_url, "insecure_http": True},
        "state": "unused.db"})
    out = room.run("topics", "--conf", file)
    assert out.returncode == 0 and "tw.notices" in out.stdout
