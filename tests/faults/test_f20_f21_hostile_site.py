"""F20, F21: a site that lies, and one whose answers are no answers. Records
are never linked to another's item, memory stays bounded, and what can be
settled by a look is settled."""

import itertools
import json

import pytest
from support.flow import twice
from support.process import ROOT

# Those that ask for a long wait get one: see F17.
CORPUS = [f for f in sorted((ROOT / "tests/fuzz/corpus/fuzz_answer").iterdir())
          if not f.name.startswith("retry")]
BATCH = 9
RSS_MORE_KB = 64 * 1024


@pytest.mark.parametrize("lie", ["no id", "another's item", "no such item"])
def test_f20_a_create_that_was_answered_with_a_lie(flow, rest_site, lie):
    site = rest_site()
    connector = flow.twinwire.connector(flow.find(site)).start().ready_z()
    flow.say(1, "Truth")
    flow.arrived(connector)
    [truth] = site.items("events").values()
    answer = {
        "no id": {"modified": truth["modified"], "trashed": False},
        "another's item": truth,
        "no such item": truth | {"id": "999", "marker": "someone/else"},
    }[lie]
    site.fail(201, method="POST", commit=True,
              body=json.dumps(answer).encode())
    flow.say(2, "Lie")
    flow.arrived(connector)
    flow.say_all([(1, "Truth, moved"), (2, "Lie, moved")])
    flow.arrived(connector)
    assert twice(site) == {}


def test_f20_a_put_that_was_answered_with_anothers_item(flow, rest_site):
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site)).start().ready_z()
    flow.say(1, "Truth")
    flow.arrived(connector)
    [truth] = site.items("events").values()
    site.fail(200, method="PUT", commit=True, body=json.dumps(truth).encode())
    flow.say(2, "Lie")
    flow.arrived(connector)
    flow.say_all([(2, None), (1, "Truth, moved")])
    flow.arrived(connector)


@pytest.mark.parametrize("kind", ["put", "find"])
def test_f21_answers_that_are_none(flow, rest_site, kind):
    """The fuzz corpus, byte by byte, to writes that are carried out."""
    site = rest_site()
    connector = flow.twinwire.connector(
        getattr(flow, kind)(site)).start().ready_z()

    def settled():
        return flow.counts(connector, f"{flow.reader}-{kind}")["pending"] == 0
    # Few at a time: many failures in a row would open the breaker.
    for first in range(0, len(CORPUS), BATCH):
        batch = list(enumerate(CORPUS))[first:first + BATCH]
        for n, file in batch:
            site.fail(raw=[file.read_bytes()[1:]], commit=True, times=1,
                      when=lambda r, n=n: r.is_write
                      and f'"Event {n}"'.encode() in r.body)
        flow.say_all([(n, f"Event {n}") for n, _ in batch])
        flow.twinwire.until(settled, "every record has an end")
    # A refusal in a corpus file is a refusal; all else arrives.
    dead = {m.key.split("|")[1] for m in flow.letters()}
    assert len(dead) <= 3
    for key in dead:
        flow.want.pop(key)
    for id, stock in flow.systems.items():
        flow.twinwire.until(
            lambda: {i for i in stock() if i[0] not in dead}
            == set(flow.want.items()), "what was not refused is there")
    if kind == "find":
        assert twice(site) == {}
    flow.say_all([(n, f"Event {n} moved") for n in range(len(CORPUS))])
    flow.arrived(connector)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BOMBS = {
    "endless": [HEAD + b"\r\n[", *itertools.repeat(b"1," * 32768, 4000)],
    "endless chunks": [HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
                       *itertools.repeat(b"ffff\r\n" + b" " * 65535 + b"\r\n",
                                         4000)],
    "deep": [HEAD + b"Content-Length: 2000000\r\n\r\n", b"[" * 2000000],
    "headers": [b"HTTP/1.1 200 OK\r\n",
                *itertools.repeat(b"X-More: " + b"x" * 60000 + b"\r\n", 4000)],
    "gzip": [HEAD + b"Content-Encoding: gzip\r\nContent-Length: 30\r\n\r\n",
             b"\x1f\x8b\x08" + b"\0" * 27],
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_f21_bombs(flow, rest_site, bomb):
    site, other = rest_site(), rest_site()
    connector = flow.twinwire.connector(
        flow.find(site), flow.put(other)).start().ready_z()
    flow.say_all([(n, f"Event {n}") for n in range(20)])
    flow.arrived(connector)
    before = connector.resident_kb()
    site.fail(raw=BOMBS[bomb], commit=True, times=4)
    flow.say_all([(n, f"Event {n}, moved") for n in range(20)])
    flow.arrived(connector, [f"{flow.reader}-put"])
    flow.arrived(connector)
    assert connector.resident_kb() - before < RSS_MORE_KB
    assert twice(site) == {}
    assert flow.letters() == []
