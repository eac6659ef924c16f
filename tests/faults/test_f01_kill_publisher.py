"""F1: kill -9 while a member's site is read onto the wire. What the site shows
is on the wire at its newest version, what it withdrew is not, and a version
that is said again after a kill is said in the same words."""

import itertools
import os

import pytest
from support.flow import Clockwork
from support.process import wait_until
from support.records import event

POINTS = ["connection_started", "change_sent", "change_acked", "committed"]


class Source:
    """A site of a member, and what must be on the wire because of it."""

    def __init__(self, flow, site, rng):
        self.flow, self.site, self.rng = flow, site, rng
        self.topic = f"tw.events.{flow.reader}"
        self.want = {}
        self.ids = itertools.count()

    def connector(self):
        return self.flow.twinwire.connector(self.flow.twinwire.rest(
            f"{self.flow.reader}-source", self.flow.reader, self.site,
            publish=[{"into": "events", "namespace": "s",
                      "from": "beginning", "every": "100ms"}]))

    def edit(self, n):
        """N edits of the site's clerks."""
        for _ in range(n):
            k = self.rng.random()
            if k < 0.6 or not self.want:
                id = f"{next(self.ids)}"
            else:
                id = self.rng.choice(sorted(self.want))
            if k > 0.9 and id in self.want:
                self.site.trash("events", id)
                del self.want[id]
            else:
                self.want[id] = f"Version {self.rng.randrange(10**6)}"
                self.site.put("events", id, **event(self.want[id]))

    def difference(self):
        return {(m.key, m.value["title"]["en"]) for m in
                self.flow.wire.latest(self.topic).values()} ^ {
            (f"s.{id}@{self.flow.reader}", t) for id, t in self.want.items()}

    def arrived(self):
        try:
            self.flow.twinwire.until(lambda: not self.difference(),
                                     "the wire equals the site", 30)
        except AssertionError as e:
            raise AssertionError(f"{self.difference()}: {e}") from None

    def said_again(self):
        """Versions that stand on the wire more than once in a row."""
        last, again = {}, 0
        for m in self.flow.wire.read(self.topic):
            words = m.value and {k: v for k, v in m.value.items()
                                 if k != "modifiedAt"}
            again += m.key in last and last[m.key] == words
            last[m.key] = words
        return again


@pytest.mark.crashing
@pytest.mark.parametrize("point", POINTS)
def test_f01_kill_at_a_named_point(flow, rest_site, rng, point):
    source = Source(flow, rest_site(), rng)
    connector = source.connector()
    for nth in (1, 2, 4):
        if point == "connection_started" and nth > 1:
            continue
        source.edit(50)
        connector.env = os.environ | {"TW_CRASH_AT": f"{point}:{nth}"}
        connector.launch()

        def is_dead():
            # What nobody edits is not committed often.
            if point == "committed":
                source.edit(2)
            return not connector.running
        wait_until(is_dead, f"it reaches {point} {nth} times")
        assert connector.wait() == -9, connector.tail()
    connector.env = None
    connector.start()
    source.arrived()
    end = flow.wire.ends_of(source.topic)
    source.site.polled(3)
    assert flow.wire.ends_of(source.topic) == end, "nothing is said again"


KILLS = 60


@pytest.mark.parametrize("kills", [pytest.param(5, marks=pytest.mark.fast),
                                   KILLS])
def test_f01_kills_at_any_moment(flow, rest_site, rng, kills):
    source = Source(flow, rest_site(), rng)
    connector = source.connector()
    clockwork = Clockwork(connector, rng, 1.0)
    for _ in range(kills):
        source.edit(20)
        clockwork.kill_once()
    connector.start()
    source.arrived()
    again = source.said_again()
    print(f"{kills} kills, {len(source.want)} live, said again: {again}")
    end = flow.wire.ends_of(source.topic)
    source.site.polled(3)
    assert flow.wire.ends_of(source.topic) == end
