"""A receiver of webhooks that verifies nothing itself: the tests do, with
libraries that share no line with Twinwire. Faults as for RestSite."""

from .rest_site import RestSite

PATH = "/hooks/in"


class Receiver(RestSite):
    def answer(self, r):
        return (200, {}) if (r.method, r.path) == ("POST", PATH) \
            else (404, {"error": "no such hook"})

    def attempts(self, type=None):
        """Every message that came, repeats too, in order."""
        return [r for r in self.writes(PATH)
                if type is None or r.json()["type"] == type]

    def taken(self):
        """What it answered 200 to, each id once: [(type, key, title)]."""
        ids, found = set(), []
        for r in self.attempts():
            if r.status != 200 or header(r, "webhook-id") in ids:
                continue
            ids.add(header(r, "webhook-id"))
            body = r.json()
            record = body["data"].get("record") or {}
            found.append((body["type"], body["data"].get("key"),
                          record.get("title", {}).get("en")))
        return found


def header(r, name):
    return {k.lower(): v for k, v in r.headers.items()}[name]
