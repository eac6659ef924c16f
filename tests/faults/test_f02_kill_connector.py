"""F2: kill -9 of the connector, at any moment and at every named point. All
systems end equal to the wire, each record once, no create is made twice where
a look-up can tell, and the law is exact."""

import os
import time

import pytest
from support.flow import Clockwork, numbered, twice

POINTS = ["connection_started", "record_read", "request_started",
          "site_answered", "row_written", "committed", "receipt_acked"]


@pytest.mark.crashing
@pytest.mark.parametrize("point", POINTS)
def test_f02_kill_at_a_named_point(flow, rest_site, point, rng):
    a, b = rest_site(), rest_site()
    connector = flow.twinwire.connector(flow.put(a), flow.find(b))
    flow.say_all(numbered(rng, 0, 150))
    for nth in (1, 7, rng.randrange(8, 60)):
        if point == "connection_started" and nth > 2:
            continue
        connector.env = os.environ | {"TW_CRASH_AT": f"{point}:{nth}"}
        connector.launch()
        while connector.running:  # the slower, the more goes into one commit
            assert flow.said < 5000, "it is never passed"
            flow.say_all(numbered(rng, flow.said, 40))
            time.sleep(1)
        assert connector.wait() == -9, connector.tail()
    connector.env = None
    connector.start()
    flow.arrived(connector)
    assert twice(b) == {}
    assert flow.letters() == []


@pytest.mark.fast
def test_f02_a_few_kills(flow, rest_site, rng):
    a, b = rest_site(), rest_site()
    connector = flow.twinwire.connector(flow.put(a), flow.find(b))
    kills = Clockwork(connector, rng, 1.2)
    for _ in range(8):
        flow.say_all(numbered(rng, flow.said, 60))
        kills.kill_once()
    connector.start()
    flow.arrived(connector)
    assert twice(b) == {}
    assert flow.letters() == []


KILLS = int(os.environ.get("TWINWIRE_KILLS", 200))
RECORDS = 5000


def test_f02_two_hundred_kills_while_5000_records_flow(
        flow, rest_site, wordpress, rng):
    wordpress.empty("tw_event")
    site = rest_site()
    connector = flow.twinwire.connector(
        flow.put(site), flow.wordpress(wordpress))
    changes = numbered(rng, 0, RECORDS)
    kills = Clockwork(connector, rng, 3.0)
    share = -(-len(changes) // KILLS)
    for k in range(KILLS):
        flow.say_all(changes[k * share:(k + 1) * share])
        kills.kill_once()
    connector.start()
    flow.arrived(connector, timeout_s=1800)
    posts = wordpress.stock("tw_event")
    assert len({marker for marker, _, _ in posts}) == len(posts), \
        "no record was ever made twice, the trash included"
    assert flow.letters() == []
    lives = connector.log.read_text().count("msg=running state")
    print(f"{KILLS} kills of {lives} lives that had begun, {flow.said} "
          f"messages, {len(flow.want)} live: ",
          {id: flow.counts(connector, id) for id in flow.systems},
          f"writes to the PUT site: {len(site.writes())}")
