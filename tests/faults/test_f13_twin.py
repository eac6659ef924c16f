"""F13: a second connector with the same state file does not start, also while
the first is frozen; one with a file of its own waits until the first has been
silent for two minutes, and stops when that goes on."""

from support.flow import numbered, twice
from support.process import wait_until


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


def test_f13_two_state_files(flow, rest_site, rng):
    site = rest_site()
    file = flow.find(site)
    first = flow.twinwire.connector(file).start().ready_z()
    flow.say_all(numbered(rng, 0, 20))
    flow.arrived(first)
    flow.twinwire.until(
        lambda: flow.wire.latest(f"tw.status.{flow.reader}"), "it has told")
    twin = flow.twinwire.connector(file, name="twin")
    flow.twinwire.daemons.remove(twin)
    twin.launch()
    try:
        wait_until(lambda: "another instance" in twin.text(), "it waits")
        assert not twin.is_ready()
        first.freeze()
        twin.ready_z(timeout_s=240)
        first.thaw()
        assert twin.wait(120) == 1
        assert "that began earlier is at work again" in twin.text()
        # Started again it waits again.
        before = twin.text().count("another instance")
        twin.launch()
        wait_until(lambda: twin.text().count("another instance") > before,
                   "it waits again")
        assert first.running
    finally:
        twin.kill()
    flow.say_all(numbered(rng, 10, 50))
    flow.arrived(first)
    assert twice(site) == {}
