"""REST to wire, the command line and the reconciler."""

import json
import os
import re
import signal
import time

import requests

from deliver import Wrong
from stage import Target, cpu_s, finish, memory_mb, wait_until
from support.process import ROOT, Process
from support.records import claim, event
from support.twinwire import program


def listing(stage, n):
    """A listing of N records polled for the first time, and unchanged."""
    target = Target(stage.folder, listed=n)
    with stage.room() as room, target:
        target.start()
        room.provision("bench-lister")
        connector = room.connector(room.rest(
            "bench-list", "bench-lister", target,
            limits={"rate_per_s": 0, "timeout_s": 60},
            publish=[{"into": "events", "namespace": "bench",
                      "from": "beginning", "every": "1s"}]))
        connector.start()
        topic = "tw.events.bench-lister"
        published = 'twinwire_published_total{connection="bench-list"}'
        wait_until(lambda: target.looks() == 1, "a first look", 300)
        first = target.look_s()
        wait_until(lambda: connector.metrics()[published] == n,
                   "all published", 300)
        used, looks = cpu_s(connector.pid), target.looks()
        wait_until(lambda: target.looks() > looks, "looked again", 300)
        before, looks = cpu_s(connector.pid), target.looks()
        wait_until(lambda: target.looks() > looks, "once more", 300)
        again, unchanged = target.look_s(), cpu_s(connector.pid) - before
        peak = memory_mb(connector.pid, "VmHWM")
        if stage.wire.ends_of(topic)[topic] != n:
            raise Wrong(f"listing: {stage.wire.ends_of(topic)}, not {n}")
        assert connector.stop() == 0
    return {"first_per_s": round(n / first),
            "first_cpu_s_per_100k": round(used / n * 1e5, 2),
            "unchanged_per_s": round(n / again),
            "unchanged_cpu_s_per_100k": round(unchanged / n * 1e5, 2),
            "peak_mb": peak}


def publish(stage, n):
    """`twinwire publish` of N JSON Lines."""
    with stage.room() as room:
        room.provision("bench-files")
        file = room.folder / "events.jsonl"
        with open(file, "w", encoding="utf-8") as out:
            for i in range(n):
                out.write(json.dumps({"id": str(i)} | event(
                    f"Festival of twin towns {i}"), ensure_ascii=False) + "\n")
        code, seconds, used, peak = finish(
            [program("cli"), "publish", "--brokers", room.brokers,
             "--registry", room.registry_url, "--member", "bench-files",
             "events", file], log=room.folder / "publish.log")
        topic = "tw.events.bench-files"
        ends = stage.wire.ends_of(topic)[topic]
        if code != 0 or ends != n:
            raise Wrong(f"publish: exit {code}, {ends} of {n} on the wire: "
                        f"{(room.folder / 'publish.log').read_text()}")
    return {"per_s": round(n / seconds),
            "cpu_s_per_100k": round(used / n * 1e5, 2), "peak_mb": round(peak)}


def reconcile(stage, n):
    """N claims, two about a pair, from nothing to the last partnership."""
    members = ["bench-left", "bench-right"]
    with stage.room() as room:
        room.provision(*({"id": m, "names": {"en": m},
                          "speaks_for": {"countries": [c]}}
                         for m, c in zip(members, ("RU", "CN"))))
        write_claims(stage.wire, members, n)
        reconciler = room.reconciler()
        start = time.perf_counter()
        reconciler.start()
        wait_until(lambda: reconciler.metrics().get(
            "twinwire_reconciler_partnerships_written_total") == n // 2,
            "all partnerships", 120)
        seconds = time.perf_counter() - start
        used = cpu_s(reconciler.pid)
        peak = memory_mb(reconciler.pid, "VmHWM")
        assert reconciler.stop() == 0
        ends = stage.wire.ends_of("tw.partnerships")["tw.partnerships"]
        if ends != n // 2:
            raise Wrong(f"reconcile: {ends} partnerships, not {n // 2}")
    return {"seconds": round(seconds, 2), "cpu_s": round(used, 2),
            "peak_mb": peak}


def demo(stage):
    """From the command to the first partnership on any of the nine sites."""
    log, rooms = stage.folder / "demo.log", stage.folder / "demo"
    rooms.mkdir()
    start = time.perf_counter()
    process = Process("demo", ["bash", "deploy/demo/run.sh"], log=log, cwd=ROOT,
                      env=os.environ | {"TMPDIR": str(rooms)}).start()

    def urls():
        return re.findall(r"^  (http://\S+)", log.read_text(), re.M)

    def has_partnerships(url):
        return requests.get(f"{url}/partnerships", timeout=5).json()["items"]
    try:
        wait_until(lambda: len(urls()) == 10, "ten addresses", 60)
        shown = time.perf_counter() - start
        wait_until(lambda: any(map(has_partnerships, urls()[1:])),
                   "a first delivery", 60)
        seconds = time.perf_counter() - start
    finally:
        os.kill(process.pid, signal.SIGINT)
        process.popen.wait(60)
    return {"seconds": round(seconds, 2), "addresses_s": round(shown, 2)}


def write_claims(wire, members, n):
    """Both MEMBERS say the same of N / 2 pairs."""
    schema = wire.latest_id("org.twinwire.v1.PartnershipClaim")
    for i in range(n // 2):
        a = {"id": f"wd:Q{1000 + i}", "country": "RU",
             "names": {"ru": f"Город {i}", "en": f"City {i}"}}
        b = {"id": f"wd:Q{900000 + i}", "country": "CN",
             "names": {"zh-Hans": f"市 {i}", "en": f"Town {i}"}}
        for member, side in zip(members, (a, b)):
            value = claim(a, b, speaks_for=side["id"]) | {
                "registrar": member, "localId": f"bench.{i}"}
            wire.write_later(f"tw.claims.{member}", f"{member}|bench.{i}",
                             wire.encode(schema, value))
    wire.flush()
