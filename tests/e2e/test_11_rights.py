"""Goal: nobody in who doesn't belong. One members.yaml and `twinwire provision`
make users and rights at a broker that denies by default; each member writes
its own topics alone and reads what its row says, as an independent client
finds (T1); the programs work with those rights and no more."""

import json
import re
from pathlib import Path

import pytest
from confluent_kafka import (OFFSET_BEGINNING, Consumer, KafkaException,
                             Producer, TopicCollection, TopicPartition)
from confluent_kafka.admin import AclOperation as Op
from confluent_kafka.admin import AdminClient, NewTopic
from support.kafka import Kafka
from support.process import wait_until
from support.records import event
from support.security import OPERATOR, Security
from support.twinwire import Twinwire

OPEN, NARROW = "volgograd", "mag"
PROGRAMS = ["twinwire-reconciler", "twinwire-portal", "twinwire-watch"]
OWN = ["claims", "events", "organizations", "receipts", "status", "control",
       "dead"]
SHARED = ["claims", "events", "organizations", "receipts", "status"]
ALL = ["tw.partnerships", "tw.notices"]


class Stage:
    """The secured wire, provisioned for two members."""

    def __init__(self, folder, registry):
        self.security = Security(folder / "security")
        self.kafka = Kafka(folder / "kafka", security=self.security).start()
        self.room = Twinwire(folder, self.kafka.brokers, registry.url)
        self.secrets = folder / "secrets"
        self.secrets.mkdir()
        password = self.room.secret(
            "operator", self.security.passwords[OPERATOR])
        self.conf = self.room.file("operator.yaml", {
            "kafka": self.security.operator_conf(
                self.kafka.brokers, password),
            "registry": {"url": registry.url, "insecure_http": True}})
        self.members = self.write_members()

    def write_members(self, reads=("events", "partnerships"), **more):
        return self.room.file("members.yaml", {"members": [
            {"id": OPEN, "speaks_for": {"cities": ["wd:Q914"]}},
            {"id": NARROW, "reads": list(reads)} | more]})

    def kafka_of(self, user):
        """`kafka:` of a program that is USER."""
        return self.security.certificate_conf(self.kafka.side_brokers, user)

    def provision(self, *options):
        return json.loads(self.room.cli(
            "provision", "--conf", self.conf, "--json", "--secrets",
            self.secrets, *options, self.members, wire=False))

    def make_users(self):
        """What provision does itself from librdkafka 2.2 on."""
        for user in [OPEN, NARROW, *PROGRAMS]:
            password = (self.secrets / f"{user}.password").read_text().strip()
            self.security.make_user(self.kafka.brokers, user, password)

    def client(self, user):
        return {"bootstrap.servers": self.kafka.brokers, "log_level": 0} \
            | self.security.client(user)


@pytest.fixture(scope="module")
def stage(tmp_path_factory, registry):
    s = Stage(tmp_path_factory.mktemp("secured"), registry)
    try:
        s.first = s.provision()
        s.make_users()
        yield s
    finally:
        s.room.close()
        s.kafka.kill()


def may_write(stage, user, topic):
    said = []
    p = Producer(stage.client(user) | {"message.timeout.ms": 8000})
    p.produce(topic, b"", key=b"x", on_delivery=lambda e, m: said.append(e))
    p.flush(10)
    assert said, f"{user} -> {topic}: no report"
    if said[0] is None:
        return True
    assert said[0].name() in ("TOPIC_AUTHORIZATION_FAILED", "_UNKNOWN_TOPIC",
                              "UNKNOWN_TOPIC_OR_PART"), said[0]
    return False


def may_read(stage, user, *topics):
    """{topic: may it}: a topic that may be read may be described (KIP-11), so
    one that may not even be described is closed; the others are fetched."""
    c = Consumer(stage.client(user) | {
        "group.id": "none", "enable.auto.commit": False,
        "enable.partition.eof": True})
    there = set(c.list_topics(timeout=20).topics)
    open_to = dict.fromkeys(topics, False)
    for t in there & set(topics):
        c.assign([TopicPartition(t, 0, OFFSET_BEGINNING)])
        # Groups are closed to all, and the library complains of that, too.
        m = wait_until(lambda t=t: next(
            (m for m in [c.poll(1)] if m is not None and m.topic() == t),
            None), f"{user} reads {t}")
        e = m.error()
        open_to[t] = e is None or e.name() == "_PARTITION_EOF"
    for t in set(topics) - there:
        with pytest.raises(KafkaException, match="AUTHORIZATION_FAILED|"
                           "UNKNOWN"):
            c.get_watermark_offsets(TopicPartition(t, 0), timeout=20)
    c.close()
    return open_to


