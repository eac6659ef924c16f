#!/usr/bin/env python3
"""`make bench`: measures Twinwire, prints a table and writes build/bench.json.
Fails when what was delivered is wrong, never because it was slow."""

import argparse
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import others  # noqa: E402
import peers  # noqa: E402
import portal  # noqa: E402
from deliver import (MAPPING, MEMBERS, deliver, filled,  # noqa: E402
                     grow, many, paced, rows)
from stage import Stage  # noqa: E402
from support.kafka import Kafka  # noqa: E402
from support.process import ROOT  # noqa: E402
from support.registry import Registry  # noqa: E402

EVENTS = int(os.environ.get("BENCH_EVENTS", 100000))


class Loads:
    """What is on the wire, written when a row first needs it."""

    def __init__(self, stage):
        self.stage = stage
        self._load = None

    def events(self):
        if self._load is None:
            self._load = filled(self.stage, EVENTS)
        return self._load


def alone(stage, measure, *of):
    with stage.alone() as own:
        return measure(own, *of)


# (name, what it is, aim, how) in the table's order.
ROWS = [
    ("fast", "record passed through, 64 in flight",
     ">= 40,000/s, <= 2.6 CPU s, peak <= 80 MB",
     lambda stage, loads: deliver(stage, loads.events())),
    ("mapped", "a jq mapping like WordPress's, 64 in flight",
     ">= 24,000/s, <= 4.5 CPU s",
     lambda stage, loads: deliver(
         stage, loads.events(), members=MEMBERS[:4], body=MAPPING)),
    ("slow-64", "a site that takes 20 ms, 64 in flight", ">= 3,000/s",
     lambda stage, loads: deliver(
         stage, loads.events(), members=MEMBERS[:2], delay_ms=20)),
    ("slow-512", "the same, 512 in flight", ">= 18,000/s",
     lambda stage, loads: deliver(
         stage, loads.events(), in_flight=512, delay_ms=20)),
    ("paced", "500 events/s",
     "p50 <= 0.6, p99 <= 3 ms, <= 6 % CPU, idle <= 12 MB",
     lambda stage, loads: paced(stage, 500, 10)),
    ("many", "1,000 events to each of 100 connections",
     "<= 1 MB each, no slower than one",
     lambda stage, loads: many(stage, 1000, 100)),
    ("members", "CPU us an event from 1, 2, 4 and 9 members' topics",
     "the same", lambda stage, loads: grow(stage, 10000, "members")),
    ("in-flight", "CPU us an event at 1 to 512 in flight", "the same",
     lambda stage, loads: grow(stage, 10000, "in_flight")),
    ("size", "CPU us an event of 1.3, 10 and 100 KB", "as the bytes",
     lambda stage, loads: grow(stage, 10000, "size")),
    ("rows", "CPU us an event beside 10^4, 10^5 and 10^6 rows", "the same",
     lambda stage, loads: rows(stage, 10000)),
    ("listing", "100,000 records polled, first time / unchanged",
     ">= 15,000/s / >= 40,000/s",
     lambda stage, loads: others.listing(stage, 100000)),
    ("publish", "`twinwire publish` of 100,000 JSON Lines", ">= 40,000/s",
     lambda stage, loads: others.publish(stage, 100000)),
    ("reconciler", "34,000 claims from an empty start", "<= 2 s, <= 60 MB",
     lambda stage, loads: alone(stage, others.reconcile, 34000)),
    ("demo", "`make demo`, built, to the first delivery", "<= 2 s",
     lambda stage, loads: others.demo(stage)),
    ("portal", "50,000 partnerships, 20,000 events; then 200 questions/s",
     "rebuild <= 20 s, p99 <= 50 ms, <= 200 MB",
     lambda stage, loads: alone(stage, portal.read_and_ask, 50000, 20000)),
]


# What peers are given, too: (row, how).
PEER_ROWS = {
    "fast": lambda stage, loads, command: peers.deliver(
        stage, loads.events(), command),
    "slow-64": lambda stage, loads, command: peers.deliver(
        stage, loads.events(), command, delay_ms=20, members=MEMBERS[:2]),
}


def say(name, what, aim, figures):
    text = ", ".join(f"{k} {v:,}" if isinstance(v, (int, float))
                     else f"{k} {v}" for k, v in figures.items())
    print(f"| {name} | {what} | {text} | {aim} |", flush=True)


def measure_peers(stage, loads, row, commands, results):
    for peer, command in commands.items():
        name = f"{row} {peer}"
        try:
            results[name] = PEER_ROWS[row](stage, loads, command)
            say(name, "the same", "", results[name])
        except AssertionError as e:
            results[name] = {"unfinished": str(e)[:500]}
            print(f"| {name} | unfinished: {e} | | |", flush=True)


def run(stage, only, commands):
    """{row: figures}, and whether any row of ours went wrong."""
    loads, results, failed = Loads(stage), {}, False
    print("| | | today | aim |\n|---|---|---|---|", flush=True)
    for name, what, aim, measure in ROWS:
        if not re.search(only, name):
            continue
        try:
            results[name] = measure(stage, loads)
        except AssertionError as e:  # Wrong, or not done in time
            results[name], failed = {"wrong": str(e)[:2000]}, True
        if "wrong" in results[name]:
            print(f"| {name} | {what} | WRONG: {results[name]['wrong']} | |",
                  flush=True)
        else:
            say(name, what, aim, results[name])
        if name in PEER_ROWS:
            measure_peers(stage, loads, name, commands, results)
    return results, failed


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--only", default="", help="rows by a regular expression")
    ap.add_argument("peers", nargs="*", choices=[*peers.PEERS, []])
    options = ap.parse_args()
    commands = peers.build(options.peers)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="twinwire-bench-") as folder, \
            Kafka(Path(folder) / "kafka") as kafka, \
            Registry(Path(folder) / "registry") as registry:
        stage = Stage(Path(folder), kafka, registry)
        results, failed = run(stage, options.only, commands)
    out = ROOT / "build/bench.json"
    out.write_text(json.dumps(results, indent=1) + "\n")
    print(f"{out.relative_to(ROOT)}, {time.perf_counter() - start:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
