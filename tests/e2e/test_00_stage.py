"""Goal of this test: the stage itself stands - a real Kafka and a real schema
registry, and a witness who reads back what he wrote."""

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
