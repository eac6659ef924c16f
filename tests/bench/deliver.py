"""Wire to REST: events that were written before, read by a new connection."""

import sqlite3
from collections import Counter
from itertools import count

from load import Load
from stage import Target, cpu_s, memory_mb, wait_until

MEMBERS = [f"bench-{i}" for i in range(1, 9)]
# An id is for life: a second run under one would find the first one's receipts.
RUNS = count(1)


class Wrong(AssertionError):
    """What was delivered is not what was written."""


def judge(want, written, target, metrics):
    """WANT is {(word, uid): newest version} of what was WRITTEN: each record's
    last delivered version is its newest; none twice, none after a newer one;
    the law of DESIGN section 5.  Compaction may take older versions away."""
    stats, records = target.stats(), target.records()
    left = sum(records.get(name) != v for name, v in want.items())
    counts = Counter()
    for name, value in metrics.items():
        counts[name.split("{")[0].removeprefix("twinwire_")] += int(value)
    ok = (left == 0 and len(records) == len(want)
          and stats["repeated"] == stats["older"] == stats["unnamed"] == 0
          and len(want) <= counts["consumed_total"] <= written
          and counts["applied_total"] == stats["requests"]
          and counts["applied_total"] + counts["superseded_total"]
          == counts["consumed_total"])
    if not ok:
        raise Wrong(
            f"{left} of {len(want)} records left at an old version, "
            f"{stats['repeated']} repeated, {stats['older']} after a newer "
            f"one, {stats['unnamed']} unreadable; connector: "
            f"{ {k: v for k, v in counts.items() if v} }")


def connection(room, target, topics, *, name, in_flight=64, **more):
    """A connection file that takes all there is."""
    return room.rest(name, "bench-reader", target,
                     limits={"in_flight": in_flight, "rate_per_s": 0,
                             "timeout_s": 30},
                     subscribe=[{"topics": topics, "from": "beginning"}],
                     **more)


def deliver(stage, load, *, members=None, n_connections=1, delay_ms=0,
            **more):
    """The figures of one run over what LOAD has written for MEMBERS (all),
    to each of N_CONNECTIONS."""
    members = members or load.members
    topics = [f"tw.events.{m}" for m in members]
    words = [f"site{i}" for i in range(n_connections)]
    want = {(word, uid): version for word in words for m in members
            for uid, version in load.newest[m].items()}
    written = n_connections * sum(load.written[m] for m in members)
    target, nth = Target(stage.folder, delay_ms), next(RUNS)
    with stage.room() as room, target:
        target.start()
        connector = room.connector(*(
            connection(room, Place(target, word), topics,
                       name=f"bench-{nth}-{word}", **more) for word in words))
        told = receipts(stage)
        connector.start()
        started = cpu_s(connector.pid)
        goal = sum(want.values())
        wait_until(lambda: target.stats()["version_sum"] == goal,
                   "everything delivered", 120)
        peak = memory_mb(connector.pid, "VmHWM")
        wait_until(lambda: pending(connector) == 0, "settled", 60)
        wait_until(lambda: receipts(stage) - told >= len(want),
                   "a receipt of each record", 120)
        used = cpu_s(connector.pid) - started
        stats = target.stats()
        judge(want, written, target, connector.metrics())
        rss = memory_mb(connector.pid)
        assert connector.stop() == 0
    seconds = (stats["last_us"] - stats["first_us"]) / 1e6
    return {"events_per_s": round(stats["requests"] / seconds),
            "cpu_s_per_100k": round(used / stats["requests"] * 1e5, 2),
            "delivered": stats["requests"],
            "superseded": written - stats["requests"],
            "peak_mb": peak, "rss_after_mb": rss}


def receipts(stage):
    """How many have been written."""
    topic = "tw.receipts.bench-reader"
    return stage.wire.ends_of(topic)[topic]


class Place:
    """Below WORD at a target."""

    def __init__(self, target, word):
        self.url = f"{target.url}/{word}"
        self.USER, self.PASSWORD = target.USER, target.PASSWORD


def pending(connector):
    return sum(value for name, value in connector.metrics().items()
               if name.startswith("twinwire_pending{"))


def filled(stage, n, members=None, ids=50000, **more):
    """N events on the wire, and the members they are of."""
    members = members or MEMBERS
    with stage.room() as room:
        room.provision(*members, "bench-reader")
    return Load(stage.wire, members, **more).fill(n, ids)


# What a site's post is made of: about the work of preset `wordpress`.
MAPPING = """
def text($by): $by.ru // $by.en // ([$by[]] | first) // "";
{
  uid, url,
  title: text(.title),
  content: ("<p>" + (text(.summary) | @html) + "</p><p>"
    + ([.places[] | text(.name) + ", " + text(.city.names)] | join("; ") | @html)
    + "</p>"),
  status: "publish",
  meta: {
    tw_start: .start, tw_end: .end, tw_tz: .tz, tw_kind: .kind,
    tw_status: .status, tw_attendance: .attendance,
    tw_city: (.places[0].city.id // ""),
    tw_organizers: ([.organizers[] | text(.names)] | join(", ")),
    tw_marker: $marker
  }
}
"""


