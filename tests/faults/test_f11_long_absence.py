"""F11: a connection was away longer than tombstones are kept, or finds a log or
the whole cluster made anew. It reads everything whole and ends equal to the
wire, withdrawals included; where the log is another one, somebody looks before
anything is removed; what the member had published is on the new cluster."""

import json
import sqlite3
import time

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import (AlterConfigOpType, ConfigEntry,
                                   ConfigResource)
from support.flow import Flow
from support.kafka import Kafka
from support.records import JILIN, PAIR, VOLGOGRAD, event
from support.twinwire import Twinwire
from support.wire import Wire

DAY_MS = 24 * 60 * 60 * 1000


@pytest.fixture(scope="module")
def kafka(tmp_path_factory):
    with Kafka(tmp_path_factory.mktemp("kafka"),
               log_cleaner_backoff_ms=300) as k:
        yield k


def configure(wire, topic, **values):
    resource = ConfigResource(
        ConfigResource.Type.TOPIC, topic, incremental_configs=[
            ConfigEntry(name, value,
                        incremental_operation=AlterConfigOpType.SET)
            for name, value in values.items()])
    for f in wire.admin.incremental_alter_configs([resource]).values():
        f.result(20)


def keep_no_tombstones(wire, topic):
    configure(wire, topic, **{
        "segment.ms": "500", "delete.retention.ms": "100",
        "min.cleanable.dirty.ratio": "0.01"})


def cut_off(wire, topic, offset):
    """The log begins at OFFSET from now on, as if it had been kept for a
    short time only."""
    configure(wire, topic, **{"cleanup.policy": "compact,delete"})
    shorten(wire, topic, offset)


def shorten(wire, topic, offset):
    for f in wire.admin.delete_records(
            [TopicPartition(topic, 0, offset)]).values():
        f.result(30)


def compact(flow):
    """Wait until the log has no word of what was withdrawn."""
    def is_forgotten():
        time.sleep(0.6)  # a segment's life
        flow.say(999, f"Rolls the segment, {flow.said}")
        return not any(m.value is None for m in flow.wire.read(flow.topic))
    flow.twinwire.until(is_forgotten, "compacted", 120)


def was_away(connector, connection, days):
    """As if it had been stopped so long ago."""
    db = sqlite3.connect(connector.file.parent / f"{connector.name}.db")
    at = int(time.time() * 1000) - days * DAY_MS
    with db:
        db.execute("INSERT OR REPLACE INTO value (scope, name, value) "
                   "VALUES (?, 'read_ms', ?)", (connection, str(at)))
    db.close()


def status(wire, flow, connection):
    return wire.latest(f"tw.status.{flow.reader}")[connection].value


def until_plan(twinwire, wire, flow, connection):
    return twinwire.until(
        lambda: status(wire, flow, connection)["plan"], "a plan", 90)


def sums(flow, connector, connection):
    c = flow.counts(connector, connection)
    return c["consumed"] + c["replayed"] == c["pending"] + sum(
        v for k, v in c.items() if k not in ("consumed", "replayed",
                                             "pending"))


def until_done(flow, connector, connection):
    """It shows what the wire says, and its resync is over."""
    flow.twinwire.until(lambda: flow.equal(connection), "equal to the wire", 90)
    flow.twinwire.until(
        lambda: status(flow.wire, flow, connection)["reason"] == "",
        "done with it")
    assert sums(flow, connector, connection)


@pytest.mark.parametrize("kind", ["put", "find"])
def test_f11_away_longer_than_tombstones_are_kept(flow, rest_site, kind):
    site = rest_site()
    connector = flow.twinwire.connector(getattr(flow, kind)(site))
    id = next(iter(flow.systems))
    keep_no_tombstones(flow.wire, flow.topic)
    flow.say_all([(n, f"Event {n}") for n in range(20)])
    connector.start()
    flow.arrived(connector)
    connector.stop()
    before = flow.systems[id]()
    flow.say_all([(n, None) for n in range(3, 9)] + [(1, "Moved")])
    compact(flow)
    was_away(connector, id, 160)
    connector.start()
    until_done(flow, connector, id)
    assert len(before) - 6 + 1 == len(flow.systems[id]())
    # It is the usual way again: nobody reads whole twice.
    connector.stop()
    n = len(site.writes())
    connector.start().ready_z()
    flow.say(1, "Moved again")
    flow.twinwire.until(lambda: flow.equal(id), "goes on")
    assert len(site.writes()) == n + 1


