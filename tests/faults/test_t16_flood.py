"""T16: one member writes as fast as its quota lets it, a hundred times what
others say and more: true records, bytes nobody can read, or schemas nobody has.
What another says reaches a third one's system, which takes that member's topic
too, nearly as soon as before, or as it reaches at the same time who does not
take it; also out of the system of a member that takes it itself and has dead
letters of its own to write.

Limits as docker-compose.yml sets them, on users that a broker knows apart."""

import itertools
import re
import time

import pytest
import yaml
from support.flood import NUMBER, Flood
from support.kafka import Kafka
from support.process import ROOT, wait_until
from support.records import event
from support.security import OPERATOR, Security
from support.twinwire import Twinwire
from support.wire import Wire

EVENT = "org.twinwire.v1.Event"
RECORDS = 400
EVERY_S = 0.05
ROUNDS = 4
# A system takes that much a second: the flood has to wait, what others say
# (2 / EVERY_S) does not.
RATE_PER_S = 100
# A quota is kept on average over eleven seconds: each time, a flood brings some
# MiB at once, which a broker has to take in and give out again by TLS on the
# cores that all here share. That delays those who do not take it, too. What is
# faster than a system is asked counts as that.
POLL_S = 0.2
LATE_S = 60  # who has not come by then has lost
WAYS = ("straight", "site")
WHO = ("with", "apart")  # from the flood


