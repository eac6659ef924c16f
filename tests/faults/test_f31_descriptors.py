"""F31: no file descriptor is left for a while. The process waits and goes on."""

import os
import resource

from support.flow import numbered, twice


def say(flow, rng, n):
    flow.say_all(numbered(rng, flow.said, n))


def right(flow, connector, site):
    flow.arrived(connector)
    assert twice(site) == {}
    assert flow.letters() == []


def test_f31_out_of_descriptors(flow, rest_site, rng):
    site = rest_site()
    connector = flow.twinwire.connector(flow.find(site)).start().ready_z()
    _, hard = resource.prlimit(connector.pid, resource.RLIMIT_NOFILE)
    used = len(os.listdir(f"/proc/{connector.pid}/fd"))
    resource.prlimit(connector.pid, resource.RLIMIT_NOFILE, (used, hard))
    say(flow, rng, 100)
    # Nothing can be asked of the site, or over what is open already.
    flow.twinwire.until(
        lambda: flow.wire.ends_of(flow.topic)[flow.topic] == flow.said,
        "the wire has them")
    resource.prlimit(connector.pid, resource.RLIMIT_NOFILE, (hard, hard))
    right(flow, connector, site)
    assert connector.running