def test_f11_the_log_lost_more_than_was_read(flow, rest_site):
    """Its start lies behind our place: what is left is read, and what it does
    not name is removed once somebody has looked."""
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site))
    id = next(iter(flow.systems))
    flow.say_all([(n, f"Event {n}") for n in range(4)])
    connector.start()
    flow.arrived(connector)
    connector.stop()
    flow.say_all([(n, f"Event {n}") for n in range(4, 8)])
    cut_off(flow.wire, flow.topic, 6)
    for n in (4, 5):  # nobody can know of them any more
        del flow.want[flow.key(n)]
    connector.start()
    plan = until_plan(flow.twinwire, flow.wire, flow, id)
    assert plan["counts"] == {"remove": 4}
    assert len(flow.systems[id]()) == 6
    flow.say(3, "Event 3")  # its owner has said it again meanwhile
    flow.twinwire.until(
        lambda: status(flow.wire, flow, id)["plan"]["counts"]
        == {"remove": 3}, "it leaves the plan", 90)
    for n in range(3):
        del flow.want[flow.key(n)]
    flow.twinwire.cli(
        "approve", id, status(flow.wire, flow, id)["plan"]["id"])
    until_done(flow, connector, id)
    connector.stop()
    connector.start().ready_z()
    flow.say(9, "Event 9")
    flow.twinwire.until(lambda: flow.equal(id), "goes on")
    assert status(flow.wire, flow, id)["plan"] is None


def test_f11_the_log_loses_its_start_while_it_is_read(flow, rest_site):
    """As before a start: whoever reads slower than the log is kept short."""
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site))
    id = next(iter(flow.systems))
    flow.say_all([(n, f"Event {n}") for n in range(4)])
    connector.start()
    flow.arrived(connector)
    connector.freeze()
    flow.say(0, "Event 0")  # is on its way perhaps
    flow.say_all([(n, f"Event {n}") for n in range(4, 8)])
    cut_off(flow.wire, flow.topic, 7)
    for n in (4, 5):  # nobody can know of them any more
        del flow.want[flow.key(n)]
    connector.thaw()
    plan = until_plan(flow.twinwire, flow.wire, flow, id)
    assert plan["counts"] == {"remove": 4}
    for n in range(4):
        del flow.want[flow.key(n)]
    flow.twinwire.cli("approve", id, plan["id"])
    until_done(flow, connector, id)
    flow.say(9, "Event 9")
    flow.twinwire.until(lambda: flow.equal(id), "goes on")


def test_f11_what_is_planned_loses_its_start_or_its_log(flow, rest_site):
    """A first run waits for approval: its plan goes by the log as it is."""
    site, until = rest_site(), flow.twinwire.until
    connector = flow.twinwire.connector(flow.put(site, first_run="plan"))
    id = next(iter(flow.systems))

    def until_planned(n):
        until(lambda: (status(flow.wire, flow, id)["plan"] or {}).get("counts")
              == ({"create": n} if n else {}), f"a plan of {n}")
    flow.say_all([(n, f"Event {n}") for n in range(4)])
    connector.start()
    until_planned(4)
    connector.freeze()
    flow.say(0, "Event 0")  # is on its way perhaps
    flow.say_all([(n, f"Event {n}") for n in range(4, 8)])
    cut_off(flow.wire, flow.topic, 8)
    connector.thaw()
    until_planned(1)
    flow.say(8, "Event 8")
    until_planned(2)
    flow.wire.delete(flow.topic)
    until_planned(0)
    flow.wire.create(flow.topic, **{"cleanup.policy": "compact"})
    flow.want.clear()
    flow.say_all([(n, f"Event {n}") for n in range(3)])
    until_planned(3)
    flow.twinwire.cli(
        "approve", id, status(flow.wire, flow, id)["plan"]["id"])
    until(lambda: flow.equal(id), "equal to the wire", 60)


