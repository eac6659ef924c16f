"""Goal of this test: whatever is wrong with a file, a record, a site, the
registry or the broker gives a clear error, a refusal that a clerk understands,
or a dead letter with the exact original bytes - and the next good record goes
through."""

import json
import struct
import uuid

import pytest
from support.process import listens
from support.records import RECURSIVE, event, long

EXIT_CONFIG = 78
EVENT = "org.twinwire.v1.Event"


@pytest.fixture(scope="module")
def names():
    """Members of a test's own on the one wire of this file."""
    def make():
        n = uuid.uuid4().hex[:8]
        return f"w{n}", f"r{n}"
    return make


@pytest.fixture
def line(twinwire, rest_site, wire, names):
    """A writer's topic, and a reader's site that shows it."""
    return Line(twinwire, rest_site(), wire, *names())


class Line:
    def __init__(self, twinwire, site, wire, writer, reader):
        self.twinwire = twinwire
        self.site = site
        self.wire = wire
        self.writer = writer
        self.reader = reader
        self.topic = f"tw.events.{writer}"
        self.dead = f"tw.dead.{reader}"
        twinwire.provision(writer, reader)

    def connection(self, **subscribe):
        return self.twinwire.rest(
            f"{self.reader}-site", self.reader, self.site, subscribe=[
                {"topics": [self.topic], "from": "beginning"} | subscribe])

    def connector(self, **subscribe):
        return self.twinwire.connector(self.connection(**subscribe))

    def key(self, id):
        return f"x.{id}@{self.writer}"

    def encoded(self, id, **more):
        record = event(id) | {"uid": self.key(id), "publisher": self.writer}
        return self.wire.encode(self.wire.latest_id(EVENT), record | more)

    def say(self, id, **more):
        raw = self.encoded(id, **more)
        self.wire.write(self.topic, self.key(id), raw)
        return raw

    def titles(self):
        return sorted(e["title"]["en"]
                      for e in self.site.items("events").values())

    def arrives(self, *want, timeout_s=60):
        self.twinwire.until(lambda: self.titles() == sorted(want),
                            f"{want} at the site", timeout_s)

    def dead_letters(self, n):
        """Wait for N dead letters."""
        return self.twinwire.until(
            lambda: (lambda d: len(d) == n and d)(
                self.wire.read(self.dead, decode=False)),
            f"{n} dead letters")


# Configuration ---------------------------------------------------------------

GOOD = """\
connection: {reader}-site
member: {reader}
uses: rest
system:
  base_url: {url}
  allow_private: true
  insecure_http: true
  auth: {{ basic: {{ username: u, password_file: {secret} }} }}
subscribe:
  - topics: [tw.events.*]
"""


@pytest.mark.parametrize("old, new, expected", [
    ("member:", "membre:", ["wrong.yaml:2", "membre"]),
    ("uses: rest", "uses: fax", ["fax"]),
    ("{secret}", "/no/such/file", ["/no/such/file"]),
    ("- topics", "- where: '.a |'\n    topics", ["wrong.yaml", "where"]),
    ("- topics", "- form: now\n    topics", ["wrong.yaml:10", "form"]),
])
def test_a_wrong_file_is_refused_with_its_place(line, old, new, expected):
    text = GOOD.replace(old, new).format(
        reader=line.reader, url=line.site.url,
        secret=line.twinwire.secret("s", "x"))
    file = line.twinwire.file("wrong.yaml", text)
    out = line.twinwire.run("check", file)
    assert out.returncode == EXIT_CONFIG, out.stdout + out.stderr
    for part in expected:
        assert part in out.stdout + out.stderr
    connector = line.twinwire.connector(file)
    with pytest.raises(AssertionError):
        connector.start()
    assert connector.popen.returncode == EXIT_CONFIG
    assert all(part in connector.text() for part in expected)


# Records ---------------------------------------------------------------------

