"""Goal: `from:` is settled once and for good: what was on the wire before is not
made, whatever happens to the state file; what is said from then on is, also
while the connection was away without its state."""

import time

import pytest
from support.flow import Flow, written


@pytest.fixture
def flow(twinwire, wire):
    return Flow(twinwire, wire)


def listen(flow, site, since, kind="put", **more):
    """A connection from SINCE on; what is said before does not count."""
    flow.want.clear()
    connection = getattr(flow, kind)(site, subscribe=[
        {"topics": [flow.topic], "from": since}], **more)
    return flow.twinwire.connector(connection).start().ready_z()


def begun(flow, id):
    """Wait until it has said from where on: then it is for good."""
    def floors():
        said = flow.wire.latest(f"tw.status.{flow.reader}").get(id)
        return said and said.value["floors"]
    return flow.twinwire.until(floors, "its floors")


@pytest.mark.parametrize("kind", ["put", "find"])
def test_from_now_also_without_the_state_file(flow, rest_site, kind):
    site, id = rest_site(), f"{flow.reader}-{kind}"
    flow.say_all([(1, "Old 1"), (2, "Old 2"), (3, "Old 3")])
    connector = listen(flow, site, "now", kind)
    [floor] = begun(flow, id)
    assert (floor["of"], floor["offset"]) == (flow.topic, 3)
    flow.say_all([(4, "New"), (2, "Old 2, moved")])
    flow.twinwire.until(lambda: flow.equal(id), "what is said from now on")

    connector.stop()
    flow.say(5, "While away")
    flow.twinwire.lose_state(connector)
    flow.say(6, "After")
    flow.twinwire.until(lambda: flow.equal(id), "the same without its state")
    assert begun(flow, id) == [floor]
    assert not written(site, "Old 1") and not written(site, "Old 3")
    assert len(written(site, "New")) == 1

    # What lies below is looked after once it stands there.
    flow.say_all([(2, "Old 2, moved twice"), (4, None)])
    flow.twinwire.until(lambda: flow.equal(id), "changed and removed")


def test_from_an_instant_also_without_the_state_file(flow, rest_site):
    site, id = rest_site(), f"{flow.reader}-put"
    flow.say_all([(1, "Old 1"), (2, "Old 2")])
    time.sleep(0.05)  # no two records have one instant
    since = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + \
        f".{int(time.time() * 1000) % 1000:03d}Z"
    time.sleep(0.05)
    flow.want.clear()
    flow.say(3, "New")
    want = dict(flow.want)
    connector = listen(flow, site, since)
    flow.want = want
    flow.twinwire.until(lambda: flow.equal(id), "later ones alone")
    [floor] = begun(flow, id)
    assert floor["offset"] == 2
    flow.twinwire.lose_state(connector)
    flow.say(4, "After")
    flow.twinwire.until(lambda: flow.equal(id), "the same without its state")
    assert not written(site, "Old")


def test_a_topic_that_appears_later_is_read_whole(flow, rest_site):
    """A member that joins is not cut off by `from: now`, not even while the
    connection was away and lost its state."""
    site, id = rest_site(), f"{flow.reader}-put"
    late = f"late-{flow.reader}"
    flow.say(1, "Old")
    flow.want.clear()
    connector = flow.twinwire.connector(flow.put(site, subscribe=[
        {"topics": [flow.topic, f"tw.events.{late}", f"tw.events.{late}-too"],
         "from": "now"}]))
    connector.start().ready_z()
    begun(flow, id)

    def join(member, title):
        flow.twinwire.provision(member)
        key = f"x.1@{member}"
        flow.wire.say("Event", member, key, flow.wire.decode(
            flow.encoded(1, title))[0] | {"uid": key, "publisher": member})
        flow.want[key] = title
    join(late, "First")
    flow.twinwire.until(lambda: flow.equal(id), "all of the one that joined")
    connector.stop()
    join(f"{late}-too", "Second")
    flow.twinwire.lose_state(connector)
    flow.twinwire.until(lambda: flow.equal(id), "and of the next one")
    assert not written(site, "Old")
