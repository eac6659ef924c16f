"""Goal: what one member does harms no other. The same words again change
nothing (T3), equal ids stay two records (T15), markup stays text on others'
sites (T8), a flood ends, and concerns no other system (T16), two who listen to each other
fall silent (T19)."""

import pytest
import requests
from support.flow import Flow
from support.records import event

EVIL = ['<script>hacked=1</script>', '<img src=x onerror=hacked=1>',
        '"><svg onload=hacked=1>', "]]><x>", '<a href="javascript:hacked=1">x</a>',
        "\u202e\u2066 &amp;<b>", "[gallery] [embed]https://x.example[/embed]",
        "<!-- wp:html --><script>hacked=1</script><!-- /wp:html -->"]


@pytest.fixture
def flow(twinwire, wire):
    return Flow(twinwire, wire)


def test_the_whole_topic_once_more_changes_nothing(flow, rest_site):
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site)).start()
    flow.say_all([(n, f"Event {n}") for n in range(50)])
    flow.arrived(connector)
    before = len(site.writes())
    for m in flow.wire.read(flow.topic, decode=False):
        flow.wire.write_later(flow.topic, m.key, m.raw)
        flow.said += 1
    flow.wire.flush()
    flow.arrived(connector)
    assert len(site.writes()) == before
    counts = flow.counts(connector, f"{flow.reader}-put")
    assert counts["unchanged"] + counts["stale"] >= 50, counts


def test_equal_ids_of_two_members_are_two_records(flow, rest_site):
    other = Flow(flow.twinwire, flow.wire)
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site, subscribe=[
        {"topics": [flow.topic, other.topic], "from": "beginning"}])).start()
    flow.say(1, "Mine")
    other.say(1, "Yours")
    flow.twinwire.until(
        lambda: sorted(i["title"]["en"] for i in
                       site.items("events").values()) == ["Mine", "Yours"],
        "two items")
    other.say(1, None)
    flow.twinwire.until(
        lambda: [i["title"]["en"] for i in
                 site.items("events").values()] == ["Mine"], "one is left")


def test_a_flood_of_one_ends_and_others_news_is_not_lost(flow, rest_site):
    """6,000 records of one member at a site that takes a thousand a second, and
    another member's word in the middle; a second site is not concerned."""
    quiet = Flow(flow.twinwire, flow.wire)
    slow, other = rest_site(), rest_site()
    limits = {"timeout_s": 5, "rate_per_s": 1000}
    connector = flow.twinwire.connector(
        flow.put(slow, limits=limits, subscribe=[
            {"topics": [flow.topic, quiet.topic], "from": "beginning"}]),
        flow.put(other, "other", limits=limits, subscribe=[
            {"topics": [quiet.topic], "from": "beginning"}])).start()
    flow.say_all([(n, f"Flood {n}") for n in range(6000)])
    flow.twinwire.until(lambda: len(slow.items("events")) > 100,
                        "the flood is under way")
    quiet.say(1, "News")
    flow.twinwire.until(lambda: other.items("events"), "the news elsewhere")
    assert len(slow.items("events")) < 6000
    flow.twinwire.until(lambda: len(slow.items("events")) == 6001,
                        "all of it", 120)
    assert connector.is_ready()


def test_a_schema_nobody_has_holds_up_its_own_member_alone(
        flow, rest_site, registry):
    """The registry does not answer meanwhile, so that nobody can know it."""
    quiet = Flow(flow.twinwire, flow.wire)
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site, subscribe=[
        {"topics": [flow.topic, quiet.topic], "from": "beginning"}])).start()
    quiet.say(0, "Before")
    flow.twinwire.until(lambda: site.items("events"), "schemas are known")
    news = quiet.encoded(1, "News")
    strange = b"\0" + (1_000_000).to_bytes(4, "big") + news[5:]
    registry.pause()
    try:
        flow.wire.write(flow.topic, flow.key(1), strange)
        flow.wire.write(quiet.topic, quiet.key(1), news)
        flow.twinwire.until(lambda: len(site.items("events")) == 2, "the news")
        assert not flow.letters()
    finally:
        registry.resume()
    flow.twinwire.until(flow.letters, "the dead letter")
    assert connector.is_ready()


def test_two_who_listen_to_each_other_fall_silent(twinwire, wire, rest_site):
    flow = Flow(twinwire, wire)
    sites = {flow.writer: rest_site(), flow.reader: rest_site()}
    files = [twinwire.rest(f"{m}-site", m, site, publish=[
        {"into": "events", "namespace": "site", "from": "beginning",
         "every": "200ms"}], subscribe=[
            {"topics": [f"tw.events.{n}" for n in sites],
             "from": "beginning"}])
        for m, site in sites.items()]
    twinwire.connector(*files).start()
    for m, site in sites.items():
        site.put("events", "1", **event(f"From {m}"))
    twinwire.until(lambda: all(
        {f"From {m}" for m in sites} <= {
            i["title"]["en"] for i in s.items("events").values()}
        for s in sites.values()), "each has the other's")
    for site in sites.values():
        site.polled(5, path="/events")
    for m, site in sites.items():
        assert len(wire.read(f"tw.events.{m}")) == 1
        assert len(site.writes()) == 1, site.writes()


def test_markup_of_others_stays_text_on_a_website(flow, wordpress):
    wordpress.empty("tw_event")
    connector = flow.twinwire.connector(flow.wordpress(wordpress)).start()
    schema = flow.wire.latest_id("org.twinwire.v1.Event")
    for n, evil in enumerate(EVIL):
        key = flow.key(n)
        flow.wire.write(flow.topic, key, flow.wire.encode(schema, event(
            "Panel " + evil, uid=key, publisher=flow.writer,
            description={"en": evil})))
    def delivered():
        found = flow.wire.latest(f"tw.receipts.{flow.reader}").values()
        return len(found) == len(EVIL) and [m.value["url"] for m in found
                                            if m.value["state"] == "delivered"]
    urls = flow.twinwire.until(delivered, "all are delivered or refused")
    assert len(urls) >= len(EVIL) - 1
    for url in urls:
        page = requests.get(url, timeout=30).text
        for bad in ("<script>hacked", "<img src=x", "<svg onload",
                    'href="javascript:'):
            assert bad not in page, (url, bad)
    assert connector.stop() == 0
