"""F30: too little memory. The connector leaves with a sentence, whatever it was
doing, and nothing is lost: with more memory it goes on."""

from support.flow import numbered, twice

MB = 1024 * 1024

def test_f30_a_limit_of_the_address_space(flow, rest_site, rng):
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site))
    argv = connector.argv
    flow.twinwire.daemons.remove(connector)
    flow.say_all(numbered(rng, 0, 300))
    ends = {}
    for mb in list(range(80, 400, 16)):
        connector.argv = ["prlimit", f"--as={mb * MB}", *argv]
        connector.launch()
        try:
            ends[mb] = connector.wait(4)
        except Exception:  # noqa: BLE001 (it has enough)
            ends[mb] = None
            connector.kill()
        if ends[mb] not in (None, 1):
            print(mb, ends[mb], connector.tail(4))
    print(ends)
    connector.argv = argv
    connector.start()
    flow.arrived(connector)
    assert twice(site) == {}
    assert set(ends.values()) <= {None, 1}
