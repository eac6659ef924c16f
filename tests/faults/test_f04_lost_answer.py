"""F4: the site did it, and its answer is lost. The outcome counts as unknown: a
system with PUT is asked again, one that can be asked what it has is asked, and
none makes a second item."""

import time

import pytest
from support.flow import numbered, twice


@pytest.mark.fast
@pytest.mark.parametrize("kind", ["put", "find"])
def test_f04_answer_never_comes(flow, rest_site, kind, rng):
    site = rest_site()
    connector = flow.twinwire.connector(
        getattr(flow, kind)(site)).start().ready_z()
    # A third of all writes is done and not answered.
    site.fail(times=None, close=True, commit=True,
              when=lambda r: r.is_write and rng.random() < 0.33)
    flow.say_all(numbered(rng, 0, 150))
    flow.arrived(connector, timeout_s=120)
    if kind == "find":
        assert twice(site) == {}


@pytest.mark.parametrize("toxic, how", [
    ("reset_peer", {"timeout": 0}),
    ("limit_data", {"bytes": 20}),
    ("timeout", {"timeout": 200}),
])
def test_f04_answer_is_cut_on_its_way(
        flow, rest_site, wordpress, toxiproxy, toxic, how, rng):
    """The way back is broken for a while, again and again, for a WordPress
    and for a REST site alike."""
    wordpress.empty("tw_event")
    site = rest_site()
    ways = [toxiproxy.proxy(site.port), toxiproxy.proxy(wordpress.port)]
    connector = flow.twinwire.connector(
        through(flow.find, site, ways[0]),
        through(flow.wordpress, wordpress, ways[1])).start().ready_z()
    for _ in range(4):
        before = len(site.writes())
        flow.say_all(numbered(rng, flow.said, 30))
        flow.twinwire.until(lambda: len(site.writes()) > before + 3,
                            "the site is at work")
        for way in ways:
            way.toxic(toxic, **how)
        time.sleep(rng.uniform(0.3, 1.5))  # how long it lasts
        for way in ways:
            way.heal()
    flow.arrived(connector, timeout_s=180)
    assert twice(site) == {}
    posts = wordpress.stock("tw_event")
    assert len({marker for marker, _, _ in posts}) == len(posts)


def through(make, system, way):
    """A connection whose base_url is the proxy's."""
    direct, system.url = system.url, f"http://127.0.0.1:{way.port}"
    try:
        return make(system)
    finally:
        system.url = direct
