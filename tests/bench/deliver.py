"""Wire to REST: events that were written before, read by a new connection."""

from pathlib import Path

from load import Load
from stage import Target, cpu_s, memory_mb, wait_until

HERE = Path(__file__).resolve().parent
MEMBERS = [f"bench-{i}" for i in range(1, 9)]


class Wrong(AssertionError):
    """What was delivered is not what was written."""


def judge(load, target, metrics):
    """Each record's last delivered version is its newest; none twice, none
    after a newer one; the law of DESIGN section 5."""
    stats, records = target.stats(), target.records()
    left = sum(records.get(uid) != v for uid, v in load.newest.items())
    counts = {name.split("{")[0].removeprefix("twinwire_"): value
              for name, value in metrics.items()}
    said = (f"{left} records left at an old version, "
            f"{stats['repeated']} repeated, {stats['older']} after a newer "
            f"one, {stats['unnamed']} unreadable; connector: "
            f"{ {k: int(v) for k, v in counts.items() if v} }")
    ok = (left == 0 and len(records) == len(load.newest)
          and stats["repeated"] == stats["older"] == stats["unnamed"] == 0
          and counts["consumed_total"] == load.written
          and counts["applied_total"] == stats["requests"]
          and counts["applied_total"] + counts["superseded_total"]
          == load.written)
    if not ok:
        raise Wrong(said)


def connection(room, target, in_flight=64, topics="tw.events.*", **more):
    """A connection file that takes all there is."""
    return room.rest("bench-site", "bench-reader", target,
                     limits={"in_flight": in_flight, "rate_per_s": 0,
                             "timeout_s": 30},
                     subscribe=[{"topics": [topics], "from": "beginning"}],
                     **more)


def deliver(stage, load, *, in_flight=64, delay_ms=0, profile=(), **more):
    """The figures of one run over all that LOAD has written."""
    target = Target(stage.folder, delay_ms)
    with stage.room() as room, target:
        target.start()
        connector = room.connector(
            connection(room, target, in_flight, **more))
        connector.argv = list(profile) + connector.argv
        connector.start()
        want = sum(load.newest.values())
        wait_until(lambda: target.stats()["version_sum"] == want,
                   "everything delivered", 600)
        used, peak = cpu_s(connector.pid), memory_mb(connector.pid, "VmHWM")
        wait_until(lambda: connector.metrics()[
            'twinwire_pending{connection="bench-site"}'] == 0, "settled", 60)
        stats = target.stats()
        judge(load, target, connector.metrics())
        rss = memory_mb(connector.pid)
        assert connector.stop() == 0
    seconds = (stats["last_us"] - stats["first_us"]) / 1e6
    return {"events_per_s": round(stats["requests"] / seconds),
            "cpu_s_per_100k": round(used / stats["requests"] * 1e5, 2),
            "delivered": stats["requests"],
            "superseded": load.written - stats["requests"],
            "peak_mb": peak, "rss_after_mb": rss}


def filled(stage, n, members=None, **more):
    """N events on the wire, and the members they are of."""
    members = members or MEMBERS
    with stage.room() as room:
        room.provision(*members, "bench-reader")
    return Load(stage.wire, members, **more).fill(n)


def paced(stage, rate, seconds):
    """Delay from production to the site at RATE events a second."""
    member = "bench-paced"
    target = Target(stage.folder)
    with stage.room() as room, target:
        target.start()
        room.provision(member, "bench-reader")
        connector = room.connector(
            connection(room, target, topics=f"tw.events.{member}"))
        connector.start().ready_z()
        load = Load(stage.wire, [member])
        load.paced(rate, 1)
        wait_until(lambda: target.stats()["requests"] == load.written,
                   "warm", 60)
        idle = memory_mb(connector.pid)
        target.reset()
        before, load.written = cpu_s(connector.pid), 0
        load.paced(rate, seconds)
        wait_until(lambda: target.stats()["requests"] == load.written,
                   "everything delivered", 60)
        used, stats = cpu_s(connector.pid) - before, target.stats()
        assert connector.stop() == 0
    if stats["repeated"] or stats["older"] or stats["unnamed"]:
        raise Wrong(f"paced: {stats}")
    return {"p50_ms": stats["p50_us"] / 1000, "p99_ms": stats["p99_us"] / 1000,
            "cpu_percent": round(100 * used / seconds, 1), "idle_mb": idle}
