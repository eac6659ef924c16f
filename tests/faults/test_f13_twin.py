"""F13: two connectors for one connection. One with the same state file does not
start; one with a file of its own waits while the first is heard of, and after
a freeze of the first they do not both go on."""

from support.flow import numbered, twice


def test_f13_one_state_file(flow, rest_site, rng):
    site = rest_site()
    file = flow.find(site)
    first = flow.twinwire.connector(file).start().ready_z()
    twin = flow.twinwire.connector(file, name="twin", state=str(
        flow.twinwire.folder / "connector.db"))
    flow.twinwire.daemons.remove(twin)
    twin.launch()
    try:
        assert twin.wait(30) == 1
        assert "in use by another process" in twin.text()
        first.freeze()
        twin.launch()
        assert twin.wait(30) == 1
        first.thaw()
    finally:
        twin.kill()
    flow.say_all(numbered(rng, 0, 50))
    flow.arrived(first)
    assert twice(site) == {}


def test_f13_a_file_of_its_own(flow, rest_site, rng):
    site = rest_site()
    file = flow.find(site)
    first = flow.twinwire.connector(file).start().ready_z()
    flow.say_all(numbered(rng, 0, 50))
    flow.arrived(first)
    twin = flow.twinwire.connector(file, name="twin")
    twin.start()
    flow.twinwire.until(lambda: "another instance" in twin.text(),
                        "the twin says why it waits")
    flow.say_all(numbered(rng, flow.said, 50))
    flow.arrived(first)
    asked = len(site.log)
    assert not twin.is_ready()
    # Frozen for longer than the twin waits, the first comes back.
    first.freeze()
    flow.twinwire.until(twin.is_ready, "the twin takes over", 180)
    flow.say_all(numbered(rng, flow.said, 50))
    flow.arrived(twin)
    assert len(site.log) > asked
    first.thaw()
    flow.say_all(numbered(rng, flow.said, 50))
    flow.arrived(twin)
    assert twice(site) == {}
