"""Goal of this test: what the other side says stands as read-only columns
beside the member's own row, is emptied when it is withdrawn, and is never taken
for the member's own statement."""

from support.records import JILIN, PAIR, VOLGOGRAD, claim

PUBLISH = {"into": "claims", "namespace": "r", "from": "beginning",
           "every": "1s"}


def test_the_other_side_beside_ones_own_row(twinwire, rest_site, wire):
    a, b = rest_site(), rest_site()
    twinwire.provision(
        {"id": "volgograd", "speaks_for": {"cities": [VOLGOGRAD["id"]]}},
        {"id": "cpaffc", "speaks_for": {"countries": ["CN"]}})
    twinwire.connector(
        twinwire.rest(
            "volgograd-register", "volgograd", a, publish=[PUBLISH],
            config={"portal_url": "https://wire.example"},
            subscribe=[{"topics": ["tw.partnerships"], "as": "columns",
                        "from": "beginning"}]),
        twinwire.rest("cpaffc-register", "cpaffc", b, publish=[PUBLISH]),
    ).start()
    twinwire.reconciler().start()

    def row():
        return a.items("claims")["7"]

    a.put("claims", "7", **claim(VOLGOGRAD, JILIN))
    twinwire.until(lambda: PAIR in wire.latest("tw.partnerships"), "the pair")
    b.put("claims", "12", **claim(JILIN, VOLGOGRAD, statusSince="1994"))
    twinwire.until(lambda: row().get("other_side_status") == "active",
                   "the other side's status")
    assert row()["other_side_since"] == "1994"
    assert row()["wire_url"].startswith("https://wire.example/partnerships/wd")
    assert row()["status"] == "active" and row()["a"] == VOLGOGRAD
    assert list(a.items("claims")) == ["7"] and not a.items("partnerships")

    ends = wire.ends("tw.claims.")
    b.put("claims", "12", status="suspended")
    twinwire.until(lambda: row()["other_side_status"] == "suspended",
                   "the change")
    b.trash("claims", "12")
    twinwire.until(lambda: row()["other_side_status"] is None, "emptied")
    a.polled(3, "/claims")
    assert wire.ends("tw.claims.")["tw.claims.volgograd"] == \
        ends["tw.claims.volgograd"], "our columns went out as a statement"
