"""What a system refuses for a minute waits in the state file, so that the log
can go on: once, whatever is said meanwhile and whoever starts again."""


def announce(flow, n, title, *for_whom):
    """Event N is the same as others."""
    flow.wire.write(flow.topic, flow.key(n), flow.encoded(
        n, title, sameAs=[flow.key(o) for o in for_whom]))
    flow.said += 1


def test_withdrawals_that_one_event_names_wait_once(flow, rest_site):
    """Each is connected with the other; neither has the other taken up
    again."""
    site, until = rest_site(), flow.twinwire.until
    connector = flow.twinwire.connector(flow.put(site))
    id = next(iter(flow.systems))
    flow.say_all([(1, "Day one"), (2, "Day two")])
    announce(flow, 3, "Both days", 1, 2)
    connector.start()
    flow.arrived(connector)
    site.fail(503, method="DELETE", times=None)
    flow.say_all([(1, None), (2, None)])
    until(lambda: flow.parked(connector, id) == 2, "they wait", 120)

    def goes_on():
        for _ in range(3):
            flow.say(flow.said, "Another one")
            until(lambda: len(flow.systems[id]()) == len(flow.want) + 2,
                  "others go on")

        def waits():
            c = flow.counts(connector, id)
            return (c["pending"], c["superseded"]) == (2, 0)
        until(waits, "two wait, each once")
    announce(flow, 3, "Both days, in May", 1, 2)
    goes_on()
    connector.stop()
    connector.start().ready_z()
    goes_on()
    site.recover()
    flow.want[flow.key(3)] = "Both days, in May"
    until(lambda: flow.equal(id), "both are gone, which shows the third")
    flow.arrived(connector)