def test_the_first_run_makes_all_and_the_second_nothing(stage):
    assert {u["user"] for u in stage.first["users"]} == \
        {OPEN, NARROW, *PROGRAMS}
    assert {r["action"] for r in stage.first["rights"]} == {"grant"}
    again = stage.provision()
    for part in ("topics", "schemas", "rights"):
        assert {x["action"] for x in again[part]} <= {"none"}, again[part]


def test_passwords_stand_in_files_of_their_owner_alone(stage):
    files = list(stage.secrets.glob("*.password"))
    assert len(files) == 5
    for f in files:
        assert f.stat().st_mode & 0o777 == 0o600
        assert len(f.read_text().strip()) == 43


def test_a_member_writes_its_own_topics_alone(stage):
    for user, other in [(OPEN, NARROW), (NARROW, OPEN)]:
        assert {k: may_write(stage, user, f"tw.{k}.{user}") for k in OWN} == \
            dict.fromkeys(OWN, True)
        denied = [f"tw.{k}.{other}" for k in OWN] + ALL
        assert {t: may_write(stage, user, t) for t in denied} == \
            dict.fromkeys(denied, False)


def test_a_member_reads_what_its_row_says(stage):
    for user, other, kinds, shared in [
            (OPEN, NARROW, SHARED, ALL),
            (NARROW, OPEN, ["events"], ["tw.partnerships"])]:
        expected = {f"tw.{k}.{user}": True for k in OWN}
        expected |= {f"tw.{k}.{other}": k in kinds for k in OWN}
        expected |= {t: t in shared for t in ALL}
        assert may_read(stage, user, *expected) == expected


def test_programs_read_what_all_see_and_the_portal_writes_nothing(stage):
    orders = ["tw.control." + OPEN, "tw.dead." + OPEN]
    seen = [f"tw.{k}.{OPEN}" for k in SHARED] + ALL
    assert may_read(stage, "twinwire-portal", *seen, *orders) == \
        dict.fromkeys(seen, True) | dict.fromkeys(orders, False)
    for topic in ["tw.claims." + OPEN, *ALL]:
        assert not may_write(stage, "twinwire-portal", topic)
    told = {f"tw.{k}.{OPEN}": k in ("status", "receipts") for k in OWN}
    assert may_read(stage, "twinwire-watch", *told) == told
    assert may_write(stage, "twinwire-reconciler", "tw.partnerships")
    assert not may_write(stage, "twinwire-reconciler", "tw.claims." + OPEN)
    assert may_read(stage, "twinwire-reconciler", "tw.claims." + OPEN,
                    "tw.receipts." + OPEN) == \
        {"tw.claims." + OPEN: True, "tw.receipts." + OPEN: False}


# The whole matrix: who, which topic, what ------------------------------------

READ, WRITE = {Op.READ, Op.DESCRIBE}, {Op.WRITE, Op.DESCRIBE}
USERS = [OPEN, NARROW, *PROGRAMS]


def granted(stage, user, topics):
    """{topic: operations} as the broker says to USER himself (KIP-430); a topic
    that he may not even describe is closed."""
    admin = AdminClient(stage.client(user))
    asked = admin.describe_topics(TopicCollection(topics), request_timeout=20,
                                  include_authorized_operations=True)
    out = {}
    for topic, future in asked.items():
        try:
            out[topic] = set(future.result(30).authorized_operations)
        except KafkaException as e:
            assert e.args[0].name() == "TOPIC_AUTHORIZATION_FAILED", e
            out[topic] = set()
    return out


