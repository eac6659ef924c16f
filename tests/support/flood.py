"""A member who writes as fast as it can: a process of its own, or whoever
measures beside it would wait for this one's interpreter.

Started by Flood; stdin: a line of JSON {client, topic, key, raw, vary}, and the
end is the end of the flood; stdout: {slowed}, how often a broker slowed it."""

import itertools
import json
import subprocess
import sys
import threading

from confluent_kafka import Producer

from .process import ROOT

NUMBER = b"00000000"  # becomes that of the message, in key and value
QUEUE_KIB = 1024


class Flood:
    """KEY and RAW with every NUMBER in them replaced, and with VARY the four
    bytes behind the first (a schema id): while it is entered."""

    def __init__(self, client, topic, key, raw, vary=False):
        self.order = {"client": client, "topic": topic, "key": key.hex(),
                      "raw": raw.hex(), "vary": vary}
        self.slowed = 0

    def __enter__(self):
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "support.flood"], cwd=ROOT / "tests",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.popen.stdin.write(json.dumps(self.order) + "\n")
        self.popen.stdin.flush()
        assert self.popen.stdout.readline() == "begun\n"
        return self

    def __exit__(self, *_):
        out, _ = self.popen.communicate(timeout=60)
        self.slowed = json.loads(out)["slowed"]


def flood(order, is_over):
    slowed = []
    producer = Producer(order["client"] | {
        "queue.buffering.max.kbytes": QUEUE_KIB, "linger.ms": 5,
        "throttle_cb": slowed.append})
    key, raw = (bytes.fromhex(order[k]) for k in ("key", "raw"))
    for n in itertools.count():
        number = b"%08d" % n
        value = raw.replace(NUMBER, number)
        if order["vary"]:
            value = value[:1] + (1_000_000 + n).to_bytes(4, "big") + value[5:]
        while not is_over.is_set():
            try:
                producer.produce(order["topic"], value,
                                 key=key.replace(NUMBER, number))
                break
            except BufferError:
                producer.poll(0.1)
        if is_over.is_set():
            break
        if n % 100 == 0:
            producer.poll(0)
    producer.purge()
    producer.flush(30)
    return len(slowed)


def main():
    order = json.loads(sys.stdin.readline())
    is_over = threading.Event()

    def wait():
        sys.stdin.read()
        is_over.set()
    threading.Thread(target=wait, daemon=True).start()
    print("begun", flush=True)
    print(json.dumps({"slowed": flood(order, is_over)}))


if __name__ == "__main__":
    main()
