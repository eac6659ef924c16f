"""F5: a topic that no broker leads for a while, as the only one that has it is
down. Where its log ends cannot be asked then: that is no empty log and not
another one, whether a connection is at work, starts, or starts for the first
time."""

import pytest
import requests
from support.kafka import Kafka


@pytest.fixture(scope="module")
def kafka(tmp_path_factory):
    with Kafka(tmp_path_factory.mktemp("kafka"), nodes=3) as k:
        yield k


class Alone:
    """The flow's topic, on one broker alone."""

    def __init__(self, flow, kafka):
        self.flow, self.kafka = flow, kafka
        flow.wire.delete(flow.topic)
        flow.twinwire.until(
            lambda: flow.topic not in flow.wire.topics(), "it is gone")
        flow.wire.create(flow.topic, **{
            "cleanup.policy": "compact", "min.insync.replicas": "1",
            "message.timestamp.type": "LogAppendTime"})
        [self.node] = flow.twinwire.until(
            lambda: [n for n in kafka.nodes if n.id == self.leader()],
            "a broker leads it")

    def leader(self):
        """Its id; -1: nobody; None: the broker that was asked does not know
        the topic yet."""
        topic = self.flow.wire.admin.list_topics(
            self.flow.topic, timeout=5).topics[self.flow.topic]
        return topic.partitions[0].leader if topic.partitions else None

    def lose(self):
        self.node.kill()
        self.flow.twinwire.until(
            lambda: self.leader() == -1, "nobody leads it", 120)

    def bring_back(self):
        self.node.start()
        self.flow.twinwire.until(self.kafka.is_whole, "three again", 120)

    def until_said(self, connector):
        """Wait until the connector has seen it, too."""
        def says():
            return f"{self.flow.topic}: no broker leads it" in requests.get(
                f"http://127.0.0.1:{connector.admin_port}/readyz",
                timeout=2).text
        self.flow.twinwire.until(says, "it says so", 120)


def read_whole(connector):
    return "read whole" in connector.text()


def test_f05_a_topic_that_nobody_leads_is_not_made_anew(
        flow, kafka, rest_site):
    alone, until = Alone(flow, kafka), flow.twinwire.until
    connector = flow.twinwire.connector(flow.put(rest_site()))
    flow.say_all([(n, f"Event {n}") for n in range(20)])
    connector.start().ready_z()
    flow.arrived(connector)
    # The listing that has its end is of later than the start.
    connector.stop()
    connector.start().ready_z()
    alone.lose()
    alone.until_said(connector)
    alone.bring_back()
    until(connector.is_ready, "it goes on", 120)
    flow.say_all([(n, f"Event {n}, moved") for n in range(20)])
    flow.arrived(connector, timeout_s=120)
    assert not read_whole(connector)

    # At a start, and with the state file: the rest of it goes on.
    alone.lose()
    connector.kill()
    connector.start()
    alone.until_said(connector)
    assert "connection started" in connector.tail(10)
    alone.bring_back()
    flow.say_all([(n, f"Event {n}, again") for n in range(20, 30)])
    flow.arrived(connector, timeout_s=120)
    assert not read_whole(connector)


def test_f05_what_waits_of_it_is_taken_up_once_it_is_led(
        flow, kafka, rest_site):
    alone, site, until = Alone(flow, kafka), rest_site(), flow.twinwire.until
    connector = flow.twinwire.connector(flow.put(site))
    id = next(iter(flow.systems))
    flow.say_all([(n, f"Event {n}") for n in range(3)])
    connector.start().ready_z()
    flow.arrived(connector)
    site.fail(503, method="PUT", times=None)
    flow.say(1, "Event 1, moved")
    until(lambda: flow.parked(connector, id) == 1, "it waits", 120)
    alone.lose()
    connector.kill()
    site.recover()
    connector.start()
    alone.until_said(connector)
    alone.bring_back()
    until(lambda: flow.equal(id), "it goes on", 120)
    flow.arrived(connector)
    assert not read_whole(connector)


def test_f05_from_now_is_not_from_the_beginning(flow, kafka, rest_site):
    """Whose log nobody leads has an end all the same."""
    alone, site = Alone(flow, kafka), rest_site()
    flow.say_all([(n, f"Old {n}") for n in range(5)])
    flow.want.clear()
    connector = flow.twinwire.connector(flow.put(site, subscribe=[
        {"topics": [flow.topic], "from": "now"}]))
    alone.lose()
    connector.start()
    alone.until_said(connector)
    alone.bring_back()
    connector.ready_z(120)
    flow.say_all([(n, f"New {n}") for n in range(5, 8)])
    flow.twinwire.until(lambda: flow.equal(f"{flow.reader}-put"),
                        "what is said from now on", 60)
    assert not site.writes()[3:]


def test_f05_a_stop_that_has_not_seen_a_topic_is_not_clean(
        flow, kafka, rest_site):
    """What a process that was killed sent of it is in doubt still."""
    alone, site = Alone(flow, kafka), rest_site()
    connector = flow.twinwire.connector(flow.put(site))
    id = next(iter(flow.systems))
    flow.say(1, "Event 1")
    connector.start().ready_z()
    flow.arrived(connector)
    alone.lose()
    connector.kill()
    connector.start()
    alone.until_said(connector)
    connector.stop()
    alone.bring_back()
    status = flow.wire.latest(f"tw.status.{flow.reader}")[id].value
    assert (status["state"], status["stop"]) == ("stopped", "")
