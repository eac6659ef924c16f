"""F2, F5, F6 for the command line: `twinwire publish` killed in the middle and
run again ends as if it had run once; without a broker each command says so in
a sentence and leaves with its code."""

import itertools
import json
import subprocess
import time

import pytest
from support.records import event
from support.twinwire import program

RECORDS = 3000
KILLS = 10
names = itertools.count(1)


@pytest.fixture
def room(twinwire):
    twinwire.member = f"writes-{next(names)}"
    twinwire.provision(twinwire.member)
    return twinwire


@pytest.fixture
def events(room, rng):
    """A file of JSON Lines, and {key: title} of what is in it."""
    lines = [{"id": f"e{n}"} | event(f"Event {n}, {rng.random()}")
             for n in range(RECORDS)]
    file = room.file("events.jsonl",
                     "".join(json.dumps(line) + "\n" for line in lines))
    return file, {f"files.{line['id']}@{room.member}": line["title"]["en"]
                  for line in lines}


def argv(room, *args):
    return [str(a) for a in [
        args[0], *args[1:], "--member", room.member, "--brokers",
        room.brokers, "--registry", room.registry_url]]


def stands(room, wire):
    return {k: m.value["title"]["en"] for k, m in
            wire.latest(f"tw.events.{room.member}").items()}


def publish_once_more(room, file):
    out = room.run(*argv(room, "publish", "events", file), timeout_s=120)
    assert out.returncode == 0, out.stderr
    said = dict(part.split() for part in out.stdout.strip().split(", "))
    return {word: int(n) for word, n in said.items()}


def test_f02_publish_is_killed(room, wire, events, rng):
    file, want = events
    before = 0
    for _ in range(KILLS):
        running = subprocess.Popen(
            [program("cli"), *argv(room, "publish", "events", file)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd=room.folder)
        time.sleep(rng.uniform(0.1, 0.6))
        running.kill()
        running.wait()
        part = stands(room, wire)
        assert part.items() <= want.items() and len(part) >= before
        before = len(part)
    said = publish_once_more(room, file)
    assert said["published"] + said["unchanged"] == RECORDS
    assert stands(room, wire) == want
    # A version that was there already is not another one.
    assert {m.value["sequence"] for m in
            wire.read(f"tw.events.{room.member}")} == {0}
    n = len(wire.read(f"tw.events.{room.member}", decode=False))
    assert publish_once_more(room, file)["published"] == 0
    assert len(wire.read(f"tw.events.{room.member}", decode=False)) == n


def test_f06_no_broker_is_said_in_a_sentence(room, wire, events, kafka):
    file, want = events
    orders = [argv(room, "publish", "events", file)] + [
        [*words, "--brokers", room.brokers, "--registry", room.registry_url]
        for words in (["withdraw", next(iter(want))], ["status"], ["topics"], ["dead", "list"],
                      ["pause", "writes-x"], ["get", next(iter(want))],
                      ["provision", str(room.members)])]
    kafka.stop()
    for order in orders:
        if order[0] == "topics":
            order = order[:3]
        out = room.run(*order, timeout_s=120)
        assert out.returncode == 1, (order, out.stdout, out.stderr)
        assert out.stderr.startswith(f"twinwire {order[0]}: "), out.stderr
        assert len(out.stderr.splitlines()) == 1, out.stderr
        assert out.stdout == ""
    kafka.start()
    assert publish_once_more(room, file)["published"] == RECORDS
    assert stands(room, wire) == want


def test_f06_the_broker_goes_while_it_publishes(room, wire, events, kafka,
                                                rng):
    file, want = events
    running = subprocess.Popen(
        [program("cli"), *argv(room, "publish", "events", file)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=room.folder)
    time.sleep(rng.uniform(0.2, 0.6))
    kafka.kill()
    out, error = running.communicate(timeout=120)
    assert running.returncode in (0, 1)
    if running.returncode == 1:
        assert error.startswith("twinwire publish: ") and out == ""
    kafka.start()
    said = publish_once_more(room, file)
    assert said["published"] + said["unchanged"] == RECORDS
    assert stands(room, wire) == want
