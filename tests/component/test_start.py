"""Goal: a connection that cannot start yet does not hold up those that run in
the same process, and what is told of it meanwhile is not missed."""

import json
import threading

import requests
from support.records import event

STEPS = 12


def delay(wire, slow_registry, topic, key):
    """Whoever reads TOPIC needs schemas that come slowly."""
    for n in range(STEPS):
        schema = {"type": "record", "name": f"Other{n}",
                  "namespace": "org.example", "fields": []}
        id = wire.register(f"other-{n}", schema)
        slow_registry.slow[str(id)] = threading.Event()
        wire.write(topic, f"{key}{n}", b"\0" + id.to_bytes(4, "big"))


def test_the_others_go_on_while_one_starts(
        twinwire, wire, rest_site, slow_registry):
    """What the log of the one says needs a dozen schemas, each of which comes
    only once the other has delivered a further record: without that, each
    would cost a start's whole patience."""
    twinwire.provision("says", "quick", "slow")
    delay(wire, slow_registry, "tw.status.slow", "other-")
    site, other = rest_site(), rest_site()
    what = {"subscribe": [{"topics": ["tw.events.says"],
                           "from": "beginning"}]}
    connector = twinwire.connector(
        twinwire.rest("quick-site", "quick", site, **what),
        twinwire.rest("slow-site", "slow", other, **what),
        registry={"url": slow_registry.url, "insecure_http": True}).start()
    for n, (id, answered) in enumerate(slow_registry.slow.items()):
        twinwire.until(lambda id=id: id in slow_registry.asked,
                       f"schema {n} is asked for")
        key = f"site.{n}@says"
        wire.say("Event", "says", key,
                 event(f"Event {n}", uid=key, publisher="says"))
        twinwire.until(
            lambda n=n: len(site.items("events")) == n + 1,
            f"record {n} arrives while the other waits")
        assert not answered.is_set() and "slow-site: not started" in \
            requests.get(f"http://127.0.0.1:{connector.admin_port}/readyz",
                         timeout=5).text
        answered.set()
    connector.ready_z()
    twinwire.until(lambda: len(other.items("events")) == STEPS,
                   "the late one has all")
    patience_lost = [line for line in connector.text().splitlines()
                     if "waiting for the schema registry" in line]
    assert len(patience_lost) < STEPS / 2, json.dumps(patience_lost)


def test_a_twin_that_is_quicker_to_start_is_heard(
        twinwire, wire, rest_site, slow_registry):
    """Two with a state file each, at the same time: the one whose first status
    stands behind the other's gives way, also if that came while it started."""
    twinwire.provision("says", "gets")
    delay(wire, slow_registry, "tw.control.gets", "other-")
    site = rest_site()
    file = twinwire.rest("its-site", "gets", site, subscribe=[
        {"topics": ["tw.events.says"], "from": "beginning"}])
    slow = twinwire.connector(
        file, registry={"url": slow_registry.url, "insecure_http": True})
    twinwire.daemons.remove(slow)
    slow.launch()
    try:
        twinwire.until(lambda: slow_registry.asked, "it is at its start")
        quick = twinwire.connector(file, name="quick").start()
        # Within the five seconds that the other's start is patient: else that
        # begins again, and sees it at once.
        twinwire.until(lambda: wire.latest("tw.status.gets"), "it has told")
        for answered in slow_registry.slow.values():
            answered.set()
        twinwire.until(
            lambda: "began earlier is at work again" in slow.text() or
            "waiting until it has been silent" in slow.text(),
            f"the slow one gives way: {slow.tail()}")
        quick.ready_z()
    finally:
        slow.kill()
