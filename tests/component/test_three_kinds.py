"""Goal: a connection that publishes events, claims and organizations keeps
them apart: each entry is on the wire once, whole listings withdraw nothing."""

from support.records import claim, event


def test_each_entry_goes_out_once(twinwire, wire, rest_site):
    site = rest_site()
    twinwire.provision({"id": "three-kinds", "names": {"en": "Three"}})
    connector = twinwire.connector(twinwire.rest(
        "three-kinds-site", "three-kinds", site, publish=[
            {"into": into, "namespace": "site", "from": "beginning",
             "every": "200ms"}
            for into in ("events", "claims", "organizations")]))
    for n in range(40):
        site.put("claims", f"c{n}", **claim(
            b={"id": f"wd:Q{1000 + n}", "country": "CN",
               "names": {"en": f"City {n}"}}))
    for n in range(3):
        site.put("events", f"e{n}", **event(f"Event {n}"))
    site.put("organizations", "three-kinds", record={
        "id": "org:three-kinds", "names": {"en": "Three"},
        "kind": "association", "country": "RU"})
    connector.start().ready_z()

    def ends():
        return [wire.ends()[f"tw.{kind}.three-kinds"]
                for kind in ("events", "claims", "organizations")]

    twinwire.until(lambda: ends() == [3, 40, 1], "all of it is on the wire")
    # A start lists everything whole.
    for _ in range(2):
        connector.stop()
        connector.start().ready_z()
        for kind in ("events", "claims", "organizations"):
            site.polled(3, kind)
    assert ends() == [3, 40, 1]
    announced = ('twinwire_records{connection="three-kinds-site",'
                 'state="announced"}')
    assert connector.metrics()[announced] == 44