class News:
    """Notices, of which a system shows those that reached it."""

    def __init__(self, flow, site):
        self.flow, self.site = flow, site
        self.schema = flow.wire.latest_id("org.twinwire.v1.Notice")

    def say(self, *numbers):
        for n in numbers:
            key = f"{PAIR}|changed|{n}"
            self.flow.wire.write(
                "tw.notices", key, self.flow.wire.encode(self.schema, {
                    "id": key, "kind": "changed", "pairKey": PAIR,
                    "a": VOLGOGRAD, "b": JILIN, "text": {"en": f"News {n}"},
                    "by": "volgograd", "at": 1000 * n}))

    def until_shown(self, last, *but):
        """LAST is there, and none of BUT."""
        def shown():
            return {i["text"]["en"]
                    for i in self.site.items("notices").values()}
        self.flow.twinwire.until(lambda: f"News {last}" in shown(),
                                 f"news {last}", 60)
        assert not shown() & {f"News {n}" for n in but}


def test_f11_news_that_the_log_lost_are_passed_over(flow, rest_site):
    site = rest_site()
    news = News(flow, site)
    connector = flow.twinwire.connector(flow.put(site, subscribe=[
        {"topics": ["tw.notices"], "from": "beginning"}]))
    news.say(0, 1)
    connector.start()
    news.until_shown(1)
    connector.freeze()
    news.say(2)  # is on its way perhaps
    news.say(3, 4, 5)
    shorten(flow.wire, "tw.notices", 5)
    connector.thaw()
    news.until_shown(5, 3, 4)
    news.say(6)
    news.until_shown(6)
    connector.stop()
    news.say(7, 8)
    shorten(flow.wire, "tw.notices", 8)
    connector.start()
    news.until_shown(8, 7)
    assert connector.text().count("its log lost what was not read yet") == 2
    assert "read whole" not in connector.text()


def test_f11_a_topic_is_made_anew_while_it_is_read(flow, rest_site):
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site))
    id = next(iter(flow.systems))
    flow.say_all([(n, f"Event {n}") for n in range(12)])
    connector.start()
    flow.arrived(connector)
    flow.wire.delete(flow.topic)
    flow.twinwire.until(
        lambda: flow.topic not in flow.wire.topics(), "it is gone")
    flow.wire.create(flow.topic, **{"cleanup.policy": "compact"})
    flow.say_all([(0, "Event 0, moved"), (1, "Event 1"), (20, "Event 20")])
    plan = until_plan(flow.twinwire, flow.wire, flow, id)
    assert plan["counts"] == {"remove": 10}
    assert len(flow.systems[id]()) == 13  # what is new goes on
    flow.say(2, "Event 2")  # its owner has said it again meanwhile
    flow.twinwire.until(
        lambda: status(flow.wire, flow, id)["plan"]["counts"]
        == {"remove": 9}, "it leaves the plan", 90)
    for n in range(3, 12):
        del flow.want[flow.key(n)]
    flow.twinwire.cli(
        "approve", id, status(flow.wire, flow, id)["plan"]["id"])
    until_done(flow, connector, id)


def test_f11_the_cluster_is_made_anew(
        flow, rest_site, registry, tmp_path_factory):
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site, publish=[
        {"into": "events", "namespace": "s", "from": "beginning",
         "every": "300ms"}]))
    id = next(iter(flow.systems))
    for n in range(4):
        site.put("events", f"own-{n}", **event(f"Own {n}"))
    flow.say_all([(n, f"Event {n}") for n in range(12)])
    connector.start()
    own = f"tw.events.{flow.reader}"

    def published(wire):
        return {k: m.value for k, m in wire.latest(own).items()}
    flow.twinwire.until(lambda: len(published(flow.wire)) == 4, "published")
    flow.twinwire.until(lambda: ours(flow, id) == want(flow), "delivered")
    before = published(flow.wire)
    connector.stop()

    with Kafka(tmp_path_factory.mktemp("anew")) as anew:
        wire = Wire(anew.brokers, registry.url)
        twinwire = Twinwire(flow.twinwire.folder, anew.brokers, registry.url)
        twinwire.provision(flow.writer, flow.reader)
        flow.wire, flow.want = wire, {}
        flow.say_all([(n, f"Event {n}") for n in range(0, 5)]
                     + [(4, "Event 4, moved"), (30, "Event 30")])
        conf = json.loads(connector.file.read_text())
        conf["kafka"]["brokers"] = anew.brokers
        connector.file.write_text(json.dumps(conf))
        connector.start()
        plan = until_plan(twinwire, wire, flow, id)
        assert plan["counts"] == {"remove": 7}
        twinwire.until(lambda: published(wire) == before,
                       "what it had published is there, as it was", 60)
        assert len(ours(flow, id)) == 13
        # The question outlives the process.
        connector.kill()
        told = status(wire, flow, id)["at"]
        connector.start()

        def asks_again():
            now = status(wire, flow, id)
            return now["at"] > told and \
                (now["plan"] or {}).get("id") == plan["id"]
        twinwire.until(asks_again, "the same plan", 90)
        twinwire.cli("approve", id, plan["id"])
        twinwire.until(lambda: ours(flow, id) == want(flow),
                       "equal to the wire", 60)
        twinwire.until(lambda: status(wire, flow, id)["reason"] == "", "done")
        assert sums(flow, connector, id)
        assert len(wire.read(own)) == 4  # each once
        connector.kill()


