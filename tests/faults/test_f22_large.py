"""F22: what is too large. A batch that is small on the wire and beyond every
limit once unpacked, and messages larger than a dead letter may be: what came
before and after arrives, nobody leaves, and the letters say what happened."""

import json
import struct

import pytest
from confluent_kafka import KafkaError, Producer
from confluent_kafka.admin import (AlterConfigOpType, ConfigEntry,
                                   ConfigResource)

MIB = 1024 * 1024


@pytest.fixture
def squeeze(flow):
    """Writes (key, value)s to the flow's topic as one batch of zstd: what
    became of each, its offset or the error."""
    producer = Producer({
        "bootstrap.servers": flow.wire.brokers, "compression.type": "zstd",
        "message.max.bytes": 900 * MIB, "batch.size": 900 * MIB,
        "queue.buffering.max.kbytes": 900 * 1024, "linger.ms": 1000})

    # Who knows the topic when the first one comes has them all in one batch.
    producer.list_topics(flow.topic, timeout=20)

    def write(*messages):
        places = []
        for key, value in messages:
            producer.produce(flow.topic, key=key, value=value, partition=0,
                             on_delivery=lambda e, m: places.append(
                                 e or m.offset()))
        assert producer.flush(60) == 0
        return places
    return write


@pytest.fixture
def squeezed(flow, squeeze):
    """The same on a broker that keeps it as it came: as it is where nobody ran
    `provision`."""
    change = ConfigResource("topic", flow.topic, incremental_configs=[
        ConfigEntry("compression.type", "producer",
                    incremental_operation=AlterConfigOpType.SET)])
    for future in flow.wire.admin.incremental_alter_configs([change]).values():
        future.result(20)
    return squeeze


def packed(kafka, topic):
    """(first, last offset) of each compressed batch of TOPIC, as the broker
    keeps them: where a producer ends a batch is its own affair."""
    [log] = (kafka.nodes[0].folder / "data" / f"{topic}-0").glob("*.log")
    data, found, at = log.read_bytes(), [], 0
    while at < len(data):
        first, size = struct.unpack_from(">qi", data, at)
        attributes, more = struct.unpack_from(">hi", data, at + 21)
        if attributes & 7:
            found.append((first, first + more))
        at += 12 + size
    return found


def shown(flow, offset):
    return json.loads(flow.twinwire.cli(
        "dead", "show", flow.reader, str(offset), "--json"))


def replay(flow):
    out = flow.twinwire.run(
        "dead", "replay", flow.reader, "--yes",
        "--brokers", flow.wire.brokers,
        "--registry", flow.twinwire.registry_url)
    return out.stdout + out.stderr


@pytest.mark.fast
def test_f22_a_topic_of_ours_takes_no_such_batch(flow, squeeze):
    """The broker holds its limit against what is unpacked, and stays."""
    for size in 3 * MIB, 400 * MIB:
        [answer] = squeeze((flow.key(9), bytes(size)))
        assert isinstance(answer, KafkaError), f"taken at {answer}"
    small = squeeze((flow.key(1), flow.encoded(1, "Panel")))
    assert small == [0]
    assert [m.offset for m in flow.wire.read(flow.topic)] == [0]


@pytest.mark.fast
def test_f22_a_batch_that_nobody_can_unpack(flow, rest_site, kafka, squeezed):
    connector = flow.twinwire.connector(
        flow.put(rest_site())).start().ready_z()
    others = [flow.twinwire.reconciler().start().ready_z(),
              flow.twinwire.portal().start().ready_z(),
              flow.twinwire.watch().start().ready_z()]
    flow.say(1, "Panel")
    squeezed((flow.key(9), bytes(40 * MIB)))
    flow.say(2, "Concert")
    squeezed(*[(flow.key(i), bytes(5 * MIB)) for i in range(10, 23)])
    squeezed((flow.key(9), bytes(40 * MIB)))
    flow.say(3, "Fair")
    lost = packed(kafka, flow.topic)
    assert [first for first, _ in lost][:2] == [1, 3] and lost[-1] == (16, 16)
    # What is lost counts once, at its last place.
    flow.said += len(lost)
    flow.arrived(connector)
    letters = flow.letters()
    assert len(letters) == len(lost)
    for letter, (first, last) in zip(letters, lost):
        assert letter.raw is None
        assert letter.headers["tw_reason"] == "unreadable"
        assert letter.headers["tw_topic"] == flow.topic
        assert letter.headers["tw_offset"] == str(last)
        assert f"offsets {first} to {last} " in letter.headers["tw_text"]
        assert letter.key.endswith(f"|{flow.topic}:0:{last}")
        assert "must send" in shown(flow, letter.offset)["cut"]
    assert f"{len(lost)} are left out" in replay(flow)
    listed = flow.twinwire.cli("dead", "list", flow.reader)
    assert listed.count("unreadable") == len(lost)
    tail = flow.twinwire.lines("tail", "--from", "beginning", "--end",
                               flow.topic)
    assert {m["offset"]: m.get("error") for m in tail} == {
        0: None, 2: None, 17: None} | {last: "unreadable" for _, last in lost}
    for other in [connector, *others]:
        other.ready_z()
        assert other.running
    # Its place is noted: the next start does not meet it again.
    connector.stop()
    connector.start().ready_z()
    flow.say(4, "Late")
    flow.arrived(connector)
    assert len(flow.letters()) == len(lost)


@pytest.mark.fast
def test_f22_a_batch_that_nobody_can_unpack_ends_the_log(
        flow, rest_site, kafka, squeezed):
    """Nothing is behind it, and it is the first thing there is."""
    squeezed(*[(flow.key(i), bytes(5 * MIB)) for i in range(13)])
    lost = packed(kafka, flow.topic)
    flow.said += len(lost)
    connector = flow.twinwire.connector(
        flow.put(rest_site())).start().ready_z()
    flow.arrived(connector)
    assert [m.headers["tw_offset"] for m in flow.letters()] == [
        str(last) for _, last in lost]
    flow.say(1, "Panel")
    flow.arrived(connector)


@pytest.mark.fast
def test_f22_what_is_larger_than_a_letter(flow, rest_site, squeezed):
    """More of it than is held at once, each on its own: the letters hold what
    they can, and the connection goes on."""
    connector = flow.twinwire.connector(flow.put(rest_site(), limits={
        "timeout_s": 5, "rate_per_s": 5000,
        "dead_kib_per_s": 0})).start().ready_z()
    flow.say(1, "Panel")
    start = flow.encoded(9, "Large")
    for i in range(9):
        squeezed((flow.key(i + 10), start + bytes(3 * MIB)))
        flow.said += 1
    squeezed(("k" * 3 * MIB, b"x"))
    flow.said += 1
    flow.say(2, "Concert")
    flow.arrived(connector)
    letters = flow.letters()
    assert len(letters) == 10
    for letter, n in zip(letters, range(9)):
        assert letter.headers["tw_reason"] == "too_large"
        assert letter.headers["tw_key"] == flow.key(n + 10)
        assert int(letter.headers["tw_cut"]) == (
            len(start) + 3 * MIB + len(flow.key(n + 10)))
        assert letter.raw == (start + bytes(64 * 1024))[:64 * 1024]
    assert letters[9].headers["tw_reason"] == "no_key"
    assert "tw_key" not in letters[9].headers
    assert "must send" in shown(flow, letters[0].offset)["cut"]
    assert "10 are left out" in replay(flow)
