"""Goal of this test: a partnership has two sides. A states it, B confirms it,
B suspends it; everybody sees who said what, and a third party's word changes
nothing but a report."""

from support.records import JILIN, PAIR, VOLGOGRAD, claim

SUBSCRIBE = {"topics": ["tw.partnerships"], "from": "beginning"}
PUBLISH = {"into": "claims", "from": "beginning", "every": "1s",
           "namespace": "register"}
MEMBERS = [
    {"id": "volgograd", "speaks_for": {"cities": ["wd:Q914"]}},
    {"id": "cpaffc", "speaks_for": {"countries": ["CN"]}},
    {"id": "stranger", "speaks_for": {"countries": ["KZ"]}},
]


def the_partnership(site):
    found = list(site.items("partnerships").values())
    assert len(found) <= 1
    return found[0] if found else {}


def test_two_sides_of_one_partnership(twinwire, wordpress, rest_site, wire):
    wordpress.empty("tw_event", "tw_partnership")
    a, b, c = rest_site(), rest_site(), rest_site()
    twinwire.provision(*MEMBERS)
    both = {"subscribe": [SUBSCRIBE], "publish": [PUBLISH]}
    connector = twinwire.connector(
        twinwire.rest("volgograd-register", "volgograd", a, **both),
        twinwire.rest("cpaffc-register", "cpaffc", b, **both),
        twinwire.rest("stranger-register", "stranger", c, **both),
        twinwire.wordpress("stranger-www", "stranger", wordpress,
                           subscribe=[SUBSCRIBE])).start()
    reconciler = twinwire.reconciler().start()

    def status(site, want, **more):
        def seen():
            p = the_partnership(site)
            return p and p["status"] == want and all(
                p[k] == v for k, v in more.items()) and p
        return twinwire.until(seen, f"{want} {more}")

    def in_wordpress(text):
        twinwire.until(
            lambda: any(text in p["content"]["rendered"] or
                        text in p["title"]["rendered"]
                        for p in wordpress.posts("tw_partnership")),
            f"{text!r} in WordPress")

    a.put("claims", "7", **claim(VOLGOGRAD, JILIN))
    status(a, "unconfirmed")
    b.put("claims", "j-12", **claim(JILIN, VOLGOGRAD))
    for site in (a, b):
        p = status(site, "active")
        assert {s["cityId"]: s["registrar"] for s in p["sides"]} == {
            "wd:Q914": "volgograd", "wd:Q92277": "cpaffc"}
    in_wordpress("confirmed by both")

    b.put("claims", "j-12", status="suspended", statusSince="2022-03-23")
    p = status(a, "suspended", unilateral=True)
    assert [(s["registrar"], s["status"], s["since"]) for s in p["sides"]
            if s["status"] == "suspended"] == [
                ("cpaffc", "suspended", "2022-03-23")]

    c.put("claims", "x", **claim(VOLGOGRAD, JILIN, speaks_for="",
                                 status="terminated"))
    p = twinwire.until(
        lambda: (lambda q: q.get("reports") and q)(the_partnership(a)),
        "the third party's report")
    assert p["status"] == "suspended"
    assert [(r["registrar"], r["status"]) for r in p["reports"]] == [
        ("stranger", "terminated")]

    b.put("claims", "j-12", status="active", statusSince="")
    status(a, "active", unilateral=False)
    kinds = [m.value["kind"] for m in wire.read("tw.notices")
             if m.value["pairKey"] == PAIR]
    assert kinds == ["recorded", "confirmed", "suspended", "resumed"]
    assert connector.running and reconciler.running