def test_f11_a_topic_that_the_new_cluster_lacks(
        flow, rest_site, registry, tmp_path_factory):
    """What it told stays, and keeps nothing open; once it comes after all, its
    word holds again."""
    site = rest_site()
    late = Flow(flow.twinwire, flow.wire)
    connector = flow.twinwire.connector(flow.put(site, subscribe=[
        {"topics": [flow.topic, late.topic], "from": "beginning"}]))
    id = next(iter(flow.systems))
    flow.say_all([(n, f"Event {n}") for n in range(4)])
    late.say_all([(n, f"Late {n}") for n in range(3)])
    connector.start()
    flow.twinwire.until(lambda: len(flow.systems[id]()) == 7, "delivered")
    connector.stop()

    with Kafka(tmp_path_factory.mktemp("anew")) as anew:
        wire = Wire(anew.brokers, registry.url)
        twinwire = Twinwire(flow.twinwire.folder, anew.brokers, registry.url)
        twinwire.provision(flow.writer, flow.reader)
        flow.wire = late.wire = wire
        flow.say_all([(n, f"Event {n}") for n in range(4)])
        conf = json.loads(connector.file.read_text())
        conf["kafka"]["brokers"] = anew.brokers
        connector.file.write_text(json.dumps(conf))
        connector.start()
        twinwire.until(lambda: "resync: done" in connector.text(),
                       "the resync ends", 60)
        assert len(flow.systems[id]()) == 7
        twinwire.provision(flow.writer, late.writer, flow.reader)
        late.say_all([(0, "Late 0, moved")])
        plan = until_plan(twinwire, wire, flow, id)
        assert plan["counts"] == {"remove": 2}
        twinwire.cli("approve", id, plan["id"])
        twinwire.until(lambda: len(flow.systems[id]()) == 5, "two are gone")
        twinwire.until(lambda: status(wire, flow, id)["reason"] == "", "done")
        connector.kill()


def test_f11_what_was_sent_for_the_old_cluster_lands_late(
        flow, rest_site, registry, tmp_path_factory):
    """The process before was killed with a request on its way, for a version
    that the new cluster never had. What the new one says stays."""
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site, limits={
        "timeout_s": 20, "rate_per_s": 5000}))
    id = next(iter(flow.systems))
    flow.say_all([(n, f"Event {n}") for n in range(3)])
    connector.start()
    flow.arrived(connector)
    with Kafka(tmp_path_factory.mktemp("anew")) as anew:
        wire = Wire(anew.brokers, registry.url)
        twinwire = Twinwire(flow.twinwire.folder, anew.brokers, registry.url)
        twinwire.provision(flow.writer, flow.reader)
        site.fail(delay_s=12, method="PUT")
        flow.say(1, "Event 1, late")
        flow.twinwire.until(lambda: len(site.writes()) == 4, "on its way")
        connector.kill()
        flow.wire, flow.want = wire, {}
        flow.say_all([(0, "Event 0"), (1, "Event 1, last"), (2, "Event 2")])
        conf = json.loads(connector.file.read_text())
        conf["kafka"]["brokers"] = anew.brokers
        connector.file.write_text(json.dumps(conf))
        connector.start()
        twinwire.until(lambda: [t for k, t in flow.systems[id]()
                                if k == flow.key(1)] == ["Event 1, last"],
                       "the new one's word")
        late = site.writes()[3]
        assert late.status is None, "too late for this test"
        twinwire.until(lambda: late.status, "it lands")
        twinwire.until(lambda: ours(flow, id) == want(flow), "written over")
        connector.kill()


def ours(flow, id):
    return sorted((k, t) for k, t in flow.systems[id]()
                  if k.endswith(f"@{flow.writer}"))


def want(flow):
    return sorted(flow.want.items())
