"""F8: librdkafka's producer declares itself dead, as it does where it cannot
tell any more what it has written. The process leaves and says why; the next one
loses nothing, makes nothing twice, and publishes all there is."""

import os

import pytest
from support.both_ways import BothWays

IDEMPOTENT = {"enable.idempotence": True}


@pytest.mark.crashing
@pytest.mark.parametrize("more", [{}, IDEMPOTENT], ids=["plain", "idempotent"])
def test_f08_the_producer_turns_fatal(twinwire, wire, rest_site, rng, more):
    line = BothWays(twinwire, wire, rest_site(), rng, kafka={
        "brokers": twinwire.brokers} | more)
    line.goes_on()
    for nth in 1, rng.randrange(2, 20), rng.randrange(20, 60):
        line.connector.stop()
        line.connector.env = os.environ | {
            "TW_CRASH_AT": f"producer_fatal:{nth}"}
        line.connector.launch()
        line.say(60)
        line.announce(30)
        assert line.connector.wait(60) == 1, line.connector.tail()
        assert "Kafka producer: " in line.connector.tail(3)
        line.connector.env = None
        line.connector.start().ready_z()
        line.goes_on()
