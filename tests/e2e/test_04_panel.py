"""Goal of this test: the panel of 31 October 2022 on a real WordPress - once,
in the site's language, moved, cancelled and withdrawn as its announcer says,
while the editor's own words stay."""

import pytest
from support.records import event

EVENTS = {"topics": ["tw.events.volgograd"], "from": "beginning",
          "language": ["ru", "en"]}
PANEL = event(
    {"en": "Intermunicipal organizations and city diplomacy today",
     "ru": "Межмуниципальные организации и городская дипломатия сегодня"},
    "2022-10-31T13:00:00", "2022-10-31T15:00:00", tz="Europe/Moscow",
    attendance="mixed", url="https://example.org/dialogue/1",
    summary={"ru": "Панельная дискуссия <форума> & друзей",
             "en": "A panel of the forum"})
TITLE = PANEL["title"]["ru"]


@pytest.fixture
def stage(twinwire, wordpress, rest_site, request):
    """Volgograd's register, and what joins it to WordPress; every test has
    connections of its own."""
    wordpress.empty("tw_event", "tw_partnership")
    site, n = rest_site(), len(request.node.name)
    twinwire.provision("volgograd", "uclg-eurasia")

    def make(**subscribe):
        return twinwire.connector(
            twinwire.rest(f"register-{n}", "volgograd", site, publish=[
                {"into": "events", "namespace": f"forum{n}",
                 "from": "beginning", "every": "1s"}]),
            twinwire.wordpress(f"www-{n}", "uclg-eurasia", wordpress,
                               subscribe=[EVENTS | subscribe | {
                                   "from": "now"}])).start()
    return site, make


def one_post(wordpress):
    posts = wordpress.posts("tw_event")
    assert len(posts) <= 1, [p["title"]["raw"] for p in posts]
    return posts[0] if posts else None


def shows(twinwire, wordpress, *parts, what):
    """Wait until the one post holds PARTS in title, text or fields."""
    def seen():
        p = one_post(wordpress)
        text = p and " ".join([p["title"]["raw"], p["content"]["raw"],
                               *p["meta"].values()])
        return text and all(part in text for part in parts) and p
    return twinwire.until(seen, what)


def test_the_panel_through_its_life(twinwire, wordpress, stage, wire):
    site, make = stage
    connector = make()
    site.put("events", "1", **PANEL)
    post = shows(twinwire, wordpress, TITLE, "31.10.2022 13:00–15:00",
                 "Europe/Moscow", "Волгоград", "очно и онлайн",
                 "&lt;форума&gt; &amp; друзей", what="the panel")
    assert post["title"]["raw"] == TITLE
    assert post["status"] == "publish"
    assert post["author"] == wordpress.twinwire.id

    # What Twinwire does not own is the editor's, for good.
    wordpress.clerk.edit("tw_event", post["id"], slug="panel-of-the-forum")
    wordpress.write_excerpt(post["id"], "The editor's own words")

    site.put("events", "1", start="2022-10-31T14:00:00",
             end="2022-10-31T16:00:00")
    moved = shows(twinwire, wordpress, "31.10.2022 14:00–16:00",
                  "Перенесено. Прежнее начало: 31.10.2022 13:00",
                  what="moved by an hour")
    assert (moved["id"], moved["slug"]) == (post["id"], "panel-of-the-forum")
    assert wordpress.excerpt(post["id"]) == "The editor's own words"

    site.put("events", "1", status="cancelled")
    shows(twinwire, wordpress, "Отменено", what="cancelled")
    assert wordpress.count("tw_event") == 1

    # Everything once more: the same bytes again, and a lost state file.
    [last] = wire.latest("tw.events.volgograd").values()
    for _ in range(3):
        wire.write("tw.events.volgograd", last.key, last.raw)
    twinwire.lose_state(connector)
    connector.ready_z()
    # What is said after it all has arrived, so all before it has been seen to.
    site.put("events", "9", **PANEL | {"title": {"ru": "Сторож"}})
    twinwire.until(lambda: wordpress.count("tw_event") > 1, "what came later")
    assert wordpress.count("tw_event") == 2
    assert not wordpress.trashed("tw_event")
    site.trash("events", "9")
    twinwire.until(lambda: wordpress.count("tw_event") == 1, "it went again")
    shows(twinwire, wordpress, "Отменено", what="still cancelled")
    [other] = [p["id"] for p in wordpress.trashed("tw_event")]

    site.trash("events", "1")
    twinwire.until(lambda: not one_post(wordpress), "withdrawn")
    assert {p["id"] for p in wordpress.trashed("tw_event")} == {
        other, post["id"]}


def test_a_title_falls_back_to_the_next_language(
        twinwire, wordpress, stage):
    site, make = stage
    make(language=["kk", "en"])
    site.put("events", "2", **PANEL)
    post = shows(twinwire, wordpress, PANEL["title"]["en"], what="in English")
    assert post["title"]["raw"] == PANEL["title"]["en"]


def test_an_event_that_leaves_the_filter_is_removed_and_comes_back(
        twinwire, wordpress, stage):
    site, make = stage
    make(where='.attendance != "online"')
    site.put("events", "3", **PANEL)
    shows(twinwire, wordpress, TITLE, what="the panel")
    site.put("events", "3", attendance="online")
    twinwire.until(lambda: not one_post(wordpress), "left the filter")
    site.put("events", "3", attendance="offline")
    shows(twinwire, wordpress, TITLE, what="back again")


def test_an_editor_s_own_words_last_until_the_next_version(
        twinwire, wordpress, stage):
    """foreign_edits: keep - and the rest of the post is the editor's."""
    site, make = stage
    make()
    site.put("events", "4", **PANEL)
    post = shows(twinwire, wordpress, TITLE, what="the panel")
    wordpress.clerk.edit("tw_event", post["id"], title="Our own words")
    site.polled(3)
    assert one_post(wordpress)["title"]["raw"] == "Our own words"
    site.put("events", "4", attendance="offline")
    shows(twinwire, wordpress, TITLE, what="the announcer's next version")
