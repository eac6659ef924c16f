"""Goal of this test: an event entered in one member's system arrives in every
other member's system and comes back from nowhere - from a REST site to another
and to a real WordPress, and from WordPress to both; our own writes are nobody's
news, also after the state file is lost."""

from support.records import event

EVENTS = {"topics": ["tw.events.*"], "from": "beginning"}
PUBLISH = {"into": "events", "from": "beginning", "every": "1s"}
# What the event box of the editor fills in.
WP_EVENT = {"tw_start": "2027-06-01T10:00:00", "tw_end": "2027-06-01T12:00:00",
            "tw_tz": "Europe/Volgograd", "tw_city": "wd:Q914",
            "tw_country": "RU", "tw_kind": "forum", "tw_place": "City hall"}
MEMBERS = ["alpha", "beta", "gamma"]


def stage(twinwire, wordpress, rest_site):
    """Two REST sites and a WordPress, each of a member of its own, joined in
    both directions by one connector."""
    wordpress.empty("tw_event", "tw_partnership")
    a, b = rest_site(), rest_site()
    twinwire.provision(*MEMBERS)
    both = [
        {"subscribe": [EVENTS], "publish": [PUBLISH | {"namespace": n}]}
        for n in ("register", "site", "www")]
    connector = twinwire.connector(
        twinwire.rest("alpha-register", "alpha", a, **both[0]),
        twinwire.rest("beta-site", "beta", b, **both[1]),
        twinwire.wordpress("gamma-www", "gamma", wordpress, **both[2]))
    return a, b, connector


def titles(site):
    return sorted(e["title"].get("en") for e in site.items("events").values())


def wp_titles(wordpress):
    return sorted(p["title"]["raw"] for p in wordpress.posts("tw_event"))


def at_rest(twinwire, wire, *sites):
    """Wait until nobody is told anything any more: all that a few more polls
    bring is reads. Returns the ends of all topics but those of status, which
    beat each minute."""
    def ends():
        return {t: e for t, e in wire.ends().items()
                if not t.startswith("tw.status.")}

    def snapshot():
        return ends(), [len(s.writes()) for s in sites]

    def still():
        before = snapshot()
        for s in sites:
            s.polled(3)
        return snapshot() == before and before[0]
    return twinwire.until(still, "no more writes and no more records")


def receipts(wire):
    """What became of every record, without the times of writing."""
    return {m.key: {k: v for k, v in m.value.items() if k != "at"}
            for t in wire.topics("tw.receipts.")
            for m in wire.latest(t).values()}


def test_an_event_reaches_all_and_only_once(
        twinwire, wordpress, rest_site, wire):
    a, b, connector = stage(twinwire, wordpress, rest_site)
    a.put("events", "1", **event("From A"))
    connector.start()
    twinwire.until(lambda: titles(b) == ["From A"], "the event at B")
    twinwire.until(lambda: wp_titles(wordpress) == ["From A"],
                   "the event in WordPress")

    # A later version changes what is there.
    a.put("events", "1", title={"en": "From A, moved"},
          start="2027-05-12T14:00:00")
    twinwire.until(lambda: titles(b) == ["From A, moved"], "the change at B")
    twinwire.until(lambda: wp_titles(wordpress) == ["From A, moved"],
                   "the change in WordPress")

    # The way back: a clerk of WordPress announces, then edits.
    post = wordpress.twinwire.create(
        "tw_event", title="From WordPress", status="publish",
        meta=WP_EVENT)
    twinwire.until(lambda: titles(a) == ["From A, moved", "From WordPress"],
                   "WordPress's event at A")
    wordpress.twinwire.edit("tw_event", post["id"], title="From WP, edited")
    want = ["From A, moved", "From WP, edited"]
    twinwire.until(lambda: titles(a) == want, "the edit at A")
    twinwire.until(lambda: titles(b) == want, "the edit at B")

    # What a member may not announce is refused, and said once.
    a.put("events", "2", title={"en": "Refused"}, start="tomorrow")
    twinwire.until(lambda: len(receipts(wire)) == 5, "the refusal")

    # Silence after the last change, also without the state file: nothing new
    # on any topic, and no site is told anything, neither old nor new.
    ends = at_rest(twinwire, wire, a, b)
    said = receipts(wire)
    told = [len(s.writes()) for s in (a, b)]
    posts = wordpress.writes("tw_event")
    twinwire.lose_state(connector)
    connector.ready_z()
    assert at_rest(twinwire, wire, a, b) == ends
    assert receipts(wire) == said
    assert [len(s.writes()) for s in (a, b)] == told
    assert wordpress.writes("tw_event") == posts
    assert (titles(a), titles(b)) == (want + ["Refused"], want)
    assert wp_titles(wordpress) == want

    # Withdrawn at its source, gone everywhere else.
    a.trash("events", "1")
    twinwire.until(lambda: titles(b) == ["From WP, edited"], "gone at B")
    twinwire.until(lambda: wp_titles(wordpress) == ["From WP, edited"],
                   "gone in WordPress")
