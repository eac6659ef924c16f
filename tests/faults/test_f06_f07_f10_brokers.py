"""F6, F7, F10: three brokers, and all of them are away; the leader is frozen,
and later wakes and takes itself for the leader still; too few of them have what
is written. Nothing counts as written meanwhile, what can go on does, and in the
end nothing is missing."""

import pytest
import requests
from confluent_kafka.admin import (AlterConfigOpType, ConfigEntry,
                                   ConfigResource)
from support.both_ways import BothWays
from support.kafka import Kafka
from support.merging import NOTICES, PARTNERSHIPS, Merging, complete
from support.process import wait_until
from support.records import VOLGOGRAD, claim


@pytest.fixture(scope="module")
def kafka(tmp_path_factory):
    with Kafka(tmp_path_factory.mktemp("kafka"), nodes=3) as k:
        yield k


@pytest.fixture(autouse=True)
def whole(kafka):
    """All brokers run again after a test that failed half way."""
    yield
    for node in kafka.nodes:
        if node.process.running:
            node.thaw()
        else:
            node.start()
    wait_until(kafka.is_whole, "three brokers")


@pytest.fixture
def line(twinwire, wire, rest_site, rng):
    line = BothWays(twinwire, wire, rest_site(), rng)
    line.goes_on()
    return line


def leader(wire, topic):
    """The id of its node, as the others see it."""
    return wire.admin.list_topics(topic, timeout=5).topics[
        topic].partitions[0].leader


def test_f06_all_brokers_are_away(line, kafka):
    site, until = line.site, line.flow.twinwire.until
    site.fail(503, times=None)
    line.say(40)
    until(lambda: line.flow.counts(line.connector, line.id)["pending"] > 20,
          "read, and not delivered")
    before = line.n_published()
    kafka.kill()
    until(lambda: not line.connector.is_ready(), "it says so", 120)
    line.announce(30)
    writes, reads = len(site.writes()), len(site.reads())
    site.recover()
    # What it has read needs no broker any more.
    until(lambda: len([r for r in site.writes()[writes:]
                       if r.status == 201]) > 10, "it delivers")
    until(lambda: any(r.status == 200 for r in site.reads()[reads:]),
          "it reads what is new")
    assert line.n_published() == before, "nobody has acknowledged"
    kafka.start()
    line.goes_on()
    line.connector.ready_z()


def test_f07_the_leader_freezes_and_wakes(line, kafka, rng):
    """Of the topic that is read, or of the one that is written."""
    until, wire = line.flow.twinwire.until, line.flow.wire
    topic = rng.choice([line.flow.topic, line.topic])
    old = leader(wire, topic)
    [node] = [n for n in kafka.nodes if n.id == old]
    line.say(40)
    line.announce(20)
    node.freeze()
    line.announce(20)
    until(lambda: leader(wire, topic) not in (old, -1), "another leads", 120)
    line.say(40)
    until(line.all_published, "published by two", 120)
    line.announce(5)
    # It answers for a moment as if the log ended where it fell asleep.
    node.thaw()
    until(kafka.is_whole, "three again", 120)
    line.goes_on()
    assert "read whole" not in line.connector.text()


def shown(portal):
    """{pair: status} as its visitors see it."""
    answer = requests.get(f"{portal.url}/api/v1/partnerships",
                          params={"limit": "100"}, timeout=10)
    return {i["key"]: i["record"]["status"] for i in answer.json()["items"]}


def test_f07_who_reads_everything_reads_on(twinwire, wire, kafka, rng):
    """The reconciler and the portal, too."""
    stage = Merging(twinwire, wire).start()
    portal = twinwire.portal().start().ready_z()
    until = twinwire.until

    def say(pairs, status):
        schema = wire.latest_id("org.twinwire.v1.PartnershipClaim")
        for n in pairs:
            city = {"id": f"wd:Q{20000 + n}", "country": "CN",
                    "names": {"en": f"City {n}"}}
            wire.write_later(
                "tw.claims.volgograd", f"volgograd|r.{n}", wire.encode(
                    schema, complete(claim(VOLGOGRAD, city, status=status)) | {
                        "registrar": "volgograd", "localId": f"r.{n}"}))
        wire.flush()

    def arrived():
        until(stage.settled, "all claims merged", 120)
        until(lambda: shown(portal) == {key: p["status"] for key, p
                                        in stage.pairs().items()},
              "and shown", 120)

    topic = rng.choice(["tw.claims.volgograd", PARTNERSHIPS])
    old = leader(wire, topic)
    [node] = [n for n in kafka.nodes if n.id == old]
    say(range(20), "active")
    arrived()
    node.freeze()
    until(lambda: leader(wire, topic) not in (old, -1), "another leads", 120)
    say(range(30), "suspended")
    arrived()
    node.thaw()
    until(kafka.is_whole, "three again", 120)
    say(range(10), "active")
    arrived()
    assert stage.daemon.running and portal.running
    assert "made anew" not in portal.text()
    # Started while it takes itself for the leader still: nothing is taken back.
    ends = wire.ends_of(PARTNERSHIPS, NOTICES)
    stage.daemon.kill()
    stage.daemon.start().ready_z()
    arrived()
    assert wire.ends_of(PARTNERSHIPS, NOTICES) == ends


def need_replicas(wire, topic, n):
    """How many brokers must have what counts as written there."""
    config = ConfigResource("topic", topic, incremental_configs=[
        ConfigEntry("min.insync.replicas", str(n),
                    incremental_operation=AlterConfigOpType.SET)])
    for done in wire.admin.incremental_alter_configs([config]).values():
        done.result(20)


def test_f10_too_few_replicas(line, kafka, rng):
    until, wire = line.flow.twinwire.until, line.flow.wire
    node = rng.choice(kafka.nodes)
    line.say(20)
    need_replicas(wire, line.topic, 3)
    node.kill()
    until(lambda: leader(wire, line.topic) not in (node.id, -1),
          "another leads", 120)
    before, reads = line.n_published(), len(line.site.reads())
    line.announce(30)
    line.say(40)
    # The other direction needs no write to go on.
    until(lambda: line.flow.equal(line.id), "delivered", 120)
    assert any(r.status == 200 for r in line.site.reads()[reads:])
    assert line.n_published() == before, "two are too few"
    node.start()
    until(kafka.is_whole, "three again", 120)
    until(line.all_published, "published by three", 120)
    line.goes_on()
