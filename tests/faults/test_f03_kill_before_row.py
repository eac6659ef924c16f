"""F3: kill between the site's 201 and the row. The next life finds the item and
takes it over."""

import os

import pytest
from support.flow import twice


@pytest.mark.crashing
@pytest.mark.parametrize("kind", ["put", "find"])
def test_f03_kill_between_201_and_row(flow, rest_site, kind):
    site = rest_site()
    connector = flow.twinwire.connector(getattr(flow, kind)(site))
    connector.env = os.environ | {
        # For `find` the first answer is that of the look-up.
        "TW_CRASH_AT": f"site_answered:{2 if kind == 'find' else 1}"}
    connector.start()
    flow.say(1, "Panel")
    assert connector.wait(60) == -9, connector.tail()
    made = site.items("events")
    assert len(made) == 1
    connector.env = None
    connector.start()
    flow.arrived(connector)
    assert set(site.items("events")) == set(made)
    if kind == "find":
        assert twice(site) == {}
        assert len(site.requests("POST")) == 1


@pytest.mark.crashing
def test_f03_wordpress(flow, wordpress):
    wordpress.empty("tw_event")
    connector = flow.twinwire.connector(flow.wordpress(wordpress))
    connector.env = os.environ | {"TW_CRASH_AT": "site_answered:2"}
    connector.start()
    flow.say(1, "Panel")
    assert connector.wait(60) == -9, connector.tail()
    [post] = wordpress.posts("tw_event")
    connector.env = None
    connector.start()
    flow.arrived(connector)
    assert [p["id"] for p in wordpress.posts("tw_event")] == [post["id"]]
    assert wordpress.trashed("tw_event") == []
