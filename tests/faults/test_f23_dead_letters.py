"""F23: dead letters cannot be written for a while. A record that needs one is
not final and its place in the log is kept, also over a kill; all others go
on; then the letter comes with the exact bytes."""

from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource


def needs(wire, topic, replicas):
    """Writes to TOPIC are acknowledged by that many brokers, or not."""
    change = ConfigResource(
        ConfigResource.Type.TOPIC, topic, incremental_configs=[ConfigEntry(
            "min.insync.replicas", str(replicas),
            incremental_operation=AlterConfigOpType.SET)])
    for future in wire.admin.incremental_alter_configs([change]).values():
        future.result(20)


def test_f23_unwritable(flow, rest_site):
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site)).start().ready_z()
    id = f"{flow.reader}-put"
    needs(flow.wire, flow.dead, 2)
    poison = flow.encoded(1, "Panel")[:40]
    flow.wire.write(flow.topic, flow.key(1), poison)
    flow.said += 1
    flow.say_all([(n, f"Event {n}") for n in range(2, 30)])

    def waits():
        c = flow.counts(connector, id)
        assert c["dead_lettered"] == 0
        return c["pending"] == 1 and flow.equal(id)
    flow.twinwire.until(waits, "all but one are there")
    connector.kill()
    connector.start()
    flow.twinwire.until(waits, "still")
    needs(flow.wire, flow.dead, 1)
    flow.arrived(connector)
    letters = flow.letters()
    # A letter that was on its way when the kill came may come twice.
    assert letters and {m.raw for m in letters} == {poison}
    assert flow.counts(connector, id)["dead_lettered"] == 1
