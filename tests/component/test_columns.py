"""Goal: a register that wants it sees what the other side says beside its own
row, in read-only columns that never come back as its own statement."""

from support.records import PAIR, claim


def test_the_other_side_s_word_beside_the_own_row(
        twinwire, wire, rest_site):
    site = rest_site()
    twinwire.provision(
        {"id": "col-a", "names": {"en": "A"},
         "speaks_for": {"cities": ["wd:Q914"]}},
        {"id": "col-b", "names": {"en": "B"},
         "speaks_for": {"cities": ["wd:Q92277"]}})
    twinwire.reconciler().start().ready_z()
    connector = twinwire.connector(twinwire.rest(
        "col-a-register", "col-a", site,
        subscribe=[{"topics": ["tw.partnerships"], "from": "beginning",
                    "as": "columns"}],
        publish=[{"into": "claims", "namespace": "register",
                  "from": "beginning", "every": "200ms"}]))
    connector.start().ready_z()
    site.put("claims", "12", **claim())

    def row():
        return site.items("claims")["12"]

    twinwire.until(lambda: PAIR in wire.latest("tw.partnerships"),
                   "the pair is merged")
    key = "col-b|register.1"
    other = claim(speaks_for="wd:Q92277", status="suspended",
                  statusSince="2022-03-23", registrar="col-b",
                  localId="register.1")
    wire.say("PartnershipClaim", "col-b", key, other)
    twinwire.until(
        lambda: (row().get("other_side_status"), row().get("other_side_since"))
        == ("suspended", "2022-03-23"), "the columns say what B says")
    wire.say("PartnershipClaim", "col-b", key, None)
    twinwire.until(lambda: row().get("other_side_status") is None,
                   "the columns are empty again")

    # Its own statement went out once, and the columns never did.
    site.polled(3, "claims")
    assert wire.ends()["tw.claims.col-a"] == 1
    assert set(site.items("claims")) == {"12"}
