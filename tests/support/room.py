"""A member whose site publishes events and takes those of another, and the
orders an operator gives to its connection."""

import itertools
import time

from .records import event
from .twinwire import Twinwire

numbers = itertools.count(1)


class Room:
    """A member whose site publishes events and takes those of another."""

    def __init__(self, twinwire: Twinwire, wire, site, **more):
        self.twinwire, self.wire, self.site = twinwire, wire, site
        n = next(numbers)
        self.id, self.other = f"ruled-{n}", f"speaker-{n}"
        self.name = f"{self.id}-site"
        twinwire.provision(self.id, self.other)
        more = {
            "publish": [{"into": "events", "namespace": "site",
                         "from": "beginning", "every": "200ms"}],
            "subscribe": [{"topics": [f"tw.events.{self.other}"],
                           "from": "beginning"}]} | more
        self.connector = twinwire.connector(
            twinwire.rest(self.name, self.id, site, **more),
            name=f"of-{self.id}")

    def published(self):
        return {v.value["title"]["en"] for v in
                self.wire.latest(f"tw.events.{self.id}").values()}

    def status(self):
        return self.wire.latest(f"tw.status.{self.id}")[self.name].value

    def until_published(self, *titles):
        self.twinwire.until(lambda: self.published() == set(titles),
                            f"published: {titles}")

    def orders(self):
        """Every message of the control topic."""
        return self.wire.read(f"tw.control.{self.id}")

    def write_order(self, id, action, expires_in_s=600, **more):
        now = int(time.time() * 1000)
        schema = self.wire.latest_id("org.twinwire.v1.Command")
        raw = self.wire.encode(schema, {
            "id": id, "connection": self.name, "action": action,
            "arguments": {}, "planId": "", "by": "witness", "at": now,
            "expires": now + expires_in_s * 1000, "outcome": "",
            "outcomeText": "", "effectiveAt": None} | more)
        self.wire.write(f"tw.control.{self.id}", id, raw)

    def write_status(self, member, connection, **more):
        """The status of this connection as MEMBER's own one of that name."""
        schema = self.wire.latest_id("org.twinwire.v1.Status")
        self.wire.write(f"tw.status.{member}", connection, self.wire.encode(
            schema, self.status() | {"connection": connection} | more))

    def outcome(self, id):
        return self.wire.latest(f"tw.control.{self.id}")[id].value["outcome"]

    def refused(self, *args):
        """`twinwire ARGS` on this wire: it must not work. What it said."""
        out = self.twinwire.run(args[0], "--brokers", self.wire.brokers,
                                "--registry", self.twinwire.registry_url,
                                *args[1:])
        assert out.returncode == 1, out.stdout
        return out

    # What the other member says, and what comes of it here.

    def key_of(self, local_id):
        return f"site.{local_id}@{self.other}"

    def say(self, local_id, title, **more):
        key = self.key_of(local_id)
        self.wire.say("Event", self.other, key, event(
            title, uid=key, publisher=self.other, **more))

    def unsay(self, local_id):
        self.wire.say("Event", self.other, self.key_of(local_id), None)

    def got(self):
        """Titles of what came from the wire."""
        return {item["title"]["en"]
                for id, item in self.site.items("events").items()
                if "/" in id}

    def until_got(self, *titles):
        self.twinwire.until(lambda: self.got() == set(titles),
                            f"got: {titles}")

    def plan(self):
        """The plan that waits, once there is one."""
        return self.twinwire.until(lambda: self.status()["plan"], "a plan")

    def approve(self, plan):
        assert self.twinwire.cli("approve", self.name, plan["id"]).startswith(
            "done")
