"""Goal: a site that answers 404 to everything, as after an update that lost its
plugin, has lost no item: nothing is taken for gone, removed or refused. Where
the site is well, a 404 is word about its item, and one look at the site serves
for many of them."""

import pytest

from support.flow import Flow


@pytest.fixture
def flow(twinwire, wire):
    return Flow(twinwire, wire)


def status(flow, name):
    return flow.wire.latest(f"tw.status.{flow.reader}")[
        f"{flow.reader}-{name}"].value


def receipts(flow):
    return {k: (m.value["state"], m.value["reason"]) for k, m in
            flow.wire.latest(f"tw.receipts.{flow.reader}").items()}


def test_a_site_without_its_pages_loses_no_item(flow, rest_site):
    put, find = rest_site(), rest_site()
    connector = flow.twinwire.connector(
        flow.put(put, max_change="off"), flow.find(find, max_change="off"))
    connector.start().ready_z()
    flow.say_all([(1, "Forum"), (2, "Panel"), (3, "Concert")])
    flow.arrived(connector)
    for site in (put, find):
        site.fail(404, times=None)
    flow.say_all([(1, "Forum moved"), (2, None), (4, "Fair")])
    for name in ("put", "find"):
        flow.twinwire.until(
            lambda name=name: (status(flow, name)["state"],
                               status(flow, name)["reason"])
            == ("paused", "stopped_by_site"), f"{name}: stopped")
    for site in (put, find):
        site.recover()
    flow.arrived(connector)  # the withdrawn one is gone, the new one there
    assert flow.letters() == []
    assert not [r for r in receipts(flow).values()
                if r[0] == "refused" or r[1] == "gone_there"]


def test_many_that_are_not_there_need_no_look_each(flow, rest_site):
    site = rest_site()
    connector = flow.twinwire.connector(flow.find(site, max_change="off"))
    connector.start().ready_z()
    flow.say_all([(n, f"Event {n}") for n in range(40)])
    flow.arrived(connector)
    with site.lock:  # a clerk cleans up
        site.collections["events"].clear()
    probes = len(site.reads("/whoami"))
    flow.say_all([(n, f"Event {n} again") for n in range(40)])
    flow.twinwire.until(
        lambda: flow.law(connector, f"{flow.reader}-find"), "all are final")
    flow.twinwire.until(
        lambda: list(receipts(flow).values()) == [("removed", "gone_there")] * 40,
        "the receipts say so")
    assert site.items("events") == {} and flow.letters() == []
    assert len(site.reads("/whoami")) - probes < 20
