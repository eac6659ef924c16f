"""F34: SIGTERM under load. The connector leaves within ten seconds and asks no
site again for what was acknowledged."""

import time

import pytest
from support.flow import numbered, twice

DRAIN_S = 10


def five_lives(flow, rest_site, rng):
    """The PUT site after five lives that SIGTERM ended under load."""
    put, find = rest_site(), rest_site()
    connector = flow.twinwire.connector(flow.put(put), flow.find(find))
    for _ in range(5):
        flow.say_all(numbered(rng, flow.said, 80))
        before = len(find.requests("POST"))
        connector.start()
        flow.twinwire.until(lambda: len(find.requests("POST")) > before,
                            "work under way")
        asked = time.monotonic()
        assert connector.stop(timeout_s=DRAIN_S) == 0
        assert time.monotonic() - asked < DRAIN_S  # a promise, not a speed
    connector.start()
    flow.arrived(connector)
    assert twice(find) == {}
    return put


def test_f34_leaves_in_time_and_loses_nothing(flow, rest_site, rng):
    five_lives(flow, rest_site, rng)


def test_f34_repeats_nothing(flow, rest_site, rng):
    put = five_lives(flow, rest_site, rng)
    # Nothing was unknown, so each version is written at most once.
    done = [(r.path, r.body) for r in put.writes() if r.status in (200, 201)]
    assert len(done) == len(set(done))


@pytest.mark.fast
def test_f34_a_site_that_does_not_answer_holds_up_nobody(flow, rest_site):
    site = rest_site()
    connector = flow.twinwire.connector(flow.find(
        site, limits={"timeout_s": 60})).start().ready_z()
    site.fail(times=None, delay_s=30, when=lambda r: r.is_write)
    flow.say(1, "Panel")
    flow.twinwire.until(site.writes, "asked")
    assert connector.stop(timeout_s=DRAIN_S + 2) == 0
    site.recover()
    connector.start()
    flow.twinwire.until(
        lambda: len(flow.systems[f"{flow.reader}-find"]()) > 0, "it is there")
