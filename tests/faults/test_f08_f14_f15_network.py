"""F8, F14, F15: a bad network between the connector and Kafka, and only there:
cut connections with requests in flight, packets that vanish in one direction,
loss, latency, little bandwidth. It is slower meanwhile, and nothing else."""

import subprocess

import pytest
from support.flow import Flow, numbered, twice
from support.kafka import Kafka


@pytest.fixture(scope="module")
def kafka(tmp_path_factory):
    with Kafka(tmp_path_factory.mktemp("kafka"), side_door=True) as k:
        yield k


@pytest.fixture(scope="module")
def way(kafka, toxiproxy):
    [node] = kafka.nodes
    return toxiproxy.proxy(node.side_port, node.side_said)


@pytest.fixture
def line(twinwire, wire, kafka, way, rest_site, rng):
    way.heal()
    yield Line(twinwire, wire, kafka, rest_site(), rng)
    way.heal()


class Line:
    """A flow whose connector comes to Kafka by the side door."""

    def __init__(self, twinwire, wire, kafka, site, rng):
        self.flow, self.site, self.rng = Flow(twinwire, wire), site, rng
        self.connector = twinwire.connector(
            self.flow.find(site), kafka={"brokers": kafka.side_brokers}
        ).start().ready_z()

    def say(self, n):
        self.flow.say_all(numbered(self.rng, self.flow.said, n))

    def under_way(self):
        before = len(self.site.writes())
        self.flow.twinwire.until(
            lambda: len(self.site.writes()) > before + 5, "at work", 120)

    def arrived(self):
        self.flow.arrived(self.connector, timeout_s=180)
        assert twice(self.site) == {}
        assert self.flow.letters() == []


def test_f08_cut_with_requests_in_flight(line, way):
    for _ in range(5):
        line.say(60)
        line.under_way()
        way.down()
        line.say(20)
        way.up()
    line.arrived()
    assert line.connector.running


@pytest.mark.parametrize("toxic, how", [
    ("latency", {"latency": 2000, "jitter": 500}),
    ("bandwidth", {"rate": 8}),  # kilobytes a second
])
@pytest.mark.parametrize("stream", ["upstream", "downstream"])
def test_f15_slow(line, way, toxic, how, stream):
    way.toxic(toxic, stream, **how)
    line.say(60)
    line.arrived()


def filter_packets(*rule):
    subprocess.run(["iptables", *rule], check=True)


@pytest.fixture
def packets():
    """packets(rule...): an iptables rule, for the test's time. The network
    must be the tests' own."""
    if len(open("/proc/net/dev").readlines()) > 3:
        pytest.skip("not in a network namespace of its own: make faults")
    made = []

    def make(*rule):
        filter_packets("-A", *rule)
        made.append(rule)

    def lift():
        while made:
            filter_packets("-D", *made.pop())
    make.lift = lift
    yield make
    lift()


@pytest.mark.parametrize("port", ["--dport", "--sport"])
def test_f14_one_direction_is_dead(line, kafka, packets, port):
    """From the connector, or to it: its own way only."""
    line.say(30)
    line.under_way()
    packets("INPUT", "-p", "tcp", port, str(kafka.nodes[0].side_said),
            "-j", "DROP")
    line.say(30)
    line.flow.twinwire.until(lambda: not line.connector.is_ready(),
                             "it says so", 120)
    packets.lift()
    line.arrived()


def test_f15_a_fifth_is_lost(line, kafka, packets):
    for port in ("--dport", "--sport"):
        packets("INPUT", "-p", "tcp", port, str(kafka.nodes[0].side_said),
                "-m", "statistic", "--mode", "random",
                "--probability", "0.2", "-j", "DROP")
    line.say(60)
    line.arrived()
