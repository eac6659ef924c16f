"""One wire for several files of tests: a member that speaks, one that listens,
and all that was said so far."""

from .compose import Compose
from .records import event

DAEMONS = ["reconciler", "portal", "connector-volgograd", "connector-mag"]
SERVERS = ["kafka", "registry", "door"]


class Story:
    """A wire with a member that speaks and one that listens."""

    def __init__(self, docker, folder):
        self.compose = Compose(docker, folder, "one")
        self.speaker = self.compose.join("volgograd")
        self.listener = self.compose.join("mag")
        self.compose.prepare()
        self.compose.up()
        self.said = []

    def say(self, title):
        """The clerk enters an event; it arrives everywhere."""
        id = f"e{len(self.said) + 1}"
        self.speaker.put("events", id, **event(title))
        self.said.append(title)
        self.arrived()

    def titles(self, site):
        return sorted(i["title"]["en"] for i in site.items("events").values())

    def shown(self):
        answer = self.compose.portal("/api/v1/events", limit=100)
        return sorted(e["record"]["title"]["en"]
                      for e in answer.json()["items"])

    def arrived(self, *sites):
        """Everything that was said, once, at the other member and in the
        portal."""
        for site in [self.listener, *sites]:
            self.compose.until(
                lambda site=site: self.titles(site) == sorted(self.said),
                f"{self.said} on the other's site; it has "
                f"{self.titles(site)}")
        self.compose.until(lambda: self.shown() == sorted(self.said),
                           "the same in the portal")