def wanted(user, topic):
    """The same by the design (section 2)."""
    shared = {f"tw.{k}." for k in SHARED}
    prefix = topic[:topic.rindex(".") + 1]
    if user in (OPEN, NARROW) and topic.endswith("." + user):
        return READ | WRITE
    if user == OPEN:
        return READ if topic in ALL or prefix in shared else set()
    if user == NARROW:
        open_to = topic == "tw.partnerships" or prefix == "tw.events."
        return READ if open_to else set()
    if user == "twinwire-reconciler":
        return (READ | WRITE if topic in ALL else
                READ if prefix == "tw.claims." else set())
    if user == "twinwire-watch":
        return READ if prefix in ("tw.receipts.", "tw.status.") else set()
    return READ if topic in ALL or prefix in shared else set()


def test_the_whole_matrix(stage):
    stranger = "ledger.of-another-service"
    operator = AdminClient(stage.client(OPERATOR))
    for f in operator.create_topics([NewTopic(stranger, 1, 1)]).values():
        f.result(20)

    def topics_there():
        return sorted(t for t in operator.list_topics(timeout=20).topics
                      if not t.startswith("_"))
    # A broker lists what it was told of so far.
    wait_until(lambda: stranger in topics_there(), "the stranger's topic")
    topics = topics_there()
    assert set(topics) == {stranger, *ALL} | {
        f"tw.{k}.{m}" for k in OWN for m in (OPEN, NARROW)}
    for user in USERS:
        assert granted(stage, user, topics) == {
            t: wanted(user, t) if t != stranger else set() for t in topics}, user
    every = granted(stage, OPERATOR, topics)
    assert all({Op.READ, Op.WRITE, Op.DELETE, Op.ALTER_CONFIGS} <= every[t]
               for t in topics)


@pytest.mark.parametrize("user", USERS)
def test_nobody_has_a_right_beside_topics(stage, user):
    admin = AdminClient(stage.client(user))
    cluster = admin.describe_cluster(
        include_authorized_operations=True, request_timeout=20).result(30)
    assert list(cluster.authorized_operations or []) == []
    groups = admin.describe_consumer_groups(["any"], request_timeout=20)
    with pytest.raises(KafkaException, match="AUTHORIZATION_FAILED"):
        groups["any"].result(30)
    made = admin.create_topics([NewTopic(f"tw.events.of-{user}", 1, 1),
                                NewTopic("tw.claims." + user + "-2", 1, 1)])
    for f in made.values():
        with pytest.raises(KafkaException, match="AUTHORIZATION_FAILED"):
            f.result(30)
    producer = Producer(stage.client(user) | {"transactional.id": "mine"})
    with pytest.raises(KafkaException, match="AUTHORIZATION_FAILED"):
        producer.init_transactions(20)


@pytest.mark.parametrize("change, why", [
    ({"brokers": "localhost"}, "certificate|SSL|verify"),
    ({"ssl.ca.location": "other"}, "certificate|SSL|verify"),
], ids=["another host name", "an unknown authority"])
def test_a_broker_proves_who_it_is(stage, tmp_path, change, why):
    password = stage.room.secret("operator", stage.security.passwords[OPERATOR])
    kafka = stage.security.operator_conf(stage.kafka.brokers, password)
    if "brokers" in change:
        kafka["brokers"] = kafka["brokers"].replace("127.0.0.1", "localhost")
    else:
        kafka["ssl.ca.location"] = str(Security(tmp_path / "other").ca)
    out = stage.room.run("topics", "--conf", stage.room.file("wrong.yaml", {
        "kafka": kafka, "registry": {"url": stage.room.registry_url}}))
    assert out.returncode == 1
    assert re.search(why, out.stderr), out.stderr


@pytest.mark.parametrize("key, value", [
    ("enable.ssl.certificate.verification", False),
    ("ssl.endpoint.identification.algorithm", "none")])
def test_whom_we_talk_to_is_always_checked(stage, key, value):
    file = stage.room.file("unchecked.yaml", {
        "kafka": {"brokers": "x:1", key: value},
        "registry": {"url": "http://127.0.0.1:1", "insecure_http": True},
        "state": "x.db", "presets": "p", "connections": []})
    out = stage.room.run("check", file)
    assert out.returncode == 78
    assert f"kafka.{key}" in out.stdout + out.stderr


