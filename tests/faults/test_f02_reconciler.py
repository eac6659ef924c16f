"""F2, F5, F22 for the reconciler: killed at any moment while claims flow, all
the while they are poisoned here and there, and without a broker. It keeps
nothing, and ends where the claims say: no partnership is missing, none is left
over, none is written twice."""

import time

import pytest
from support.merging import (NOTICES, PARTNERSHIPS, Merging, complete,
                             wire_is_empty)
from support.records import claim

KILLS = 15
PAIRS = 60
STATUSES = "active", "suspended", "terminated"
SCHEMA = "org.twinwire.v1.PartnershipClaim"


class Speakers:
    """Two members who say something about the same pairs, each for his side,
    change their minds and withdraw."""

    def __init__(self, stage, rng):
        self.stage, self.rng = stage, rng
        self.want = {}  # (member, pair): status
        self.said = 0

    def city(self, country, n):
        return {"id": f"wd:Q{n}", "country": country,
                "names": {"en": f"City {n}"}}

    def say(self, n):
        wire = self.stage.wire
        schema = wire.latest_id(SCHEMA)
        for _ in range(n):
            who, pair = self.rng.choice(["srg", "cpaffc"]), \
                self.rng.randrange(PAIRS)
            ours, theirs = self.city("RU", 10000 + pair), \
                self.city("CN", 20000 + pair)
            if who == "cpaffc":
                ours, theirs = theirs, ours
            status = self.rng.choice(STATUSES + (None,))
            raw = None
            if status is None:
                self.want.pop((who, pair), None)
            else:
                self.want[who, pair] = status
                raw = wire.encode(schema, complete(claim(
                    ours, theirs, status=status)) | {
                        "registrar": who, "localId": f"r.{pair}"})
            wire.write_later(f"tw.claims.{who}", f"{who}|r.{pair}", raw)
            if self.rng.random() < 0.05:  # and what is no claim at all
                wire.write_later(f"tw.claims.{who}", f"{who}|r.x",
                                 self.rng.randbytes(40))
        wire.flush()

    def sides(self):
        """{pair: {member: status}} as the partnerships shall have it."""
        out = {}
        for (who, pair), status in self.want.items():
            out.setdefault(f"wd:Q{10000 + pair}+wd:Q{20000 + pair}",
                           {})[who] = status
        return out

    def arrived(self):
        self.stage.room.until(self.stage.settled, "all claims merged", 120)
        have = {key: {s["registrar"]: s["status"] for s in p["sides"]}
                for key, p in self.stage.pairs().items()}
        assert have == self.sides()


@pytest.fixture
def stage(twinwire, wire):
    wire_is_empty(wire)
    return Merging(twinwire, wire)


@pytest.fixture
def speakers(stage, rng):
    return Speakers(stage, rng)


def versions(wire):
    """{pair: values in order, None for a tombstone}"""
    out = {}
    for m in wire.read(PARTNERSHIPS):
        out.setdefault(m.key, []).append(m.value)
    return out


def test_f02_the_reconciler_is_killed(stage, speakers, rng):
    stage.start()
    for _ in range(KILLS):
        speakers.say(30)
        time.sleep(rng.uniform(0, 1.5))
        assert stage.daemon.running, stage.daemon.tail()
        stage.daemon.kill()
        speakers.say(5)
        stage.daemon.launch()
    speakers.arrived()
    # Nothing is written that changes nothing.
    for key, values in versions(stage.wire).items():
        assert all(a != b for a, b in zip(values, values[1:])), key
    # A notice names the version that it changes: when it is said twice, as a
    # kill came before its partnership, the last word came true.
    said = {m.key: m.value for m in stage.wire.read(NOTICES)}
    assert {n["id"] for n in said.values()} == set(said)
    # One that starts with all there is has nothing to add.
    ends = stage.wire.ends_of(PARTNERSHIPS, NOTICES)
    stage.daemon.stop()
    stage.daemon.start().ready_z()
    speakers.arrived()
    assert stage.wire.ends_of(PARTNERSHIPS, NOTICES) == ends


def test_f06_the_reconciler_without_a_broker(stage, speakers, kafka):
    stage.start()
    speakers.say(60)
    speakers.arrived()
    for take_away in kafka.kill, kafka.stop:
        speakers.say(20)
        take_away()
        stage.room.until(lambda: not stage.daemon.is_ready(), "it says so",
                         120)
        kafka.start()
        speakers.say(20)
        speakers.arrived()
        stage.room.until(stage.daemon.is_ready, "it is ready", 120)
    # And when it starts while there is none.
    stage.daemon.stop()
    kafka.stop()
    stage.daemon.start()
    assert not stage.daemon.is_ready()
    kafka.start()
    speakers.say(20)
    speakers.arrived()