@pytest.mark.parametrize("where", [
    pytest.param('if .title.en == "bad" then error("no") else true end',
                 id="fails"),
    pytest.param('if .title.en == "bad" then def f: f; f else true end',
                 id="never ends"),
])
def test_a_program_that_breaks_on_one_record(line, where):
    line.connector(where=where).start()
    raw = line.say("bad")
    line.say("good")
    line.arrives("good")
    [d] = line.dead_letters(1)
    assert (d.raw, d.key) == (raw, f"{line.reader}-site|{line.key('bad')}")


def test_a_record_that_breaks_the_rules_is_refused_for_its_clerk(line):
    """The publish side: nothing on the wire, a code and a sentence, and the
    corrected item goes out."""
    site = line.site
    connection = line.twinwire.rest(
        f"{line.writer}-register", line.writer, site, publish=[
            {"into": "events", "namespace": "x", "from": "beginning",
             "every": "1s"}])
    line.twinwire.connector(connection).start()
    site.put("events", "1", **event("Backwards", end="2027-05-12T11:00:00"))
    site.put("events", "2", **event("Call me: +7 912 345-67-89"))
    site.put("events", "3", **event("Good"))
    line.twinwire.until(
        lambda: set(line.wire.latest(line.topic)) == {line.key("3")},
        "only the good one")
    receipts = line.twinwire.until(
        lambda: (lambda r: len(r) == 2 and r)(
            {m.value["recordKey"]: m.value for m in
             line.wire.latest(f"tw.receipts.{line.writer}").values()
             if m.value["state"] == "refused"}), "two refusals")
    assert set(receipts) == {line.key("1"), line.key("2")}
    said = line.twinwire.cli("refused", line.writer)
    for sentence in ("The end lies before the start.", "telephone number"):
        assert sentence in said
    assert "345-67" not in str(receipts)
    site.put("events", "1", end="2027-05-12T15:00:00")
    line.twinwire.until(
        lambda: line.key("1") in line.wire.latest(line.topic),
        "the corrected one")


def with_field(type_):
    return {"type": "record", "name": "Event", "namespace": "org.twinwire.v1",
            "fields": [{"name": "x", "type": type_},
                       {"name": "uid", "type": "string"},
                       {"name": "publisher", "type": "string"}]}


def hostile(line, kind):
    """Bytes of KIND, with their key."""
    wire, uid = line.wire, line.key("bad").encode()

    def under(schema, body):
        return struct.pack(">bI", 0, wire.register("hostile", schema)) + body
    tail = long(len(uid)) + uid + long(1) + b"x"
    if kind == "empty":
        return b""
    if kind == "magic":
        return b"\x01" + line.encoded("bad")[1:]
    if kind == "unknown id":
        return struct.pack(">bI", 0, 999999999) + line.encoded("bad")[5:]
    if kind == "truncated":
        return line.encoded("bad")[:40]
    if kind == "trailing":
        return line.encoded("bad") + b"\0"
    if kind == "recursive":
        return under(RECURSIVE, b"\x02" * 50_000)
    if kind == "length":
        return line.encoded("bad")[:5] + long(10**9) + b"x"
    if kind == "nulls":
        return under(with_field({"type": "array", "items": "null"}),
                     long(10**9) + tail)
    if kind == "enum":
        return under(with_field({"type": "enum", "name": "E",
                                 "symbols": ["A"]}), long(7) + tail)
    if kind == "utf-8":
        return line.encoded("bad").replace(b"\x06bad", b"\x06b\xff\xfe")
    raise AssertionError(kind)


@pytest.mark.parametrize("kind", [
    "empty", "magic", "unknown id", "truncated", "trailing", "recursive",
    "length", "nulls", "enum", "utf-8"])
def test_hostile_bytes_become_a_dead_letter_as_they_are(line, kind):
    connector = line.connector().start()
    raw = hostile(line, kind)
    line.wire.write(line.topic, line.key("bad"), raw)
    line.say("good")
    line.arrives("good")
    [d] = line.dead_letters(1)
    assert d.raw == raw
    assert connector.running


