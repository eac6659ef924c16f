"""Goal: with deploy/compose.cluster.yml every record has three copies, and the
loss of a broker stops nobody."""

import base64
import os

import pytest
from support.compose import Compose
from support.records import event

KAFKA_TOPICS = ["run", "--rm", "-T", "--no-deps", "--entrypoint",
                "/opt/kafka/bin/kafka-topics.sh", "quotas",
                "--bootstrap-server", "brokers:9092", "--command-config",
                "/mnt/shared/config/tools.properties"]


@pytest.fixture(scope="module")
def cluster(docker, tmp_path_factory):
    c = Compose(docker, tmp_path_factory.mktemp("three"), "three",
                ["deploy/compose.cluster.yml"])
    c.env["CLUSTER_ID"] = "t" + base64.urlsafe_b64encode(
        os.urandom(15)).decode() + "Q"
    try:
        c.speaker, c.listener = c.join("volgograd"), c.join("mag")
        c.prepare()
        c.up()
        yield c
    finally:
        c.close()


def titles(site):
    return {i["title"]["en"] for i in site.items("events").values()}


def test_topics_have_three_copies(cluster):
    out = cluster(*KAFKA_TOPICS, "--describe", "--topic",
                  "tw.events.mag").stdout
    assert "ReplicationFactor: 3" in out, out
    assert "min.insync.replicas=2" in out, out


def test_a_broker_less_stops_nobody(cluster):
    cluster.speaker.put("events", "e1", **event("All three"))
    cluster.until(lambda: titles(cluster.listener) == {"All three"},
                  "an event with three brokers")
    cluster("kill", "kafka")
    cluster.speaker.put("events", "e2", **event("Two of three"))
    cluster.until(lambda: titles(cluster.listener) == {
        "All three", "Two of three"}, "an event with two brokers")
    cluster.up("kafka")
    cluster.until_well("kafka", "kafka-2", "kafka-3")
