"""Goal: what a clerk keeps in a table, or a script in JSON, reaches the wire
whole with `twinwire publish`; what is wrong is named by row and column and
holds back the rest; nothing is published twice; `withdraw` takes it off."""

import itertools
import json

import pytest

names = itertools.count(1)

TABLE = '''\
id;title.ru;title.en;start;end;tz;city;city.ru;country;lat
17;Форум «Диалог на Волге»;Forum;31.10.2022 13:00;31.10.2022 14:30;\
Europe/Volgograd;wd:Q914;Волгоград;RU;48,7194
18;"День ""города""";;31.10.2022;01.11.2022;;wd:Q914;Волгоград;RU;
'''


@pytest.fixture
def room(twinwire):
    """With a member of the test's own."""
    twinwire.member = f"member-{next(names)}"
    twinwire.provision(twinwire.member)
    return twinwire


def publish(room, type, text, *more, member=None, encoding="utf-8"):
    """exit code, last line of stdout, stderr"""
    file = room.folder / "in.txt"
    file.write_bytes(text.encode(encoding))
    out = room.run("publish", type, file, "--brokers", room.brokers,
                   "--registry", room.registry_url, "--member",
                   member or room.member, *more)
    return out.returncode, out.stdout.strip(), out.stderr


def records(room, wire, type="events"):
    """{key: value} of what the member says; the number of messages"""
    messages = wire.read(f"tw.{type}.{room.member}")
    return ({m.key: m.value for m in messages if m.value is not None},
            len(messages))


def test_a_table_of_an_old_spreadsheet_reaches_the_wire(room, wire):
    code, said, error = publish(room, "events", TABLE, encoding="cp1251")
    assert (code, said) == (0, "published 2, unchanged 0, refused 0"), error
    stands, _ = records(room, wire)
    forum = stands[f"files.17@{room.member}"]
    assert forum["title"] == {"ru": "Форум «Диалог на Волге»", "en": "Forum"}
    assert forum["start"] == "2022-10-31T13:00:00"
    assert forum["startUtc"].isoformat() == "2022-10-31T10:00:00+00:00"
    assert forum["places"][0]["lat"] == 48.7194
    assert forum["publisher"] == room.member
    day = stands[f"files.18@{room.member}"]
    assert day["title"] == {"ru": 'День "города"'}
    assert (day["allDay"], day["end"]) == (True, "2022-11-02")


def test_nothing_is_published_twice_and_a_change_alone_is(room, wire):
    assert publish(room, "events", TABLE)[0] == 0
    assert publish(room, "events", TABLE)[1] == \
        "published 0, unchanged 2, refused 0"
    moved = TABLE.replace("31.10.2022 13:00", "31.10.2022 12:00")
    assert publish(room, "events", moved)[1] == \
        "published 1, unchanged 1, refused 0"
    stands, messages = records(room, wire)
    forum = stands[f"files.17@{room.member}"]
    assert messages == 3
    assert forum["sequence"] == 1
    assert forum["previousStart"] == "2022-10-31T13:00:00"


def test_wrong_rows_are_named_and_hold_back_the_rest(room, wire):
    wrong = TABLE + "19;Форум;;31.13.2022;;;;;;\n" \
        "20;Форум;;31.10.2022 10:00;;Europe/Nowhere;;;;\n" \
        "17;Форум;;31.10.2022;;;;;;\n"
    code, said, error = publish(room, "events", wrong)
    assert (code, said) == (1, "")
    assert "row 4: column start: \"31.13.2022\" is no date" in error
    assert "row 5, column tz: " in error
    assert "row 6: has the same id as " in error
    assert "nothing published: 3 of 5 entries are wrong" in error
    assert records(room, wire) == ({}, 0)
    code, said, error = publish(room, "events", wrong, "--partial")
    assert (code, said) == (1, "published 2, unchanged 0, refused 3")
    assert len(records(room, wire)[0]) == 2