def test_a_member_makes_and_deletes_no_topic_and_gives_no_right(stage):
    admin = AdminClient(stage.client(OPEN))
    asked = [admin.create_topics([NewTopic("tw.events.mine", 1, 1)]),
             admin.create_topics([NewTopic("mine", 1, 1)]),
             admin.delete_topics(["tw.events." + OPEN]),
             admin.delete_topics(["tw.events." + NARROW])]
    for futures in asked:
        for f in futures.values():
            with pytest.raises(KafkaException, match="AUTHORIZATION_FAILED|"
                               "UNKNOWN_TOPIC_OR_PART"):
                f.result(20)


def test_a_wrong_password_lets_nobody_in(stage):
    wrong = stage.room.secret("wrong", "not-it-at-all")
    out = stage.room.run("topics", "--conf", stage.room.file("wrong.yaml", {
        "kafka": stage.security.operator_conf(stage.kafka.brokers, wrong),
        "registry": {"url": stage.room.registry_url}}))
    assert out.returncode == 1
    assert "uthentication" in out.stderr, out.stderr
    assert "not-it-at-all" not in out.stdout + out.stderr


def test_a_password_in_the_configuration_is_refused(stage):
    file = stage.room.file("inline.yaml", {
        "kafka": {"brokers": "x:1", "sasl.password": "hunter2"},
        "registry": {"url": "http://127.0.0.1:1", "insecure_http": True},
        "state": "x.db", "presets": "p", "connections": []})
    out = stage.room.run("check", file)
    assert out.returncode == 78
    assert "sasl.password_file" in out.stdout + out.stderr
    assert "hunter2" not in out.stdout + out.stderr


def test_a_record_travels_with_these_rights(stage, rest_site):
    site = rest_site()
    room = stage.room
    out = room.file("one.jsonl", json.dumps(
        event("Forum", id="e1"), ensure_ascii=False) + "\n")
    room.cli("publish", "--conf", room.file("member.yaml", {
        "kafka": stage.kafka_of(OPEN),
        "registry": {"url": room.registry_url, "insecure_http": True}}),
        "--member", OPEN, "events", out, wire=False)
    connection = room.rest("mag-site", NARROW, site, subscribe=[
        {"topics": ["tw.events.*"], "from": "beginning"}])
    connector = room.connector(
        connection, kafka=stage.kafka_of(NARROW)).start()
    room.until(lambda: len(site.items("events")) == 1, "the event on mag's site")
    assert connector.stop() == 0


def test_a_row_that_grants_less_revokes(stage):
    stage.write_members(reads=["partnerships"])
    planned = stage.provision("--plan")
    assert {r["right"]: r["action"] for r in planned["rights"]} == \
        {"mag may read tw.events.*": "revoke"}
    assert may_read(stage, NARROW, "tw.events." + OPEN)["tw.events." + OPEN]
    stage.provision()
    wait_until(lambda: not may_read(stage, NARROW, "tw.events." + OPEN)[
        "tw.events." + OPEN], "events are closed to mag")


def test_who_has_left_says_nothing_more_and_may_clean_up(stage):
    stage.write_members(reads=["partnerships"], left="2026-11-29")
    out = stage.room.cli("leave", "--freeze", "--conf", stage.conf, NARROW,
                         stage.members, wire=False)
    assert "3 rights revoked" in out
    wait_until(lambda: not may_write(stage, NARROW, "tw.events." + NARROW),
               "mag says no more")
    own = {t: granted(stage, NARROW, [t])[t]
           for t in [f"tw.{k}.{NARROW}" for k in OWN]}
    assert own == {t: READ if t.split(".")[1] in (
        "claims", "events", "organizations") else READ | WRITE for t in own}
    assert {r["action"] for r in stage.provision()["rights"]} <= {"none"}

    stage.room.file("members.yaml", {"members": [
        {"id": OPEN, "speaks_for": {"cities": ["wd:Q914"]}}]})
    said = stage.room.cli("leave", "--withdraw", "--conf", stage.conf, NARROW,
                          stage.members, wire=False)
    assert f"deleted tw.status.{NARROW}" in said
    assert not any(r.startswith(NARROW + " may") for r in (
        x["right"] for x in stage.provision()["rights"]))