def quotas():
    """What docker-compose.yml gives to whoever has no limits of his own."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    rates = compose["services"]["quotas"]["command"][-1]
    return re.sub(r"\$\{\w+:-(\d+)\}", r"\1", rates)


class Stage:
    """A wire that asks everybody who he is and limits what he writes."""

    def __init__(self, folder, registry):
        self.security = Security(folder / "security")
        self.kafka = Kafka(folder / "kafka", security=self.security).start()
        self.kafka.limit(quotas())
        self.registry_url = registry.url
        self.room = Twinwire(folder, self.kafka.brokers, registry.url)
        password = self.room.secret(
            "operator", self.security.passwords[OPERATOR])
        self.conf = self.room.file("operator.yaml", {
            "kafka": self.security.operator_conf(
                self.kafka.brokers, password),
            "registry": {"url": registry.url, "insecure_http": True}})
        self.rows = []

    def add(self, *members):
        self.rows += [{"id": m, "names": {"en": m}} for m in members]
        file = self.room.file("members.yaml", {"members": self.rows})
        self.room.cli("provision", "--conf", self.conf, "--secrets",
                      self.room.folder / "secrets", file, wire=False)

    def client(self, user):
        """Its messages go out as soon as those of our programs do."""
        return self.security.certificate_client(
            self.kafka.side_brokers, user) | {"socket.nagle.disable": True}

    def wire(self, user):
        """The witness, as USER."""
        return Wire(self.kafka.side_brokers, self.registry_url,
                    self.client(user))

    def end(self, topic):
        operator = Wire(self.kafka.brokers, self.registry_url,
                        self.security.client(OPERATOR))
        return operator.ends_of(topic)[topic]

    def connector(self, user, *connections):
        return self.room.connector(
            *connections, name=f"of-{user}",
            kafka=self.security.certificate_conf(
                self.kafka.side_brokers, user))


@pytest.fixture(scope="module")
def stage(tmp_path_factory, registry):
    s = Stage(tmp_path_factory.mktemp("t16"), registry)
    try:
        yield s
    finally:
        s.room.close()
        s.kafka.kill()


class Arrivals:
    """When what titles name came to a site first."""

    def __init__(self, site):
        self.site, self.at, self._seen = site, {}, 0

    def look(self):
        with self.site.lock:
            new = self.site.log[self._seen:]
        self._seen += len(new)
        for r in new:
            m = re.search(rb'"((?:straight|site) \d+)"', r.body)
            if m and r.is_write:
                self.at.setdefault(m[1].decode(), r.at)
        return self.at


class Neighbours:
    """`loud` floods; `calm` writes its topic itself; `busy` has a system whose
    events it publishes and takes what `loud` says; `hearer` takes all three.
    `quiet` and `apart` do as those two, but for what `loud` says."""

    numbers = itertools.count(1)

    def __init__(self, stage, rest_site):
        n = next(self.numbers)
        self.stage, self.said = stage, 0
        names = [f"{m}-{n}" for m in (
            "loud", "calm", "busy", "hearer", "quiet", "apart")]
        stage.add(*names)
        self.loud, self.calm, busy, hearer, quiet, apart = names
        self.wire = stage.wire(self.calm)
        self.schema = self.wire.latest_id(EVENT)
        self.desks, self.arrivals, self.daemons = [], {}, []
        for who, host, guest, floods in (
                ("with", busy, hearer, [self.loud]),
                ("apart", quiet, apart, [])):
            desk, hall = rest_site(), rest_site()
            self.desks.append(desk)
            self.arrivals[who] = Arrivals(hall)
            self.daemons += [
                self._connector(host, desk, floods, publish=[{
                    "into": "events", "namespace": "site",
                    "from": "beginning",
                    "every": f"{POLL_S * 1000:.0f}ms"}]),
                self._connector(guest, hall, [*floods, self.calm, host])]
        for d in self.daemons:
            d.start().ready_z()
        self.late(1)  # what is done once, is done

    def _connector(self, member, site, speakers, **more):
        limits = {"timeout_s": 5, "rate_per_s": RATE_PER_S}
        if speakers:
            more["subscribe"] = [{
                "topics": [f"tw.events.{m}" for m in speakers],
                "from": "beginning"}]
        return self.stage.connector(member, self.stage.room.rest(
            f"{member}-system", member, site, limits=limits, **more))

    def encoded(self, member, local_id, title):
        """(key, bytes) of an event."""
        key = f"x.{local_id}@{member}"
        return key, self.wire.encode(self.schema, event(
            title, uid=key, publisher=member))

    def late(self, records):
        """{who: {way: seconds}} from the word to a system, of RECORDS said one
        after the other; who has not come counts as by now."""
        said = {way: {} for way in WAYS}
        for _ in range(records):
            self.said += 1
            title = {way: f"{way} {self.said}" for way in WAYS}
            key, raw = self.encoded(self.calm, self.said, title["straight"])
            said["straight"][title["straight"]] = time.monotonic()
            self.wire.write_later(f"tw.events.{self.calm}", key, raw)
            said["site"][title["site"]] = time.monotonic()
            for desk in self.desks:
                desk.put("events", str(self.said), **event(title["site"]))
            time.sleep(EVERY_S)
        end, all_said = time.monotonic() + LATE_S, set().union(*said.values())
        wait_until(lambda: all(all_said <= a.look().keys()
                               for a in self.arrivals.values())
                   or time.monotonic() > end, "all are there", 2 * LATE_S)
        now = time.monotonic()
        for who, a in self.arrivals.items():
            missing = sorted(all_said - a.at.keys())
            if missing:
                print(f"not there, {who}, after {LATE_S} s: {len(missing)} of "
                      f"{len(all_said)}, as {missing[:4]}")
        return {who: {way: [a.at.get(t, now) - s for t, s in said[way].items()]
                      for way in WAYS} for who, a in self.arrivals.items()}

    def close(self):
        for d in self.daemons:
            d.kill()


def records(n):
    """True ones, of many keys: the same length, so that a number will do."""
    key, raw = n.encoded(n.loud, NUMBER.decode(), f"Flood {NUMBER.decode()}")
    return key.encode(), raw


def unreadable(n):
    return b"x.%s@%s" % (NUMBER, n.loud.encode()), bytes(8192)


def of_no_schema(n):
    """Each names another that the registry does not have."""
    return records(n)


def p99(latencies):
    return sorted(latencies)[len(latencies) * 99 // 100 - 1]


@pytest.mark.alone
@pytest.mark.parametrize("kind", [records, unreadable, of_no_schema])
def test_t16_who_floods_delays_nobody(stage, rest_site, kind):
    before, during = ({who: {way: [] for way in WAYS} for who in WHO}
                      for _ in range(2))
    figures = []

    def add(to, latencies):
        for who in WHO:
            for way in WAYS:
                to[who][way] += latencies[who][way]

    def is_fair():
        return all(b < 2 * max(a, apart, POLL_S)
                   for a, b, apart in figures[-1].values())

    for _ in range(ROUNDS):
        n = Neighbours(stage, rest_site)
        (key, raw), topic = kind(n), f"tw.events.{n.loud}"
        add(before, n.late(RECORDS))
        with Flood(stage.client(n.loud), topic, key, raw,
                   vary=kind is of_no_schema) as flood:
            add(during, n.late(RECORDS))
        written = stage.end(topic)
        n.close()
        sent, quiet = written * len(key + raw), RECORDS * sum(
            map(len, n.encoded(n.calm, n.said, f"straight {n.said}")))
        print(f"{written} messages, {sent} bytes of keys and values, "
              f"{sent // quiet} times as many as one of the others")
        assert flood.slowed and sent > 100 * quiet
        figures.append({way: (p99(before["with"][way]),
                              p99(during["with"][way]),
                              p99(during["apart"][way])) for way in WAYS})
        if is_fair() or max(b for _, b, _ in figures[-1].values()) > LATE_S:
            break
    print("p99 in ms, before, during, and during it apart, of all rounds so "
          "far: ", [{way: tuple(round(s * 1000, 1) for s in three)
                     for way, three in f.items()} for f in figures])
    # No round is left out: what the machine does besides comes to both.
    assert is_fair(), figures
