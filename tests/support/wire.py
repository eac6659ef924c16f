"""The independent witness: reads and writes any topic with confluent-kafka and
fastavro, sharing not a line with Twinwire."""

import io
import json
import struct
import time
from contextlib import contextmanager

import fastavro
import requests
from confluent_kafka import (OFFSET_BEGINNING, OFFSET_END, Consumer,
                             KafkaError, Producer, TopicPartition)
from confluent_kafka.admin import AdminClient, NewTopic

from .process import wait_until

TOPICS = {"Event": "events", "PartnershipClaim": "claims",
          "Organization": "organizations"}

PASSING = (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN,
           KafkaError._UNKNOWN_TOPIC, KafkaError.UNKNOWN_TOPIC_OR_PART)


class Message:
    """A record as the wire holds it; value is None for a tombstone."""

    def __init__(self, m, value, schema):
        self.topic = m.topic()
        self.offset = m.offset()
        self.key = m.key().decode() if m.key() is not None else None
        self.raw = m.value()
        self.headers = {k: v.decode(errors="replace") if v is not None else None
                        for k, v in (m.headers() or [])}
        self.value = value
        self.schema = schema

    def __repr__(self):
        return f"<{self.topic}@{self.offset} {self.key}: {self.value}>"


class Wire:
    def __init__(self, brokers, registry_url, client=None):
        """CLIENT: properties of who it is, where the wire asks."""
        self.brokers = brokers
        self.registry_url = registry_url
        self._schemas = {}
        # log_level 0: brokers that tests stop are no news.
        self._conf = {"bootstrap.servers": brokers, "log_level": 0} | (
            client or {})
        self.admin = AdminClient(self._conf)
        self._producer = Producer(
            self._conf | {"partitioner": "murmur2_random"})

    # Topics ----------------------------------------------------------------

    def topics(self, prefix="tw."):
        return sorted(t for t in self.admin.list_topics(timeout=10).topics
                      if t.startswith(prefix))

    def create(self, *names, **config):
        made = self.admin.create_topics(
            [NewTopic(n, 1, 1, config=config) for n in names])
        for future in made.values():
            future.result(20)
        wait_until(lambda: set(names) <= set(self.topics("")), "topics made")

    def delete(self, *names):
        for future in self.admin.delete_topics(list(names)).values():
            future.result(20)

    def ends(self, prefix="tw."):
        """{topic: offset one past the last}: equal twice, nothing was
        written in between."""
        return self.ends_of(*self.topics(prefix))

    def ends_of(self, *topics):
        with self._looking() as c:
            return {t: end for t, end, m in self._run(c, topics, OFFSET_END)
                    if m is None}

    # Schemas ---------------------------------------------------------------

    def register(self, subject, schema):
        """The id of SCHEMA (a dict) under SUBJECT."""
        answer = requests.post(
            f"{self.registry_url}/subjects/{subject}/versions",
            json={"schema": json.dumps(schema)}, timeout=20)
        answer.raise_for_status()
        return answer.json()["id"]

    def latest_id(self, subject):
        """The id under which SUBJECT is written now."""
        answer = requests.get(
            f"{self.registry_url}/subjects/{subject}/versions/latest",
            timeout=20)
        answer.raise_for_status()
        return answer.json()["id"]

    def schema(self, schema_id):
        """The parsed schema and the registry's own text of it."""
        if schema_id not in self._schemas:
            answer = requests.get(
                f"{self.registry_url}/schemas/ids/{schema_id}", timeout=20)
            answer.raise_for_status()
            text = answer.json()["schema"]
            self._schemas[schema_id] = (
                fastavro.parse_schema(json.loads(text)), text)
        return self._schemas[schema_id]

    # Records ---------------------------------------------------------------

    def decode(self, raw):
        """(value, schema id) of bytes in Confluent's wire format."""
        magic, schema_id = struct.unpack(">bI", raw[:5])
        assert magic == 0, f"magic byte {magic}"
        rest = io.BytesIO(raw[5:])
        value = fastavro.schemaless_reader(rest, self.schema(schema_id)[0])
        assert not rest.read(1), "bytes after the record"
        return value, schema_id

    def encode(self, schema_id, value):
        out = io.BytesIO()
        fastavro.schemaless_writer(out, self.schema(schema_id)[0], value)
        return struct.pack(">bI", 0, schema_id) + out.getvalue()

    def read(self, topic, decode=True):
        """All that TOPIC holds now."""
        return list(self.each(topic, decode))

    def each(self, topic, decode=True):
        """The same one by one, for topics larger than memory."""
        with self._looking() as c:
            for _, _, m in self._run(c, [topic], OFFSET_BEGINNING):
                if m is not None:
                    yield self._message(m, decode)

    def _message(self, m, decode):
        value, schema_id = None, None
        if decode and m.value() is not None:
            value, schema_id = self.decode(m.value())
        return Message(m, value, schema_id)

    @staticmethod
    def _run(c, topics, place):
        """(topic, offset, message) of all from PLACE on, and (topic, end,
        None) when a topic has been read. Asks no broker where logs end:
        librdkafka's functions for that can abort the process."""
        c.assign([TopicPartition(t, 0, place) for t in topics])
        left, until = set(topics), time.monotonic() + 60
        while left:
            assert time.monotonic() < until, f"not read to the end: {left}"
            m = c.poll(1)
            if m is None:
                continue
            if m.error() is None:
                until = time.monotonic() + 60
                yield m.topic(), m.offset(), m
            elif m.error().code() == KafkaError._PARTITION_EOF:
                left.discard(m.topic())
                yield m.topic(), m.offset(), None
            else:  # brokers that tests stop come back
                assert m.error().code() in PASSING, m.error()

    def latest(self, topic):
        """{key: Message}, as a compacted topic means it: tombstones gone."""
        state = {}
        for m in self.read(topic):
            if m.raw is None:
                state.pop(m.key, None)
            else:
                state[m.key] = m
        return state

    def write(self, topic, key, raw, headers=None, at_ms=0):
        """Any bytes (None: a tombstone), AT_MS where the topic takes that;
        returns the offset."""
        done = []
        self._producer.produce(
            topic, key=key, value=raw, headers=headers or {}, timestamp=at_ms,
            on_delivery=lambda e, m: done.append((e, m)))
        assert self._producer.flush(20) == 0, f"{topic}: not acknowledged"
        error, m = done[0]
        assert error is None, error
        return m.offset()

    def write_later(self, topic, key, raw):
        """As write(), for many: they are there after flush()."""
        while True:
            try:
                return self._producer.produce(topic, key=key, value=raw)
            except BufferError:
                self._producer.poll(0.1)

    def flush(self):
        # A broker that does not answer is given up after a minute.
        assert self._producer.flush(120) == 0, "not acknowledged"

    def say(self, kind, member, key, record):
        """Write a record of org.twinwire.v1.KIND as MEMBER would without
        Twinwire; None withdraws."""
        topic = f"tw.{TOPICS[kind]}.{member}"
        raw = None
        if record is not None:
            raw = self.encode(self.latest_id(f"org.twinwire.v1.{kind}"),
                              record)
        return self.write(topic, key, raw)

    @contextmanager
    def _looking(self):
        """A consumer for one look: librdkafka's can lose its place, or abort,
        when it is assigned again and again."""
        c = self._consumer()
        try:
            yield c
        finally:
            c.close()

    def _consumer(self):
        # Closing waits for the fetch under way.
        return Consumer(self._conf | {"group.id": "witness",
                                      "fetch.wait.max.ms": 20,
                                      "enable.auto.commit": False,
                                      "enable.partition.eof": True,
                                      "auto.offset.reset": "earliest"})