def test_json_lines_and_arrays_are_taken_too(room, wire):
    claims = [{"id": n, "status": "active", "statusSince": "1994",
               "a": {"id": "wd:Q914", "names": {"zh-Hans": "伏尔加格勒"}},
               "b": {"id": f"wd:Q{n}", "names": {"zh-Hans": "吉林市"}}}
              for n in (92277, 11746)]
    lines = "\n".join(json.dumps(c) for c in claims)
    assert publish(room, "claims", lines, "--namespace", "list")[0] == 0
    out = publish(room, "claims", json.dumps(claims), "--namespace", "list",
                  "--json")
    assert json.loads(out[1]) == {"published": 0, "unchanged": 2, "refused": 0}
    stands, _ = records(room, wire, "claims")
    key = f"{room.member}|list.92277"
    assert set(stands) == {key, f"{room.member}|list.11746"}
    assert stands[key]["localId"] == "list.92277"
    assert stands[key]["registrar"] == room.member


def test_personal_data_is_refused_or_taken_out(room, wire):
    line = json.dumps({"id": "1", "title": {"en": "Forum"},
                       "start": "2022-10-31", "allDay": True,
                       "status": "confirmed",
                       "summary": {"en": "Call +7 902 123-45-67 to come"}})
    code, _, error = publish(room, "events", line)
    assert code == 1
    assert "summary" in error
    assert publish(room, "events", line, "--strip")[0] == 0
    stands, _ = records(room, wire)
    assert "123" not in stands[f"files.1@{room.member}"]["summary"]["en"]


def test_a_dry_run_needs_no_wire(twinwire):
    file = twinwire.file("events.csv", TABLE)
    lines = twinwire.lines("publish", "events", file, "--dry-run",
                           "--member", "volgograd", wire=False)
    assert [line["key"] for line in lines] == \
        ["files.17@volgograd", "files.18@volgograd"]


@pytest.mark.parametrize("type", ["events", "claims", "organizations"])
def test_an_empty_table_is_one_that_is_understood(twinwire, type):
    titles = twinwire.cli("publish", "--template", type, wire=False)
    assert titles.startswith("id;")
    out = twinwire.run("publish", type, "--dry-run", "--member", "mag",
                       input=titles)
    assert (out.returncode, out.stdout) == (0, "")


@pytest.mark.parametrize("args, code, why", [
    ((), 2, "where is Kafka?"),
    (("--dry-run",), 2, "what? events, claims or organizations"),
    (("people", "--dry-run"), 2, "\"people\" is none of events, claims"),
    (("events", "--dry-run"), 2, "who publishes? Give --member"),
    (("events", "--dry-run", "--member", "A b"), 2, "not the id of a member"),
    (("events", "--dry-run", "--member", "mag", "--namespace", "x.y"), 2,
     "--namespace"),
    (("events", "--dry-run", "--member", "mag", "missing.csv"), 1,
     "missing.csv: No such file"),
    (("events", "--dry-run", "--member", "mag", "--members", "no.yaml"), 78,
     "no.yaml"),
])
def test_a_wrong_command_line_is_told_in_a_sentence(twinwire, args, code, why):
    out = twinwire.run("publish", *args, input="{}")
    assert out.returncode == code
    assert why in out.stderr


def test_a_member_without_topics_is_told_to_provision(room):
    code, _, error = publish(room, "events", TABLE, member="nobody")
    assert code == 1
    assert "twinwire provision" in error


def test_what_is_withdrawn_is_off_the_wire(room, wire):
    publish(room, "events", TABLE)
    key = f"files.17@{room.member}"
    assert room.cli("withdraw", key) == f"withdrawn {key}\n"
    messages = wire.read(f"tw.events.{room.member}")
    assert (messages[-1].key, messages[-1].raw) == (key, None)
    for none, code, why in ((key, 1, "nothing is under"),
                            ("files.99@nobody", 1, "nothing is under"),
                            ("forum", 2, "is no key of")):
        out = room.run("withdraw", none, "--brokers", room.brokers,
                       "--registry", room.registry_url)
        assert out.returncode == code
        assert why in out.stderr
    # It can be published again.
    assert publish(room, "events", TABLE)[1] == \
        "published 1, unchanged 1, refused 0"
