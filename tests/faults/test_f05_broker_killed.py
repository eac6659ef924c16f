"""F5: three brokers, of which now and then one is killed, the leader or
another. What was acknowledged survives, and both directions go on by
themselves."""

import pytest
from support.flow import Flow, numbered, twice
from support.kafka import Kafka
from support.records import event
from support.wire import Wire


@pytest.fixture(scope="module")
def kafka(tmp_path_factory):
    with Kafka(tmp_path_factory.mktemp("kafka"), nodes=3) as k:
        yield k


@pytest.fixture(scope="module")
def wire(kafka, registry):
    return Wire(kafka.brokers, registry.url)


class Line:
    """A flow into a site that makes its own ids, which also has news of its
    own."""

    def __init__(self, twinwire, wire, site, rng):
        self.flow = Flow(twinwire, wire)
        self.site, self.rng = site, rng
        self.own = {}
        self.topic = f"tw.events.{self.flow.reader}"
        self.connector = twinwire.connector(self.flow.find(site, publish=[
            {"into": "events", "namespace": "s", "from": "beginning",
             "every": "200ms"}])).start().ready_z()

    def announce(self, n):
        for _ in range(n):
            id = f"own-{len(self.own)}"
            self.own[id] = f"Own {len(self.own)}"
            self.site.put("events", id, record=event(self.own[id]))

    def published(self):
        return {m.key: m.value["title"]["en"] for m in
                self.flow.wire.latest(self.topic).values()}

    def all_published(self):
        return self.published() == {
            f"s.{id}@{self.flow.reader}": t for id, t in self.own.items()}

    def goes_on(self):
        self.flow.say_all(numbered(self.rng, self.flow.said, 30))
        self.announce(10)
        self.flow.twinwire.until(self.all_published, "published", 120)
        self.flow.arrived(self.connector, timeout_s=120)
        assert twice(self.site) == {}
        assert self.flow.letters() == []


@pytest.fixture
def line(twinwire, wire, rest_site, rng):
    return Line(twinwire, wire, rest_site(), rng)


def test_f05_a_broker_is_killed_now_and_then(line, kafka, rng):
    for _ in range(4):
        node = rng.choice(kafka.nodes)
        line.flow.say_all(numbered(rng, line.flow.said, 40))
        line.announce(20)
        node.kill()
        line.flow.say_all(numbered(rng, line.flow.said, 40))
        line.announce(20)
        line.flow.twinwire.until(line.all_published, "published by two", 120)
        node.start()
        line.flow.twinwire.until(kafka.is_whole, "three again", 120)
    line.goes_on()
