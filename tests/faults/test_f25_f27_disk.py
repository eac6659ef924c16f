"""F25, F27: the state file's disk is full, or forgets what was not synced. The connector leaves rather than going on with half a state,
and the next start is consistent."""

import pytest
from support.flow import numbered, twice

EXIT_FATAL = 1


class Line:
    def __init__(self, flow, site, rng, **settings):
        self.flow, self.site, self.rng = flow, site, rng
        self.connector = flow.twinwire.connector(flow.find(site), **settings)

    def say(self, n):
        self.flow.say_all(numbered(self.rng, self.flow.said, n))

    def arrived(self):
        self.flow.arrived(self.connector)
        assert twice(self.site) == {}
        assert self.flow.letters() == []


def test_f25_disk_full(flow, rest_site, rng, small_disk):
    try:
        disk = small_disk("8m")
    except PermissionError:
        pytest.skip("may not mount: make faults")
    line = Line(flow, rest_site(), rng, state=str(disk / "connector.db"))
    line.connector.start()
    line.say(30)
    line.arrived()
    filler = disk / "filler"
    with open(filler, "wb", buffering=0) as f:
        try:
            while f.write(b"x" * 65536):
                pass
        except OSError:
            pass
    line.say(400)
    assert line.connector.wait(30) == EXIT_FATAL
    assert "no space left on the disk" in line.connector.text()
    line.connector.launch()  # as its supervisor does
    assert line.connector.wait(30) == EXIT_FATAL
    filler.unlink()
    line.connector.start()
    line.arrived()


@pytest.mark.parametrize("how", ["cut", "zeros"])
def test_f27_what_was_not_synced_is_gone(flow, rest_site, rng, how):
    line = Line(flow, rest_site(), rng)
    for _ in range(6):
        line.say(60)
        writes = len(line.site.writes())
        line.connector.start()
        flow.twinwire.until(lambda: len(line.site.writes()) > writes + 20,
                            "work under way")
        line.connector.kill()
        log = line.connector.file.parent / "connector.db-wal"
        size = log.stat().st_size
        place = rng.randrange(size // 2, size)
        with open(log, "r+b") as f:
            if how == "cut":
                f.truncate(place)
            else:
                f.seek(place)
                f.write(bytes(size - place))
    line.connector.start()
    line.arrived()


@pytest.mark.parametrize("nth", [200, 800, 2000])
def test_f25_disk_full_for_a_moment_during_a_start(flow, rest_site, rng, nth):
    """A connection starts, reading all that its member ever said, while
    another is at work. What that one could not write is not passed over."""
    site, source = rest_site(), rest_site()
    source.fail(503, times=None)  # it has nothing to say
    flow.say_all(numbered(rng, 0, 2500))
    late = flow.twinwire.rest(
        f"{flow.writer}-late", flow.writer, source, publish=[
            {"into": "events", "namespace": "x", "from": "now"}])
    connector = flow.twinwire.connector(flow.put(site), late)
    flow.twinwire.daemons.remove(connector)  # it leaves, and should
    well = connector.argv
    trace = flow.twinwire.folder / "trace"
    connector.argv = [
        "strace", "-D", "-f", "-qq", "-o", trace, "-e", "trace=pwrite64",
        "-e", f"inject=pwrite64:error=ENOSPC:when={nth}"] + well
    try:
        connector.launch()
        assert connector.wait(30) == EXIT_FATAL, connector.tail()
        assert "ENOSPC" in trace.read_text(), "the fault has hit"
        assert f"started connection={flow.writer}" not in connector.text()
        why = connector.tail(1)
        connector.argv = well
        connector.start()
        flow.arrived(connector)
    finally:
        connector.kill()
    assert "no space left on the disk" in why
