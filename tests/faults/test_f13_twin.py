"""F13: a second connector with the same state file does not start, also while
the first is frozen."""

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
