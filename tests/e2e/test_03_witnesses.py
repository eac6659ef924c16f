"""Goal of this test: the wire belongs to nobody. confluent-kafka and fastavro
decode every topic that we write, with the registry's text of the schema, and
what they write with an older and with a newer version of a schema we read."""

import json

from support.process import ROOT
from support.records import JILIN, VOLGOGRAD, claim, event

EVENTS = {"topics": ["tw.events.*"], "from": "beginning"}


def schema(name):
    return json.loads((ROOT / f"schemas/{name}.avsc").read_text())


def test_every_topic_is_read_by_others(twinwire, rest_site, wire):
    a, b = rest_site(), rest_site()
    twinwire.provision(
        {"id": "alpha", "speaks_for": {"cities": ["wd:Q914"]}}, "beta")
    a.put("events", "1", **event("Panel"))
    a.put("claims", "1", **claim(VOLGOGRAD, JILIN))
    b.fail(422, path="/events", method="PUT")
    twinwire.connector(
        twinwire.rest("alpha-register", "alpha", a, publish=[
            {"into": "events", "namespace": "n", "from": "beginning",
             "every": "1s"},
            {"into": "claims", "namespace": "n", "from": "beginning",
             "every": "1s"}]),
        twinwire.rest("beta-site", "beta", b, subscribe=[
            EVENTS, EVENTS | {"topics": ["tw.partnerships"]}])).start()
    twinwire.reconciler().start()
    twinwire.until(lambda: b.items("partnerships"), "the partnership at B")
    organizations = twinwire.file("o.jsonl", json.dumps(
        {"id": "org:alpha", "kind": "association", "country": "RU",
         "names": {"en": "City of Alpha"}}))
    twinwire.cli("publish", "organizations", organizations,
                 "--member", "alpha")
    twinwire.cli("pause", "beta-site")
    written = ["tw.claims.alpha", "tw.events.alpha", "tw.partnerships",
               "tw.notices", "tw.receipts.beta", "tw.status.alpha",
               "tw.status.beta", "tw.dead.beta", "tw.organizations.alpha",
               "tw.control.beta"]

    def all_written():
        ends = wire.ends()
        return all(ends.get(t) for t in written)
    twinwire.until(all_written, "something in every topic")

    for topic in written:
        for m in wire.read(topic):
            if topic.startswith("tw.dead."):
                assert m.value["publisher"] == "alpha"
                continue
            # RecordNameStrategy, and the schema is the file, not a reprint.
            text = json.loads(wire.schema(m.schema)[1])
            assert text == schema(text["name"]), topic
            assert wire.latest_id(f"org.twinwire.v1.{text['name']}") == m.schema
            assert m.headers["ce_specversion"] == "1.0"
            assert m.headers["ce_id"] and m.headers["ce_time"]
            assert m.headers["ce_source"].startswith("/"), m.headers
            assert m.headers["ce_type"].startswith("org.twinwire."), m.headers
    [m] = wire.read("tw.events.alpha")
    assert m.key == m.value["uid"] == "n.1@alpha"
    assert m.headers["ce_source"] == "/alpha/alpha-register"
    assert m.value["title"] == {"en": "Panel"}
    assert m.value["startUtc"].isoformat() == "2027-05-12T10:00:00+00:00"


def test_older_and_newer_versions_of_a_schema_are_read(
        twinwire, rest_site, wire):
    site = rest_site()
    twinwire.provision("writer", "reader")
    subject = "org.twinwire.v1.Event"
    now = schema("Event")
    older = now | {"fields": [f for f in now["fields"] if f["name"] not in
                              ("contactUrl", "dataLicence", "modifiedAt")]}
    newer = now | {"fields": now["fields"] + [
        {"name": "audience", "type": {"type": "array", "items": "string"},
         "default": []},
        {"name": "capacity", "type": ["null", "int"], "default": None}]}
    for name, version, more in (("old", older, {}),
                                ("now", now, {}),
                                ("new", newer, {"audience": ["mayors"],
                                                "capacity": 300})):
        record = event(name) | more | {"uid": f"x.{name}@writer",
                                       "publisher": "writer"}
        record = {k: v for k, v in record.items()
                  if k in {f["name"] for f in version["fields"]}}
        wire.write("tw.events.writer", record["uid"],
                   wire.encode(wire.register(subject, version), record))
    twinwire.connector(twinwire.rest(
        "reader-site", "reader", site, subscribe=[
            EVENTS | {"topics": ["tw.events.writer"]}])).start()

    def titles():
        return sorted(e["title"]["en"] for e in site.items("events").values())
    twinwire.until(lambda: titles() == ["new", "now", "old"], "all three")
    assert wire.ends("tw.dead.reader") == {"tw.dead.reader": 0}