def grow(stage, n, of):
    """The cost of an event while one thing grows: {what: figures}."""
    results = {}
    if of == "members":
        for count in (1, 2, 4, 9):
            members = [f"bench-{count}of-{i}" for i in range(count)]
            load = filled(stage, n, members)
            results[count] = deliver(stage, load)
    elif of == "in_flight":
        load = filled(stage, n, ["bench-flight"])
        for count in (1, 8, 64, 512):
            results[count] = deliver(stage, load, in_flight=count)
    else:
        for size in (1300, 10000, 100000):
            load = filled(stage, max(500, n * 1300 // size // 2),
                          [f"bench-size-{size}"], size=size)
            results[size] = deliver(stage, load)
    return {f"{of} {count}": round(one["cpu_s_per_100k"] * 10)
            for count, one in results.items()}


def rows(stage, n):
    """CPU us an event for N events while the state file holds many records
    already: copies of one that was delivered."""
    results = {}
    for count in (10000, 100000, 1000000):
        member = f"bench-rows-{count}"
        results[f"rows {count}"] = round(beside(stage, n, count, member))
    return results


def beside(stage, n, n_rows, member):
    """CPU us an event of MEMBER, N events beside N_ROWS rows."""
    target = Target(stage.folder)
    with stage.room() as room, target:
        target.start()
        room.provision(member, "bench-reader")
        connector = room.connector(connection(
            room, target, [f"tw.events.{member}"],
            name=f"bench-{next(RUNS)}-rows"))
        load = Load(stage.wire, [member]).fill(1, 1)
        connector.start()
        arrived(target, load)
        wait_until(lambda: pending(connector) == 0, "settled", 60)
        assert connector.stop() == 0
        copy_rows(room.folder / "connector.db", n_rows)
        connector.start().ready_z()
        before, asked = cpu_s(connector.pid), target.stats()["requests"]
        load.fill(n)
        arrived(target, load)
        wait_until(lambda: pending(connector) == 0, "settled", 60)
        used = cpu_s(connector.pid) - before
        delivered = target.stats()["requests"] - asked
        shown = {uid: v for (_, uid), v in target.records().items()}
        if shown != load.newest[member]:
            raise Wrong(f"beside {n_rows} rows: {len(shown)} records, not "
                        f"{len(load.newest[member])} at their newest")
        assert connector.stop() == 0
    return used / delivered * 1e6


def arrived(target, load):
    """Wait until TARGET shows the newest versions of all that LOAD wrote."""
    goal = sum(v for one in load.newest.values() for v in one.values())
    wait_until(lambda: target.stats()["version_sum"] == goal,
               "everything delivered", 120)


def copy_rows(file, n):
    """N copies, under keys of their own, of the record that FILE holds."""
    with sqlite3.connect(file) as db:
        names = [row[1] for row in db.execute("PRAGMA table_info(record)")]
        # Ids of the same connection and side, apart from each other.
        make = {"id": "(record.id >> 45 << 45) + i * 40503", "key": "'bench.copy-' || i || '@copies'",
                "local_id": "'copy-' || i"}
        db.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
            f"WHERE i < {n}) INSERT INTO record SELECT "
            + ", ".join(make.get(name, f"record.{name}") for name in names)
            + " FROM n, (SELECT * FROM record LIMIT 1) AS record")
    db.close()


def many(stage, n_events, n_connections):
    """N_EVENTS to each of N_CONNECTIONS in one process, beside one alone."""
    load = filled(stage, n_events, ["bench-many"])
    one = deliver(stage, load)
    all_ = deliver(stage, load, n_connections=n_connections)
    return {"events_per_s": all_["events_per_s"],
            "one_alone_per_s": one["events_per_s"],
            "cpu_s_per_100k": all_["cpu_s_per_100k"],
            "mb_each": round((all_["rss_after_mb"] - one["rss_after_mb"])
                             / (n_connections - 1), 2),
            "peak_mb": all_["peak_mb"]}


def paced(stage, rate, seconds):
    """Delay from production to the site at RATE events a second."""
    member = "bench-paced"
    target = Target(stage.folder)
    with stage.room() as room, target:
        target.start()
        room.provision(member, "bench-reader")
        connector = room.connector(
            connection(room, target, [f"tw.events.{member}"],
                       name=f"bench-{next(RUNS)}-paced"))
        connector.start().ready_z()
        idle = memory_mb(connector.pid)
        load = Load(stage.wire, [member])
        load.paced(rate, 1)
        wait_until(lambda: target.stats()["requests"] == load.written[member],
                   "warm", 60)
        target.reset()
        before, load.written[member] = cpu_s(connector.pid), 0
        load.paced(rate, seconds)
        wait_until(lambda: target.stats()["requests"] == load.written[member],
                   "everything delivered", 60)
        used, stats = cpu_s(connector.pid) - before, target.stats()
        assert connector.stop() == 0
    if stats["repeated"] or stats["older"] or stats["unnamed"]:
        raise Wrong(f"paced: {stats}")
    return {"p50_ms": stats["p50_us"] / 1000, "p99_ms": stats["p99_us"] / 1000,
            "cpu_percent": round(100 * used / seconds, 1), "idle_mb": idle}
