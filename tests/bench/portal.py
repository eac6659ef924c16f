"""The portal: made anew from the topics, then asked by many."""

import http.client
import random
import threading
import time
import urllib.parse

from deliver import Wrong
from stage import cpu_s, memory_mb, wait_until
from support.records import claim, event

MEMBERS = ["bench-north", "bench-south"]
CITIES = 20000
# What readers ask, and how often.
QUESTIONS = {
    "search": (30, lambda r: "/api/v1/partnerships?q="
               + urllib.parse.quote(f"Город {r.randrange(CITIES)}")),
    "list": (30, lambda r: "/api/v1/partnerships?country=CN&limit=50&sort="
             + r.choice(["name", "date", "changed"])),
    "events": (15, lambda r: f"/api/v1/events?city=wd:Q{r.randrange(CITIES)}"
               "&from=2026-01-01"),
    "one": (15, lambda r: f"/api/v1/partnerships/{pair(r.randrange(50000))}"),
    # From a cursor near the end.
    "changes": (6, lambda r: "/api/v1/changes?limit=50&after="),
    "changes of a member":
        (3, lambda r: "/api/v1/changes?limit=50&member=bench-north&after="),
    "map": (1, lambda r: "/api/v1/map.geojson"),
}


def cities(i):
    a, b = i % CITIES, CITIES + (i * 7919) % CITIES
    return ({"id": f"wd:Q{a}", "country": "RU", "lat": 40 + a % 1000 / 50,
             "lon": 30 + a % 997 / 10, "sameAs": [],
             "names": {"ru": f"Город {a}", "en": f"City {a}"}},
            {"id": f"wd:Q{b}", "country": "CN", "lat": 20 + b % 1000 / 50,
             "lon": 90 + b % 997 / 30, "sameAs": [],
             "names": {"zh-Hans": f"市 {b}", "en": f"Town {b}"}})


def pair(i):
    a, b = cities(i)
    return f"{a['id']}+{b['id']}"


def fill(wire, n_pairs, n_events):
    """Partnerships with a claim each, and events."""
    ids = {name: wire.latest_id(f"org.twinwire.v1.{name}")
           for name in ("Partnership", "PartnershipClaim", "Event")}
    for i in range(n_pairs):
        a, b = cities(i)
        key = f"bench-north|site.{i}"
        wire.write_later("tw.claims.bench-north", key, wire.encode(
            ids["PartnershipClaim"], claim(a, b) | {
                "registrar": "bench-north", "localId": f"site.{i}"}))
        wire.write_later("tw.partnerships", pair(i), wire.encode(
            ids["Partnership"], {
                "pairKey": pair(i), "a": a, "b": b, "status": "unconfirmed",
                "kind": "twin", "since": f"{1950 + i % 75}-05-09",
                "sinceBasis": "signature", "claims": [key],
                "sides": [{"cityId": a["id"], "status": "active",
                           "claim": key, "registrar": "bench-north"}],
                "computedAt": 1}))
    for i in range(n_events):
        day = f"2027-{i % 12 + 1:02}-{i % 28 + 1:02}"
        uid = f"site.{i}@bench-south"
        wire.write_later("tw.events.bench-south", uid, wire.encode(
            ids["Event"], event({"en": f"Festival {i}", "ru": f"Фестиваль {i}"},
                                f"{day}T10:00:00", f"{day}T12:00:00",
                                city=cities(i)[0]) | {
                "uid": uid, "publisher": "bench-south"}))
    wire.flush()


class Asker(threading.Thread):
    """Asks its share at even intervals; a late answer delays no later
    question's clock, so waiting counts."""

    def __init__(self, port, per_s, seconds, seed, cursor):
        super().__init__()
        self.port, self.per_s, self.seconds = port, per_s, seconds
        self.rng, self.cursor = random.Random(seed), cursor
        self.took = {name: [] for name in QUESTIONS}
        self.wrong = []

    def question(self):
        name, = self.rng.choices(list(QUESTIONS),
                                 [w for w, _ in QUESTIONS.values()])
        path = QUESTIONS[name][1](self.rng)
        return name, path + self.cursor if path[-1] == "=" else path

    def run(self):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        start = time.perf_counter() + self.rng.random() / self.per_s
        for i in range(int(self.per_s * self.seconds)):
            due = start + i / self.per_s
            time.sleep(max(0, due - time.perf_counter()))
            name, path = self.question()
            c.request("GET", path, headers={"Accept-Encoding": "gzip"})
            answer = c.getresponse()
            answer.read()
            self.took[name].append((time.perf_counter() - due) * 1000)
            if answer.status != 200:
                self.wrong.append(f"{path}: {answer.status}")


class News(threading.Thread):
    """Some partnerships change all the while, as on a wire in use."""

    PER_S = 5

    def __init__(self, wire):
        super().__init__()
        self.wire, self.done = wire, threading.Event()
        self.id = wire.latest_id("org.twinwire.v1.Partnership")

    def run(self):
        i = 0
        while not self.done.wait(1 / self.PER_S):
            a, b = cities(i)
            self.wire.write_later("tw.partnerships", pair(i), self.wire.encode(
                self.id, {"pairKey": pair(i), "a": a, "b": b, "sides": [],
                          "status": "active", "kind": "twin", "claims": [],
                          "since": "1990-05-09", "computedAt": i + 2}))
            self.wire.flush()
            i += 1


def ask(port, cursor, per_s, seconds, threads=8):
    askers = [Asker(port, per_s / threads, seconds, seed, cursor)
              for seed in range(threads)]
    for a in askers:
        a.start()
    for a in askers:
        a.join()
        if a.wrong:
            raise Wrong(f"portal: {a.wrong[0]}")
    return {name: sorted(t for a in askers for t in a.took[name])
            for name in QUESTIONS}


def p99(times):
    return round(times[int(len(times) * 0.99)], 1) if times else 0


def read_and_ask(stage, n_pairs, n_events, per_s=200, seconds=20):
    """Made anew, then asked PER_S questions a second."""
    with stage.room() as room:
        room.provision(*MEMBERS)
        fill(stage.wire, n_pairs, n_events)
        portal = room.portal()
        start = time.perf_counter()
        portal.start()
        total = 2 * n_pairs + n_events
        wait_until(lambda: portal.is_ready() and portal.metrics()[
            "twinwire_portal_read_total"] >= total, "all read", 300)
        rebuilt = time.perf_counter() - start
        used = cpu_s(portal.pid)
        port = int(portal.url.rsplit(":", 1)[1])
        cursor, news = last_cursor(portal), News(stage.wire)
        news.start()
        try:
            took = ask(port, cursor, per_s, seconds)
        finally:
            news.done.set()
            news.join()
        everything = sorted(t for times in took.values() for t in times)
        peak, now = memory_mb(portal.pid, "VmHWM"), memory_mb(portal.pid)
        assert portal.stop() == 0
    return {"rebuild_s": round(rebuilt, 1), "rebuild_cpu_s": round(used, 1),
            "p50_ms": round(everything[len(everything) // 2], 1),
            "p99_ms": p99(everything)} | {
                f"{name}_p99": p99(times) for name, times in took.items()} | {
                    "peak_mb": peak, "mb": now}


def last_cursor(portal):
    """A place fifty events from the end, as one who was away briefly has."""
    import requests
    cursor, more = "", True
    while more:
        page = requests.get(portal.url + "/api/v1/changes", timeout=60, params={
            "limit": 200, "type": "event"} | (
                {"after": cursor} if cursor else {})).json()
        cursor, more = page["cursor"], page["more"]
    return cursor
