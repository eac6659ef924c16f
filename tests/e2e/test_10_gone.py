"""Goal of this test: what a site's editor puts into the trash stays there. The
next version of the event neither brings it back nor makes another one, and the
wire says so."""

from support.records import event


def test_the_editors_trash_stays_the_editors(
        twinwire, wordpress, rest_site, wire):
    wordpress.empty("tw_event", "tw_partnership")
    a = rest_site()
    twinwire.provision("alpha", "beta")
    twinwire.connector(
        twinwire.rest("alpha-register", "alpha", a, publish=[
            {"into": "events", "namespace": "r", "from": "beginning",
             "every": "1s"}]),
        twinwire.wordpress("beta-www", "beta", wordpress, subscribe=[
            {"topics": ["tw.events.*"], "from": "beginning"}])).start()

    a.put("events", "1", **event("Unwanted here"))
    a.put("events", "2", **event("Welcome"))
    twinwire.until(lambda: wordpress.count("tw_event") == 2, "both posts")
    post = next(p for p in wordpress.posts("tw_event")
                if p["title"]["raw"] == "Unwanted here")
    wordpress.clerk.trash("tw_event", post["id"])

    a.put("events", "1", **event("Unwanted here", "2027-05-13T13:00:00",
                                 "2027-05-13T15:00:00"))
    a.put("events", "2", **event("Welcome, moved"))

    def receipt():
        m = wire.latest("tw.receipts.beta").get("beta-www|r.1@alpha")
        return m and (m.value["state"], m.value["reason"])
    twinwire.until(lambda: receipt() == ("removed", "gone_there"),
                   "the receipt")
    twinwire.until(lambda: [p["title"]["raw"] for p in
                            wordpress.posts("tw_event")] == ["Welcome, moved"],
                   "the other event goes on")
    assert [p["id"] for p in wordpress.trashed("tw_event")] == [post["id"]]
