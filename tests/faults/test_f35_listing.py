"""F35, as far as it concerns us (nobody calls us, we ask): a listing that
repeats its items, turns them around and shows old ones again puts each record
onto the wire once."""

import json

import pytest
from support.records import event

pytestmark = pytest.mark.fast


def test_f35_repeated_and_turned_around(flow, rest_site):
    site, wire = rest_site(), flow.wire
    topic = f"tw.events.{flow.reader}"
    flow.twinwire.connector(flow.twinwire.rest(
        f"{flow.reader}-source", flow.reader, site, publish=[
            {"into": "events", "namespace": "s", "from": "beginning",
             "every": "100ms"}])).start()
    old = [site.put("events", str(n), **event(f"Event {n}"))
           for n in range(10)]
    flow.twinwire.until(lambda: wire.ends_of(topic) == {topic: 10}, "ten")
    mess = {"items": old[::-1] + old[5:] + old[:5], "next": None}
    site.fail(times=5, path="/events", body=json.dumps(mess).encode())
    site.polled(8, "/events")
    assert wire.ends_of(topic) == {topic: 10}
    site.put("events", "3", title={"en": "Event 3, moved"})
    flow.twinwire.until(lambda: wire.ends_of(topic) == {topic: 11}, "eleven")