def test_a_record_of_another_origin_is_refused_unsent(line):
    line.connector().start()
    raw = line.say("bad", publisher="somebody-else")
    line.say("good")
    line.arrives("good")
    [d] = line.dead_letters(1)
    assert d.raw == raw
    assert "origin_mismatch" in d.headers.values()
    assert len(line.site.writes()) == 1


# Sites -----------------------------------------------------------------------

def is_bad(request):
    return request.is_write and b'"bad"' in request.body


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410, 422])
def test_a_site_that_refuses_a_record(line, status):
    line.site.fail(status, times=None, when=is_bad)
    line.connector().start()
    raw = line.say("bad")
    line.say("good")
    line.arrives("good")
    [d] = line.dead_letters(1)
    assert (d.raw, d.key) == (raw, f"{line.reader}-site|{line.key('bad')}")
    assert str(status) in d.headers.values(), d.headers


@pytest.mark.parametrize("fault", [
    {"status": 401}, {"status": 429, "headers": {"Retry-After": "1"}},
    {"status": 500}, {"status": 503}, {"body": b"<html>busy"}, {"close": True},
    {"close": True, "commit": True}, {"delay_s": 7.0},
], ids=["401", "429", "500", "503", "garbage", "nothing", "lost answer", "slow"])
def test_a_site_in_trouble_gets_the_record_later(line, fault):
    line.site.fail(times=2, when=is_bad, **fault)
    line.connector().start()
    line.say("bad")
    line.say("good")
    line.arrives("bad", "good")
    assert line.wire.ends(line.dead) == {line.dead: 0}


def test_a_site_that_locks_us_out_stops_only_its_connection(
        line, twinwire, rest_site):
    other = rest_site()
    second = twinwire.rest("other-site", line.reader, other, subscribe=[
        {"topics": [line.topic], "from": "beginning"}])
    line.site.fail(401, times=None)
    twinwire.connector(line.connection(), second).start()
    line.say("one")
    twinwire.until(lambda: other.items("events"), "the other site has it")

    def says_why():
        m = line.wire.latest(f"tw.status.{line.reader}").get(
            f"{line.reader}-site")
        return m and (m.value["state"], m.value["reason"]) == (
            "paused", "stopped_by_site") and "401" in m.value["detail"]
    twinwire.until(says_why, "the status says why")
    line.site.recover()
    line.arrives("one")
    assert line.wire.ends(line.dead) == {line.dead: 0}


# Registry and broker -----------------------------------------------------------

def test_a_registry_that_is_down_stops_only_what_needs_a_new_id(
        line, registry):
    connector = line.connector().start()
    line.say("one")
    line.arrives("one")
    raw = line.encoded("two")
    newer = json.loads(line.wire.schema(line.wire.latest_id(EVENT))[1])
    newer["fields"].append({"name": "new", "type": "string", "default": ""})
    record = event("three") | {"uid": line.key("three"),
                               "publisher": line.writer, "new": "x"}
    new = line.wire.encode(line.wire.register("newer", newer), record)
    registry.pause()
    try:
        line.wire.write(line.topic, line.key("two"), raw)
        line.arrives("one", "two")
        line.wire.write(line.topic, line.key("three"), new)
        line.twinwire.until(lambda: "registry" in connector.text(),
                            "it says what it waits for")
        assert line.titles() == ["one", "two"]
    finally:
        registry.resume()
    line.arrives("one", "two", "three")
    assert line.wire.ends(line.dead) == {line.dead: 0}


def test_a_registry_that_is_down_at_start(line, registry):
    raw = line.encoded("one")
    line.wire.write(line.topic, line.key("one"), raw)
    registry.pause()
    try:
        connector = line.connector().start()
        line.twinwire.until(lambda: not connector.is_ready(), "not ready")
    finally:
        registry.resume()
    line.arrives("one")


def test_a_broker_that_is_down_at_start_and_in_the_middle(line, kafka):
    line.say("one")
    kafka.stop()
    assert not listens(kafka.port)
    connector = line.connector().start()
    assert not connector.is_ready()
    kafka.start()
    line.arrives("one")
    kafka.kill()
    kafka.start()
    line.say("two")
    line.arrives("one", "two")
    assert connector.running
