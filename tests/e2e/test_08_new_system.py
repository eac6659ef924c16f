"""Goal of this test: a kind of system that no line of C knows - here one that
makes its own ids, so that an answer that never came can only be settled by a
look-up - is joined by a YAML file, in both directions, each record once."""

from support.records import event

EVENTS = {"topics": ["tw.events.*"], "from": "beginning"}
PUBLISH = {"into": "events", "from": "beginning", "every": "1s"}


def test_a_system_that_makes_its_own_ids(twinwire, rest_site):
    a, b = rest_site(), rest_site()
    twinwire.provision("alpha", "beta")
    twinwire.connector(
        twinwire.rest("alpha-register", "alpha", a, subscribe=[EVENTS],
                      publish=[PUBLISH | {"namespace": "r"}]),
        twinwire.connection(
            "beta-shop", "beta", "rest-post", b.url, b.USER, b.PASSWORD,
            subscribe=[EVENTS], publish=[PUBLISH | {"namespace": "s"}]),
    ).start()

    def ours():
        return [i for i in b.items("events").values()
                if i.get("marker") == "beta-shop/r.7@alpha"]

    def titles():
        return [i["record"]["title"]["en"] for i in ours()]

    # Made, but nobody was told: looked up, not made again.
    b.fail(close=True, commit=True, method="POST")
    a.put("events", "7", **event("From A"))
    twinwire.until(lambda: titles() == ["From A"], "the event")
    a.put("events", "7", **event("From A, moved", "2027-05-13T13:00:00",
                                 "2027-05-13T15:00:00"))
    twinwire.until(lambda: titles() == ["From A, moved"], "the update")
    assert len(b.requests("POST")) == 1

    b.put("events", "own", record=event("From B"))
    twinwire.until(
        lambda: [i["title"]["en"] for k, i in a.items("events").items()
                 if k == "alpha-register/s.own@beta"] == ["From B"],
        "the event of the new system")

    a.trash("events", "7")
    twinwire.until(lambda: not ours(), "the withdrawal")
    assert len(b.items("events")) == 1
    b.trash("events", "own")
    twinwire.until(lambda: not a.items("events"), "the other withdrawal")
