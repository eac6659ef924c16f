"""Goal: `give_up_after` counts over restarts. A connector that is started anew
each night gives up on a record as one that runs all the time does."""

from support.flow import written


def test_a_record_is_given_up_on_by_many_short_lives(flow, rest_site):
    """The clock runs while others arrive, at most a thirtieth of
    `give_up_after` between two of them: no life here has a half of it."""
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site, limits={
        "timeout_s": 5, "rate_per_s": 5000, "give_up_after": "2s"}))
    connector.start().ready_z()
    site.fail(503, times=None, when=lambda r: r.is_write
              and b"Panel" in (r.body or b""))
    flow.say(0, "Panel")

    def is_parked():
        return [m for m in flow.wire.latest(
            f"tw.receipts.{flow.reader}").values()
            if m.value["state"] == "pending"]
    flow.twinwire.until(is_parked, "parked", 120)
    for life in range(60):
        connector.stop()
        connector.start()
        for _ in range(10):
            n = flow.said
            flow.say(n, f"Event {n}!")
            flow.twinwire.until(lambda n=n: written(site, f"Event {n}!"),
                                "others arrive")
        if flow.letters():
            break
    assert life > 1 and len(flow.letters()) == 1
    del flow.want[flow.key(0)]
    flow.arrived(connector)
