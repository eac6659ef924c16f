"""Goal of this test: the stage itself stands - a real Kafka and a real schema
registry, and a witness who reads back what he wrote."""

import pytest
import requests

SCHEMA = {
    "type": "record", "name": "Stage", "namespace": "org.twinwire.test",
    "fields": [{"name": "title", "type": {"type": "map", "values": "string"}},
               {"name": "lat", "type": ["null", "double"], "default": None}],
}


def test_the_witness_reads_back_what_it_wrote(wire):
    wire.create("stage.events", **{"cleanup.policy": "compact"})
    schema_id = wire.register("org.twinwire.test.Stage", SCHEMA)
    record = {"title": {"ru": "Диалог на Волге", "zh-Hans": "对话"},
              "lat": 48.7}
    wire.write("stage.events", "a", wire.encode(schema_id, record))
    wire.write("stage.events", "b", wire.encode(schema_id, record))
    wire.write("stage.events", "b", None)

    assert [m.value for m in wire.read("stage.events")] == [
        record, record, None]
    assert list(wire.latest("stage.events")) == ["a"]
    assert wire.ends("stage.") == {"stage.events": 3}


def test_the_registry_keeps_the_text_with_defaults(wire):
    schema_id = wire.register("org.twinwire.test.Stage", SCHEMA)
    assert '"default"' in wire.schema(schema_id)[1]


def test_wordpress_has_an_author_with_an_application_password(wordpress):
    post = wordpress.twinwire.create("posts", title="Диалог на Волге",
                                     status="publish")
    wordpress.clerk.edit("posts", post["id"], content="The clerk's words")
    assert [p["content"]["raw"] for p in wordpress.posts("posts")] == [
        "The clerk's words"]
    wordpress.twinwire.trash("posts", post["id"])
    assert (wordpress.count("post"), len(wordpress.trashed("posts"))) == (0, 1)
    wordpress.empty("post")


def test_a_site_loses_an_answer_after_the_work_is_done(rest_site):
    site = rest_site()
    site.fail(method="PUT", close=True, commit=True)
    with pytest.raises(requests.ConnectionError):
        requests.put(f"{site.url}/events/a", json={"title": "x"},
                     auth=(site.USER, site.PASSWORD), timeout=5)
    assert site.items("events")["a"]["title"] == "x"
