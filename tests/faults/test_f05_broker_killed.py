"""F5: three brokers, of which now and then one is killed, the leader or
another. What was acknowledged survives, and both directions go on by
themselves."""

import pytest
from support.both_ways import BothWays
from support.kafka import Kafka


@pytest.fixture(scope="module")
def kafka(tmp_path_factory):
    with Kafka(tmp_path_factory.mktemp("kafka"), nodes=3) as k:
        yield k


@pytest.fixture
def line(twinwire, wire, rest_site, rng):
    return BothWays(twinwire, wire, rest_site(), rng)


def test_f05_a_broker_is_killed_now_and_then(line, kafka, rng):
    for _ in range(4):
        node = rng.choice(kafka.nodes)
        line.say(40)
        line.announce(20)
        node.kill()
        line.say(40)
        line.announce(20)
        line.flow.twinwire.until(line.all_published, "published by two", 120)
        node.start()
        line.flow.twinwire.until(kafka.is_whole, "three again", 120)
    line.goes_on()
