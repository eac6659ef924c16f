"""Goal of this test: 2,384 real changes of events, replayed through one
member's register into a real WordPress with a kill -9 of the connector in the
middle, end in exactly the posts that the changes end in, none twice."""

import hashlib
import html
from datetime import date, timedelta

from support.records import changes, event

CHANGES_A_POLL = 80
# What a poll passed over as items moved between its pages, on a machine slower
# than the overlap, the next listing of the whole finds: every 5 minutes.
WHOLE_S = 400


def local_id(change):
    """The key of the data is (list, url)."""
    text = f"{change['list']} {change['url']}"
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def as_event(change):
    """A conference of whole days; the wire's end is the day after the last."""
    last = date.fromisoformat(change.get("end") or change["start"])
    online = change.get("online", False)
    city = ", ".join(filter(None, (change.get("city"),
                                   change.get("country"))))
    return event(
        change["name"], change["start"], str(last + timedelta(days=1)),
        kind="congress", tz="", url=change["url"],
        attendance="online" if online else "offline",
        places=[{"city": {"id": "", "country": "", "names": {"en": city}}}])


def test_a_year_of_changes_with_a_kill_in_the_middle(
        twinwire, wordpress, rest_site, wire):
    wordpress.empty("tw_event", "tw_partnership")
    a = rest_site()
    twinwire.provision("alpha", "beta")
    connector = twinwire.connector(
        twinwire.rest("alpha-register", "alpha", a, publish=[
            {"into": "events", "namespace": "r", "from": "beginning",
             "every": "1s"}]),
        twinwire.wordpress("beta-www", "beta", wordpress, subscribe=[
            {"topics": ["tw.events.*"], "from": "beginning"}])).start()

    live, batches = {}, 0
    todo = changes()
    middle = len(todo) // 2 // CHANGES_A_POLL
    while todo:
        batch, todo = todo[:CHANGES_A_POLL], todo[CHANGES_A_POLL:]
        for change in batch:
            id = local_id(change)
            if change["op"] != "delete":
                live[id] = a.put("events", id, **as_event(change))
            elif live.pop(id, None):
                a.trash("events", id)
        batches += 1
        if batches == middle:
            # While it writes, wherever that is.
            posts = wordpress.count("tw_event")
            twinwire.until(lambda: wordpress.count("tw_event") != posts,
                           "work under way")
            connector.kill()
            connector.start()
        a.polled(1, "/events")
    assert len(live) == 696

    def uids():
        return sorted(m.key for m in
                      wire.latest("tw.events.alpha").values())
    twinwire.until(lambda: len(uids()) == 696, "the wire's end state", WHOLE_S)
    want = sorted(
        (e["title"]["en"].strip(), e["start"], e["attendance"], e["url"])
        for e in live.values())

    def shown():
        return sorted(
            (html.unescape(post["title"]["raw"]),) + tuple(
                post["meta"]["tw_" + n]
                for n in ("start", "attendance", "url"))
            for post in wordpress.posts("tw_event"))
    # The count passes 696 on its way too: new posts do not wait for the
    # withdrawals of others.
    twinwire.until(lambda: wordpress.count("tw_event") == 696
                   and shown() == want, "the posts that are live", WHOLE_S)
    posts = wordpress.posts("tw_event")
    assert wire.ends("tw.dead.") == {"tw.dead.alpha": 0, "tw.dead.beta": 0}
    markers = [p["meta"]["tw_marker"] for p in posts]
    assert len(set(markers)) == 696
