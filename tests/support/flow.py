"""Events that flow from one member into any number of systems of another, and
what must hold at the end, whatever happened in between: every system shows the
newest version of each record once and nothing else, and the law of DESIGN
section 5 is exact."""

import itertools
import json
import time

import pytest

from .records import event

EVENT = "org.twinwire.v1.Event"
FATES = ("applied", "superseded", "unchanged", "stale", "filtered",
         "dead_lettered")
_numbers = itertools.count(1)


class Flow:
    def __init__(self, twinwire, wire):
        n = next(_numbers)
        self.twinwire, self.wire = twinwire, wire
        self.writer, self.reader = f"says-{n}", f"gets-{n}"
        self.topic = f"tw.events.{self.writer}"
        self.dead = f"tw.dead.{self.reader}"
        self.said = 0  # messages in the topic
        self.want = {}  # key: title of what lives
        self.gone = set()  # keys that were withdrawn
        self.systems = {}  # connection: what stands there
        self.refused = 0  # of want, by each system
        twinwire.provision(self.writer, self.reader)

    # Connections -----------------------------------------------------------

    def _connection(self, make, name, system, stock, more):
        id = f"{self.reader}-{name}"
        self.systems[id] = stock
        more = {"limits": {"timeout_s": 5, "rate_per_s": 5000},
                "subscribe": [{"topics": [self.topic],
                               "from": "beginning"}]} | more
        return make(id, self.reader, system, **more)

    def put(self, site, name="put", **more):
        """A system that takes PUT under our id; `find` where MORE uses
        another preset of the REST kind."""
        prefix = f"{self.reader}-{name}/"

        def stock():
            return [(k.removeprefix(prefix), v["title"]["en"])
                    for k, v in site.items("events").items()]
        return self._connection(self.twinwire.rest, name, site, stock, more)

    def find(self, site, name="find", **more):
        """A system that makes its own ids and can be asked for a marker."""
        prefix = f"{self.reader}-{name}/"

        def stock():
            return [(v["marker"].removeprefix(prefix),
                     v["record"]["title"]["en"])
                    for v in site.items("events").values() if "marker" in v]

        def make(id, member, _, **more):
            return self.twinwire.connection(
                id, member, "rest-post", site.url, site.USER, site.PASSWORD,
                **more)
        return self._connection(make, name, site, stock, more)

    def wordpress(self, site, name="www", **more):
        prefix = f"{self.reader}-{name}/"

        def stock():
            return [(marker.removeprefix(prefix), title)
                    for marker, status, title in site.stock("tw_event")
                    if status != "trash" and marker.startswith(prefix)]
        return self._connection(
            self.twinwire.wordpress, name, site, stock, more)

    # What the member says --------------------------------------------------

    def key(self, n):
        return f"x.{n}@{self.writer}"

    def encoded(self, n, title, **more):
        record = event(title, uid=self.key(n), publisher=self.writer) | more
        return self.wire.encode(self.wire.latest_id(EVENT), record)

    def say_all(self, changes):
        """(n, title) in order; a title of None withdraws."""
        schema = self.wire.latest_id(EVENT)
        for n, title in changes:
            key = self.key(n)
            raw = None
            if title is None:
                self.want.pop(key, None)
                self.gone.add(key)
            else:
                self.want[key] = title
                raw = self.wire.encode(schema, event(
                    title, uid=key, publisher=self.writer))
            self.wire.write_later(self.topic, key, raw)
            self.said += 1
        self.wire.flush()

    def say(self, n, title):
        self.say_all([(n, title)])

    # What must hold --------------------------------------------------------

    def counts(self, connector, connection):
        metrics = connector.metrics()
        label = f'{{connection="{connection}"}}'
        names = ["consumed_total", "replayed_total", "pending"] + [
            f"{f}_total" for f in FATES]
        return {n.removesuffix("_total"): int(metrics[f"twinwire_{n}{label}"])
                for n in names}

    def parked(self, connector, connection):
        """Records that wait in the state file."""
        return int(connector.metrics()[
            f'twinwire_records{{connection="{connection}",state="waiting"}}'])

    def law(self, connector, connection):
        """True once all that was said is final and the sums are right."""
        c = self.counts(connector, connection)
        if c["consumed"] > self.said:  # also in a test that waits
            pytest.fail(f"{connection}: {c}, said {self.said}")
        total = sum(c[f] for f in FATES) + c["pending"]
        assert c["consumed"] + c["replayed"] == total, f"{connection}: {c}"
        return c["consumed"] == self.said and c["pending"] == 0

    def equal(self, connection):
        return sorted(self.systems[connection]()) == sorted(self.want.items())

    def arrived(self, connector, connections=None, timeout_s=60):
        """Wait for the end state in all systems; then it must be right."""
        for id in connections or self.systems:
            self.twinwire.until(
                lambda id=id: self.law(connector, id),
                f"{id}: all {self.said} are final", timeout_s)
            # Removing a late twin is no record's end: it may follow.
            self.twinwire.until(lambda id=id: self.equal(id),
                                f"{id}: {self.difference(id)}", timeout_s)
        for id in connections or self.systems:
            self.twinwire.until(lambda id=id: self.law(connector, id),
                                f"{id}: the law", timeout_s)

    def difference(self, connection):
        have, want = self.systems[connection](), self.want
        keys = [k for k, _ in have]
        return {
            "missing": sorted(set(want) - set(keys))[:5],
            "too many": sorted({k for k in keys if keys.count(k) > 1
                                or k not in want})[:5],
            "old": [(k, t) for k, t in have if k in want and want[k] != t][:5],
        }

    def letters(self):
        """Dead letters, as they are."""
        return self.wire.read(self.dead, decode=False)


def numbered(rng, first, n, share_changed=0.2, share_gone=0.05):
    """Changes in which N records appear from number FIRST on; some of them
    change or end later on. Nothing comes back once it has ended."""
    changes, live = [], []
    for i in range(first, first + n):
        changes.append((i, f"Event {i}"))
        live.append(i)
        if rng.random() < share_changed:
            changes.append((rng.choice(live), f"Moved {len(changes)}"))
        if rng.random() < share_gone:
            changes.append((live.pop(rng.randrange(len(live))), None))
    return changes


def twice(site, collection="events"):
    """{marker: n} of what a system of its own ids was made to make more than
    once, answered or not, the trash included."""
    with site.lock:
        made = [i["marker"] for i in
                site.collections.get(collection, {}).values() if "marker" in i]
    return {m: made.count(m) for m in set(made) if made.count(m) > 1}


def written(site, title):
    """Requests of a RestSite that carried TITLE."""
    return [r for r in site.writes()
            if r.body and title in json.dumps(r.json(), ensure_ascii=False)]


class Clockwork:
    """Kills of a connector at seeded moments of its life: one in five of its
    start, which may take long where much else runs, the others from then on."""

    def __init__(self, connector, rng, longest_s):
        self.connector, self.rng, self.longest_s = connector, rng, longest_s

    def kill_once(self):
        if self.rng.random() < 0.2:
            self.connector.launch()
        else:
            self.connector.start()
        time.sleep(self.rng.uniform(0, self.longest_s))
        assert self.connector.running, \
            f"left by itself:\n{self.connector.tail()}"
        self.connector.kill()
