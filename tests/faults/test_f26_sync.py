"""F26: the disk of the state file says that it could not write, at any of the
places at which it is asked. After that nothing it says can be trusted: the
connector leaves, and the next start is consistent."""

import pytest
from support.flow import numbered, twice

EXIT_FATAL = 1
# The first start asks eight times, each checkpoint three times.
PLACES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]


@pytest.mark.parametrize("nth", PLACES)
def test_f26_the_nth_sync_fails(flow, rest_site, rng, nth):
    site = rest_site()
    connector = flow.twinwire.connector(flow.find(site))
    flow.twinwire.daemons.remove(connector)  # it leaves, and should
    well = connector.argv
    trace = flow.twinwire.folder / "trace"
    # -D: the connector is our child and strace is not in between.
    connector.argv = [
        "strace", "-D", "-f", "-qq", "-o", trace, "-e", "trace=fsync,fdatasync",
        "-e", f"inject=fsync,fdatasync:error=EIO:when={nth}+"] + well
    try:
        connector.launch()
        while connector.running:
            flow.say_all(numbered(rng, flow.said, 300))
            flow.twinwire.until(lambda: not connector.running or flow.law(
                connector, f"{flow.reader}-find"), "all are final, or it left")
        assert connector.wait() == EXIT_FATAL, connector.tail()
        assert "EIO" in trace.read_text(), "the fault has hit"
        assert "state" in connector.tail(3), connector.tail()
        connector.argv = well
        connector.start()
        flow.say_all(numbered(rng, flow.said, 40))
        flow.arrived(connector)
    finally:
        connector.kill()
    assert twice(site) == {}
    assert flow.letters() == []
