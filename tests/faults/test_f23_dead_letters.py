"""F23: dead letters cannot be written for a while. A record that needs one is
not final and its place in the log is kept, also over a kill; all others go
on; then the letter comes with the exact bytes."""


def test_f23_unwritable(flow, rest_site):
    """Their topic is gone; one replica makes Kafka 4 ignore
    min.insync.replicas, so that refuses nothing here."""
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site)).start().ready_z()
    id = f"{flow.reader}-put"
    flow.wire.delete(flow.dead)
    poison = flow.encoded(1, "Panel")[:40]
    flow.wire.write(flow.topic, flow.key(1), poison)
    flow.said += 1
    flow.say_all([(n, f"Event {n}") for n in range(2, 30)])

    def refused():
        return connector.text().count("dead letter not written")

    def waits(before=0):
        c = flow.counts(connector, id)
        assert c["dead_lettered"] == 0
        return refused() > before and c["pending"] == 1 and flow.equal(id)
    flow.twinwire.until(waits, "all but one are there")
    connector.kill()
    before = refused()
    connector.start()
    flow.twinwire.until(lambda: waits(before), "still")
    flow.wire.create(flow.dead)
    flow.arrived(connector, timeout_s=120)
    letters = flow.letters()
    # A letter that was on its way when the kill came may come twice.
    assert letters and {m.raw for m in letters} == {poison}
    assert flow.counts(connector, id)["dead_lettered"] == 1
