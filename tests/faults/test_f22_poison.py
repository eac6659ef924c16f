"""F22: poison on the wire, a million messages of it. Each becomes a dead letter
with its exact bytes, key and headers; good records in between arrive; memory
stays flat."""

import os
import struct

import pytest
from support.records import RECURSIVE, long

POISON = int(os.environ.get("TWINWIRE_POISON", 1_000_000))
GOOD_EVERY = 10_000
WARM = POISON // 10
RSS_MORE_KB = 16 * 1024


def kinds(flow, rng):
    """Functions that make a message's bytes: what a broken or hostile program
    may write."""
    good = flow.encoded(0, "Panel")
    head = good[:5]
    nested = struct.pack(">bI", 0, flow.wire.register("hostile", RECURSIVE))

    def flipped():
        raw = bytearray(good)
        raw[rng.randrange(5, 40)] ^= 0xff
        return bytes(raw[:rng.randrange(40, len(raw))])
    # The last is dear, and rare.
    return [
        lambda: rng.randbytes(rng.randrange(0, 200)),
        lambda: good[:rng.randrange(6, len(good) - 1)],
        lambda: b"\1" + good[1:],
        lambda: good + b"\0",
        lambda: head + long(10**9) + b"x",
        lambda: head + b"\xff" * 40,
        lambda: good.replace(b"\x0aPanel", b"\x0aP\xff\xfeel"),
        lambda: struct.pack(">bI", 0, 900_000_000) + good[5:],
        flipped,
        lambda: b"",
        lambda: nested + b"\x02" * 50_000,
    ]


def test_f22_a_million(flow, rest_site, rng):
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site, limits={
        "timeout_s": 5, "rate_per_s": 5000,
        "dead_kib_per_s": 0})).start().ready_z()
    id = f"{flow.reader}-put"
    make = kinds(flow, rng)
    sample, resident, good = {}, [], 0
    for first in range(0, POISON, GOOD_EVERY):
        for n in range(first, min(first + GOOD_EVERY, POISON)):
            raw = make[-1 if n % 1000 == 0 else n % (len(make) - 1)]()
            # Half of them under a key of a record, half under none that is.
            key = flow.key(f"bad-{n % 20_000}") if n % 2 else f"bad {n}"
            if n % 5000 < 20 and raw:
                sample[flow.said] = (key, raw)
            flow.wire.write_later(flow.topic, key, raw)
            flow.said += 1
        flow.say(f"good-{first}", f"Good {first}")
        good += 1
        if flow.said - GOOD_EVERY * 3 > 0:
            flow.twinwire.until(lambda: flow.counts(connector, id)["consumed"]
                                >= flow.said - GOOD_EVERY * 3,
                                "it keeps up", 120)
        if flow.said > WARM:
            resident.append(connector.resident_kb())
    flow.arrived(connector, timeout_s=300)
    counts = flow.counts(connector, id)
    print(f"{POISON} poison messages: {counts}, resident kB from a tenth on: "
          f"{resident[::len(resident) // 9 or 1]}, most {max(resident)}")
    assert max(resident) - resident[0] < RSS_MORE_KB
    # A newer version of a poisoned record takes the place of one that waits.
    assert counts["dead_lettered"] + counts["superseded"] == POISON
    letters = seen = 0
    for m in flow.wire.each(flow.dead, decode=False):
        letters += 1
        key, raw = sample.get(int(m.headers["tw_offset"]), (None, None))
        if raw is not None:
            seen += 1
            assert m.raw == raw
            if key.endswith(f"@{flow.writer}"):
                assert m.key == f"{id}|{key}"
    assert letters == counts["dead_lettered"]
    assert seen > len(sample) / 2


@pytest.mark.fast
def test_f22_bytes_key_and_headers_are_kept(flow, rest_site):
    connector = flow.twinwire.connector(
        flow.put(rest_site())).start().ready_z()
    raw = flow.encoded(1, "Panel")[:30]
    flow.wire.write(flow.topic, flow.key(1), raw,
                    {"ce_id": b"7", "traceparent": b"\xff\x00"})
    flow.said += 1
    flow.say(2, "Concert")
    flow.arrived(connector)
    [letter] = flow.letters()
    assert letter.raw == raw
    assert letter.headers["ce_id"] == "7"
    assert "traceparent" in letter.headers


@pytest.mark.fast
def test_f22_garbage_under_anothers_key(flow, rest_site):
    """Who writes what cannot be read, under a key that another member owns,
    touches nothing of that member's record."""
    other = f"third-{flow.writer}"
    flow.twinwire.provision(flow.writer, flow.reader, other)
    connector = flow.twinwire.connector(flow.put(rest_site(), subscribe=[{
        "topics": [flow.topic, f"tw.events.{other}"],
        "from": "beginning"}])).start().ready_z()
    id = f"{flow.reader}-put"
    receipt = f"{id}|{flow.key(1)}"

    def told():
        all = flow.wire.latest(f"tw.receipts.{flow.reader}")
        return receipt in all and all[receipt].value
    flow.say(1, "Panel")
    flow.arrived(connector)
    before = flow.twinwire.until(told, "the receipt")
    assert (before["state"], before["topic"]) == ("delivered", flow.topic)
    for key in flow.key(1), flow.key(2):
        flow.wire.write(f"tw.events.{other}", key, b"nothing of the wire's")
        flow.said += 1
    flow.arrived(connector)
    letters = flow.twinwire.until(
        lambda: len(flow.letters()) == 2 and flow.letters(), "the letters")
    assert [m.key for m in letters] == [
        f"{id}|tw.events.{other}:0:{n}" for n in range(2)]
    assert [m.headers["tw_key"] for m in letters] == [
        flow.key(1), flow.key(2)]
    # Its record is as it was, and goes on; so does one that comes later.
    flow.say_all([(1, "Moved"), (2, "Concert")])
    flow.arrived(connector)
    after = flow.twinwire.until(
        lambda: told()["offset"] == 1 and told(), "the next receipt")
    assert (after["state"], after["topic"]) == ("delivered", flow.topic)
    said = [m.value for m in flow.wire.read(f"tw.receipts.{flow.reader}")]
    assert {(r["topic"], r["state"]) for r in said
            if r["recordKey"] in (flow.key(1), flow.key(2))} == {
                (flow.topic, "delivered")}


@pytest.mark.fast
def test_f22_alone_in_the_log_since_the_last_stop(flow, rest_site):
    """Nothing else makes a reader look at it twice."""
    connector = flow.twinwire.connector(flow.put(rest_site()))
    flow.say(1, "Panel")
    connector.start()
    flow.arrived(connector)
    connector.stop()
    raw = flow.encoded(2, "Concert")[:30]
    flow.wire.write(flow.topic, flow.key(2), raw)
    flow.said += 1
    connector.start().ready_z()
    flow.arrived(connector)
    assert [m.raw for m in flow.letters()] == [raw]
