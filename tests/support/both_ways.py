"""A connector under load in both directions: a flow into a site that makes its
own ids, which also has news of its own."""

from .flow import Flow, numbered, twice
from .records import event


class BothWays:
    def __init__(self, twinwire, wire, site, rng, **settings):
        self.flow = Flow(twinwire, wire)
        self.site, self.rng = site, rng
        self.own = {}
        self.topic = f"tw.events.{self.flow.reader}"
        self.id = f"{self.flow.reader}-find"
        self.connector = twinwire.connector(self.flow.find(site, publish=[
            {"into": "events", "namespace": "s", "from": "beginning",
             "every": "200ms"}]), **settings).start().ready_z()

    def say(self, n):
        self.flow.say_all(numbered(self.rng, self.flow.said, n))

    def announce(self, n):
        for _ in range(n):
            id = f"own-{len(self.own)}"
            self.own[id] = f"Own {len(self.own)}"
            self.site.put("events", id, record=event(self.own[id]))

    def published(self):
        return {m.key: m.value["title"]["en"] for m in
                self.flow.wire.latest(self.topic).values()}

    def all_published(self):
        return self.published() == {
            f"s.{id}@{self.flow.reader}": t for id, t in self.own.items()}

    def n_published(self):
        """What the connector itself counts."""
        label = f'{{connection="{self.id}"}}'
        return self.connector.metrics()[f"twinwire_published_total{label}"]

    def goes_on(self):
        self.say(30)
        self.announce(10)
        self.arrived()

    def arrived(self):
        self.flow.twinwire.until(self.all_published, "published", 120)
        self.flow.arrived(self.connector, timeout_s=120)
        assert twice(self.site) == {}
        assert self.flow.letters() == []
