"""Goal of this test: the portal as a process on a real Kafka: what is on the
wire is found, under any name of a city; readers of changes end equal, also
after a month and after the portal's store is gone; independent parsers take
its feeds; nothing that is asked or published upsets it."""

import base64
import csv
import datetime
import json
import random
import re
import subprocess
import sys
import threading
import time
import urllib.parse
from pathlib import Path

import feedparser
import icalendar
import pytest
import requests

from support.portal import WirePortal, utc
from support.records import JILIN, PAIR, VOLGOGRAD, event

NASTY = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>',
         "';alert(1)//", "]]><x>", "\u202e\u2028&amp;<b>", "{{7*7}}",
         "javascript:alert(1)", "<!--", "\x01\x1b[2J"]


class Reader:
    """One that follows the changes and keeps what they say."""

    def __init__(self, portal, **filter):
        self.portal, self.filter = portal, filter
        self.cursor, self.records, self.seen = None, {}, []

    def catch_up(self):
        more = True
        while more:
            args = self.filter | ({"after": self.cursor} if self.cursor
                                  else {})
            page = self.portal.get("/api/v1/changes", params=args).json()
            for item in page["items"]:
                self.seen.append((item["topic"], item["offset"]))
                if item["change"] == "put":
                    self.records[item["key"]] = item["record"]
                else:
                    self.records.pop(item["key"], None)
            self.cursor, more = page["cursor"], page["more"]
        return self


def test_a_city_is_found_under_any_name_it_has_or_had(portal):
    uid = portal.announce(1, {"ru": "Форум городов-побратимов",
                              "zh-Hans": "友好城市论坛"})
    portal.announce(2, "Elsewhere", city=JILIN)
    portal.settle()
    for name in ("Волгоград", "г. Волгоград", "Volgograd", "Wolgograd",
                 "伏尔加格勒", "Сталинград", "Stalingrad", "волгогр",
                 "Царицын", "форум побратимов", "城市论坛"):
        found = portal.items(f"/api/v1/events?q={name}")
        assert [i["key"] for i in found] == [uid], name
    assert portal.items("/api/v1/events?q=Coventry") == []
    assert portal.items("/api/v1/events?q=!!!") == []


def test_lists_come_in_pages_that_miss_and_repeat_nothing(portal):
    for n in range(25):
        portal.announce(n, f"Forum {n}",
                        start=f"2027-05-{n % 9 + 1:02}T13:00:00",
                        end=f"2027-05-{n % 9 + 1:02}T15:00:00")
    portal.settle()
    for sort in ("date", "-date", "changed", "name"):
        keys, after = [], ""
        while after is not None:
            page = portal.get(f"/api/v1/events?limit=4&total=1&sort={sort}"
                              + (f"&after={after}" if after else "")).json()
            assert page["total"] == 25
            keys += [i["key"] for i in page["items"]]
            after = page["next"]
        assert len(keys) == len(set(keys)) == 25, sort


def test_a_table_goes_on_with_what_was_asked_for(portal):
    """Its Link leads to the next page of the same filter."""
    for n in range(7):
        portal.announce(n, f"Forum {n}", kind="forum" if n % 2 else "panel")
    portal.settle()
    path, rows = "/api/v1/events?format=csv&kind=forum&limit=1", []
    while path is not None:
        answer = portal.get(path)
        rows += list(csv.DictReader(answer.text.splitlines()))
        path = answer.links.get("next", {}).get("url")
    assert [r["key"] for r in rows] == [
        f"site.{n}@volgograd" for n in (1, 3, 5)]
    many = ",".join(f"wd:Q{n:030}" for n in range(40)) + ",wd:Q914"
    portal.get("/api/v1/events", 400, params={
        "format": "csv", "limit": "1", "city": many})


def test_what_has_not_changed_is_not_sent_again(portal):
    portal.announce(1)
    portal.settle()
    first = portal.get("/api/v1/events")
    again = portal.get("/api/v1/events", 304,
                       headers={"If-None-Match": first.headers["ETag"]})
    assert again.content == b""
    portal.announce(1, "Another title")
    portal.settle()
    changed = portal.get("/api/v1/events",
                         headers={"If-None-Match": first.headers["ETag"]})
    assert "Another title" in changed.text
    assert requests.head(portal.url + "/api/v1/events").text == ""
    for method in ("post", "put", "delete", "patch"):
        answer = requests.request(method, portal.url + "/api/v1/events")
        assert answer.status_code == 405 and "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("loses", [False, True])
def test_a_reader_that_was_away_for_a_month_ends_equal(portal, loses):
    rng = random.Random(7)
    said = {}

    def happen(times):
        for _ in range(times):
            n = rng.randrange(40)
            key = f"site.{n}@volgograd"
            if key in said and rng.random() < 0.3:
                portal.announce(n, None)
                del said[key]
                continue
            city = rng.choice([VOLGOGRAD, JILIN])
            said[key] = (f"Title {rng.random()}", city["id"])
            portal.announce(n, said[key][0], city=city)
        portal.settle()

    def live(city=None):
        return {k: t for k, (t, c) in said.items() if city in (None, c)}

    def titles(reader):
        return {k: r["title"]["en"] for k, r in reader.records.items()}

    happen(80)
    everything = Reader(portal, limit=7).catch_up()
    volgograd = Reader(portal, limit=7, city="wd:Q914").catch_up()
    assert titles(everything) == live()
    assert titles(volgograd) == live("wd:Q914")
    happen(200)
    if loses:
        portal.lose_store()
    before = len(everything.seen)
    assert titles(everything.catch_up()) == live()
    assert titles(volgograd.catch_up()) == live("wd:Q914")
    news = everything.seen[before:]
    assert len(news) == len(set(news)) <= 40, "one change a record at most"
    assert titles(Reader(portal).catch_up()) == live()


def test_changes_pass_the_same_filters_as_lists(portal):
    """Of many changes in one answer, each by its own kind of record."""
    rng = random.Random(11)
    for n in range(60):
        portal.announce(n, member=rng.choice(["volgograd", "cpaffc"]),
                        city=rng.choice([VOLGOGRAD, JILIN]),
                        kind=rng.choice(["forum", "panel", "festival"]),
                        status=rng.choice(["confirmed", "cancelled"]),
                        workingLanguages=rng.choice([["ru"], ["zh"], []]))
        portal.claim(n, member=rng.choice(["volgograd", "cpaffc"]),
                     b=rng.choice([JILIN, JILIN | {"id": "wd:Q956"}]))
    portal.settle()
    for name, value in (("member", "cpaffc"), ("country", "CN"),
                        ("city", "wd:Q956"), ("kind", "forum,twin"),
                        ("status", "cancelled,active"), ("language", "zh")):
        told = Reader(portal, **{name: value}).catch_up()
        for type, path in (("event", "events"), ("claim", "claims")):
            if (name, type) == ("language", "claim"):
                continue
            listed = portal.items(
                f"/api/v1/{path}?limit=200&{name}={value}"
                + ("&duplicates=1" if type == "event" else ""))
            said = Reader(portal, type=type, **{name: value}).catch_up()
            # "forum" is no kind of claims, and a claim needs no other.
            if (name, type) != ("kind", "claim"):
                assert set(said.records) == {i["key"] for i in listed}, name
            assert set(said.records) <= set(told.records)


def test_a_cursor_that_no_longer_holds_is_gone(portal):
    portal.announce(1)
    portal.settle()
    cursor = Reader(portal).catch_up().cursor

    def changed(**what):
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        text = json.dumps(json.loads(text) | what).encode()
        return base64.urlsafe_b64encode(text).decode().rstrip("=")

    long_ago = int((time.time() - 151 * 86400) * 1000)
    for gone in (changed(c="another"), changed(at=long_ago),
                 changed(t={"events.volgograd": [10 ** 6]})):
        problem = portal.get(f"/api/v1/changes?after={gone}", 410)
        assert problem.headers["Content-Type"] == "application/problem+json"
        assert "anew" in problem.json()["detail"]
    # A wire of two hundred members is not too much for one.
    places = {f"{kind}.a-member-with-a-name-{n}": [10 ** 6, 10 ** 6 + 1]
              for n in range(200)
              for kind in ("claims", "events")}
    portal.get(f"/api/v1/changes?after={changed(t=places)}")
    for bad in ("x", "W10", cursor[:-9], "e30=" * 40):
        portal.get(f"/api/v1/changes?after={bad}", 400)


def test_a_reader_may_wait_for_the_next_change(portal):
    portal.announce(1)
    portal.settle()
    cursor = Reader(portal).catch_up().cursor
    quiet = portal.get(f"/api/v1/changes?after={cursor}&wait=1").json()
    assert quiet["items"] == [] and quiet["cursor"] == cursor
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(
            portal.get, f"/api/v1/changes?after={cursor}&wait=50")
        portal.settle()
        uid = portal.announce(2, "Just announced")
        page = waiting.result(40).json()
    assert [i["key"] for i in page["items"]] == [uid]


def test_a_calendar_follows_an_event_that_moves_and_is_cancelled(portal):
    def calendar():
        portal.settle()
        answer = portal.get("/feeds/events.ics?from=2027-01-01&lang=ru")
        assert answer.headers["Content-Type"].startswith("text/calendar")
        return icalendar.Calendar.from_ical(answer.content)

    titles = {"ru": "Форум; с запятой, и\nстрокой", "en": "Forum"}
    uid = portal.announce(1, titles)
    portal.announce(2, "All day", start="2027-06-01", end="2027-06-03")
    first, = [e for e in calendar().walk("VEVENT") if e["UID"] == uid]
    zone, = calendar().walk("VTIMEZONE")
    assert zone["TZID"] == "Europe/Volgograd"
    assert first["SUMMARY"] == titles["ru"]
    assert first["DTSTART"].dt.timestamp() * 1000 == utc(
        "2027-05-12T13:00:00", "Europe/Volgograd")
    assert (first["SEQUENCE"], first["STATUS"]) == (0, "CONFIRMED")
    assert first["URL"].startswith(portal.url + "/events/")
    portal.announce(1, titles, start="2027-05-13T10:00:00",
                    end="2027-05-13T12:00:00", sequence=1)
    portal.announce(1, titles, start="2027-05-13T10:00:00",
                    end="2027-05-13T12:00:00", sequence=2, status="cancelled")
    events = {e["UID"]: e for e in calendar().walk("VEVENT")}
    assert len(events) == 2
    assert (events[uid]["SEQUENCE"], events[uid]["STATUS"]) == (2, "CANCELLED")
    assert str(events[uid]["DTSTART"].dt)[:16] == "2027-05-13 10:00"
    day = events["site.2@volgograd"]
    assert day["DTSTART"].dt == datetime.date(2027, 6, 1)
    assert day["DTEND"].dt == datetime.date(2027, 6, 3)
    one = portal.get(f"/feeds/events/{uid}.ics").content
    assert [e["UID"] for e in icalendar.Calendar.from_ical(one).walk(
        "VEVENT")] == [uid]
    portal.announce(1, None)
    assert uid not in {e["UID"] for e in calendar().walk("VEVENT")}
    portal.get(f"/feeds/events/{uid}.ics", 410)


def test_news_and_map_are_what_their_formats_say(portal):
    uid = portal.announce(1, {"en": "Forum <b>&</b>"}, city=VOLGOGRAD | {
        "lat": 48.7, "lon": 44.5})
    portal.settle()
    feed = feedparser.parse(portal.get("/feeds/news.atom").content)
    assert not feed.bozo, feed.get("bozo_exception")
    entry, = feed.entries
    assert entry.title == "Forum <b>&</b>" or "&lt;b&gt;" in entry.title
    assert urllib.parse.unquote(entry.link).endswith(f"/events/{uid}")
    assert entry.author == "Volgograd"  # its name, not its id
    shapes = portal.get("/api/v1/map.geojson").json()
    assert shapes["type"] == "FeatureCollection"
    point, = shapes["features"]
    assert point["geometry"] == {"type": "Point", "coordinates": [44.5, 48.7]}


def test_news_are_in_the_words_of_who_reads_them(portal):
    """Cities by the names that the reader knows, members by theirs; the feed
    says its own address, with its filter."""
    record = {"id": f"{PAIR}|recorded|-", "pairKey": PAIR, "kind": "recorded",
              "at": 1795936010501, "by": "cpaffc",
              "a": VOLGOGRAD | {"names": {"ru": "Волгоград"}},
              "b": JILIN | {"names": {"ru": "Цзилинь"}},
              "text": {"ru": "Связь записана: Волгоград – Цзилинь"}}
    portal.wire.write("tw.notices", record["id"], portal.wire.encode(
        portal.wire.latest_id("org.twinwire.v1.Notice"), record))

    def feed(**how):
        return feedparser.parse(
            portal.get("/feeds/news.atom", params=how).content)
    portal.room.until(lambda: feed().entries, "the news")
    said = feed(city="wd:Q914", lang="en")
    assert not said.bozo, said.get("bozo_exception")
    entry, = said.entries
    assert entry.title == "Volgograd – Jilin City: partnership recorded"
    assert entry.author == "CPAFFC"
    self, = [e.href for e in said.feed.links if e.rel == "self"]
    assert urllib.parse.parse_qs(urllib.parse.urlsplit(self).query) == {
        "city": ["wd:Q914"], "lang": ["en"]}
    assert "吉林" in feed(lang="zh").entries[0].title
    assert feed(city="wd:Q42").entries == []


def test_a_work_list_names_what_may_be_the_same_event(portal):
    """One day, one city, one kind; not what says so already."""
    day = {"start": "2027-05-12T20:00:00", "end": "2027-05-12T21:00:00"}
    portal.announce(1, "The one")
    portal.announce(2, "The other", member="cpaffc", **day)
    portal.announce(3, "Another day", member="cpaffc",
                    start="2027-05-13T13:00:00", end="2027-05-13T15:00:00")
    portal.announce(4, "Another city", member="cpaffc", city=JILIN)
    portal.announce(5, "Another kind", member="cpaffc", kind="festival")
    portal.announce(6, "Said to be it", member="cpaffc",
                    sameAs=["site.1@volgograd"])
    portal.settle()

    def told(member):
        text = portal.get(f"/members/{member}/tasks").text
        part = re.search('id="duplicates".*?</section>', text, re.S)
        return part[0] if part else ""

    for member in ("volgograd", "cpaffc"):
        assert "The one" in told(member) and "The other" in told(member)
        for other in ("Another day", "Another city", "Another kind"):
            assert other not in told(member)
    portal.announce(2, None, member="cpaffc")
    portal.settle()
    assert told("volgograd") == told("cpaffc") == ""


def test_a_map_of_thousands_follows_what_is_said(portal):
    """It is made in steps while others are answered, and kept; whoever takes
    no compression gets the same."""
    places = [VOLGOGRAD | {"id": f"wd:Q{n}", "lat": 40 + n / 100, "lon": 30}
              for n in range(1, 1201)]
    schema = portal.wire.latest_id("org.twinwire.v1.Event")
    for n, city in enumerate(places):
        uid = f"site.{n}@volgograd"
        portal.wire.write_later(
            "tw.events.volgograd", uid, portal.wire.encode(schema, event(
                f"Forum {n}", city=city) | {
                    "uid": uid, "publisher": "volgograd"}))
    portal.wire.flush()
    portal.settle()

    def shapes(**how):
        answer = portal.get("/api/v1/map.geojson", **how)
        return {f["properties"]["uid"]: f["properties"]["title"]["en"]
                for f in answer.json()["features"]}, answer

    said = {f"site.{n}@volgograd": f"Forum {n}" for n in range(1200)}
    portal.room.until(lambda: shapes()[0] == said, "all on the map")
    packed, answer = shapes()
    assert answer.headers["Content-Encoding"] == "gzip"
    plain, again = shapes(headers={"Accept-Encoding": "identity"})
    assert plain == packed and "Content-Encoding" not in again.headers
    portal.get("/api/v1/map.geojson", 304,
               headers={"If-None-Match": answer.headers["ETag"]})
    portal.announce(7, None)
    portal.announce(8, "Another title", city=places[8])
    portal.settle()
    del said["site.7@volgograd"]
    said["site.8@volgograd"] = "Another title"
    portal.room.until(lambda: shapes()[0] == said, "the map made anew")
    assert shapes(params={"city": "wd:Q5"})[0] == {
        "site.4@volgograd": "Forum 4"}
    drawn = portal.get("/map/data?lang=ru").json()
    assert drawn["arcs"] == [] and len(drawn["events"]) == 1199
    assert ["site.8@volgograd", 40.09, 30, "Another title", "confirmed"] \
        in drawn["events"]


def test_nothing_published_becomes_more_than_text(portal):
    for n, text in enumerate(NASTY):
        portal.announce(n, {"en": text, "ru": text}, url=None,
                        summary={"en": text}, kind="other")
        portal.claim(n, VOLGOGRAD | {"names": {"en": text}}, JILIN)
    portal.settle()
    for path in ("/api/v1/events", "/api/v1/claims", "/api/v1/changes",
                 "/api/v1/events?format=csv"):
        answer = portal.get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "html" not in answer.headers["Content-Type"]
    atom = portal.get("/feeds/news.atom")
    assert "<script" not in atom.text and "<img" not in atom.text
    assert not feedparser.parse(atom.content).bozo
    calendar = icalendar.Calendar.from_ical(
        portal.get("/feeds/events.ics?from=2027-01-01").content)
    assert len(calendar.walk("VEVENT")) == len(NASTY)


def test_a_table_holds_no_formula_wherever_a_field_may_end(portal):
    """Spreadsheets of countries that write 1,5 part fields at semicolons."""
    portal.announce(1, {"en": "Forum;=1+1", "ru": "=2+2;\n@sum"})
    portal.settle()
    text = portal.get("/api/v1/events?format=csv").text
    row, = csv.DictReader(text.splitlines(keepends=True))
    assert row["title"] == "en: Forum;'=1+1; ru: =2+2;\n'@sum"
    for field in re.split('[;,\r\n"]+', text):
        assert not field.startswith(("=", "@", "+", "-")), field


MEGABYTE = "Слово " * 80_000


def follow(portal, path):
    """The answers of a list, page by page."""
    after = ""
    while after is not None:
        answer = portal.get(path + (f"&after={after}" if after else ""))
        yield answer
        after = answer.json()["next"]


def test_who_writes_the_longest_records_costs_others_little(portal):
    """Lists hold fewer of them, and miss none."""
    uids = [portal.announce(n, {"en": f"Forum {n} {MEGABYTE[:40_000]}"},
                            summary={"ru": MEGABYTE}) for n in range(12)]
    uids.append(portal.announce(99, "Forum"))
    portal.settle()
    for sort in ("date", "name", "-changed"):
        found = []
        for answer in follow(portal, f"/api/v1/events?limit=200&sort={sort}"):
            assert len(answer.content) < 6_000_000
            found += [i["key"] for i in answer.json()["items"]]
        assert sorted(found) == sorted(uids), sort
    reader = Reader(portal, limit="200").catch_up()
    assert set(reader.records) == set(uids)
    assert len(reader.seen) == len(uids)
    for path in ("/feeds/events.ics", "/feeds/news.atom",
                 "/api/v1/map.geojson", "/calendar?month=2027-05",
                 f"/events/{uids[0]}"):
        assert len(portal.get(path).content) < 14_000_000, path


@pytest.mark.parametrize("n, summary", [(24, MEGABYTE), (2000, "Short")],
                         ids=["long", "many"])
def test_who_is_first_in_the_calendar_leaves_room_for_others(
        portal, n, summary):
    """Begun long ago and without an end, they come before all others'."""
    schema = portal.wire.latest_id("org.twinwire.v1.Event")
    for i in range(n):
        uid = f"site.{i}@cpaffc"
        portal.wire.write_later(
            "tw.events.cpaffc", uid, portal.wire.encode(schema, event(
                {"en": f"Forum {i} " + summary[:2000]},
                "1990-01-01", "2090-01-01", summary={"en": summary},
                kind=summary[:100]) | {"uid": uid, "publisher": "cpaffc"}))
    portal.wire.flush()
    uid = portal.announce(1, "Fair", start="2027-05-12T13:00:00")
    portal.settle()
    answer = portal.get("/feeds/events.ics")
    assert len(answer.content) < 2_000_000
    found = {str(e["UID"]): e for e in icalendar.Calendar.from_ical(
        answer.content).walk("VEVENT")}
    assert uid in found and 10 < len(found) < n
    for e in found.values():
        assert len(e["SUMMARY"].encode()) <= 1000
        assert summary.startswith(e.get("DESCRIPTION", ""))
    own = icalendar.Calendar.from_ical(portal.get(
        "/feeds/events.ics?member=cpaffc").content).walk("VEVENT")
    assert len(own) == (n if n == 2000 else len(found) - 1)


def test_a_work_list_asks_only_for_cities_that_nobody_knows(portal):
    """Not for those of a claim that the reconciler does not tell."""
    portal.claim(1)
    portal.claim(2)
    portal.claim(3, VOLGOGRAD | {"id": "x:volgograd/tzaritsyn", "names": {
        "en": "Tzaritsyn"}}, speaks_for="")
    portal.claim(4, b=JILIN | {"id": "", "names": {"en": "Kirin"}})
    portal.claim(5, b=JILIN | {"id": "gn:203x", "names": {"en": "Girin"}})
    portal.claim(6, b=JILIN | {"id": "gn:2036502"})
    portal.wire.write("tw.partnerships", PAIR, portal.wire.encode(
        portal.wire.latest_id("org.twinwire.v1.Partnership"), {
            "pairKey": PAIR, "a": VOLGOGRAD, "b": JILIN, "status": "active",
            "claims": ["volgograd|site.1"]}))
    portal.settle()
    text = portal.get("/members/volgograd/tasks").text
    part = re.search('id="unresolved".*?</section>', text, re.S)[0]
    assert part.count('class="task"') == 3
    for name in ("Tzaritsyn", "Kirin", "Girin"):
        assert name in part


def test_a_city_is_as_short_as_its_names_however_many_write_them(portal):
    """And an event has no more places than people can read."""
    for n in range(20):
        portal.announce(n, f"Forum {n}", city=VOLGOGRAD | {
            "lat": 48.7, "lon": 44.5, "names": {"ru": "Волгоград"} | {
                f"x{n}-{k}": f"A name {k}" for k in range(500)}})
    portal.announce(99, "Everywhere", places=[
        {"city": {"id": f"wd:Q{n}", "names": {"en": f"Town {n}"}}}
        for n in range(1000, 6000)])
    portal.wire.write("tw.partnerships", PAIR, portal.wire.encode(
        portal.wire.latest_id("org.twinwire.v1.Partnership"), {
            "pairKey": PAIR, "a": VOLGOGRAD | {"lat": 48.7, "lon": 44.5},
            "b": JILIN | {"lat": 43.8, "lon": 126.5}, "status": "active"}))
    portal.settle()

    def arcs():
        return [f["properties"] for f in portal.get(
            "/api/v1/map.geojson").json()["features"]
            if f["properties"]["type"] == "partnership"]
    portal.room.until(arcs, "the partnership")
    arc, = arcs()
    assert arc["a"]["ru"] == "Волгоград" and len(arc["a"]) <= 30
    page = portal.get("/events/site.99@volgograd").text
    assert "Town 1000" in page and page.count("/cities/wd") < 20


def test_reports_by_the_hundred_do_not_hide_what_a_side_says(portal):
    for n in range(250):
        portal.claim(n, member="cpaffc", speaks_for="", status="unknown")
    portal.claim(1, status="active", lastVerified="2026-11-01")
    keys = [f"cpaffc|site.{n}" for n in range(250)] + ["volgograd|site.1"]
    portal.wire.write("tw.partnerships", PAIR, portal.wire.encode(
        portal.wire.latest_id("org.twinwire.v1.Partnership"), {
            "pairKey": PAIR, "a": VOLGOGRAD, "b": JILIN, "status": "active",
            "claims": keys, "sides": [{
                "cityId": VOLGOGRAD["id"], "status": "active",
                "claim": "volgograd|site.1", "registrar": "volgograd"}]}))
    portal.settle()

    def claims():
        answer = requests.get(f"{portal.url}/api/v1/partnerships/{PAIR}",
                              timeout=30)
        return answer.json().get("claims")
    portal.room.until(claims, "the partnership")
    assert "volgograd|site.1" in [c["key"] for c in claims()]


def test_a_member_shows_no_more_connections_than_it_may_have(portal):
    schema = portal.wire.latest_id("org.twinwire.v1.Status")
    for n in range(300):
        portal.wire.write_later(
            "tw.status.cpaffc", f"c{n:03}", portal.wire.encode(schema, {
                "connection": f"c{n:03}", "state": "running", "at": 1}))
    portal.wire.flush()

    def connections():
        return {m["id"]: len(m["connections"])
                for m in portal.items("/api/v1/members")}
    portal.room.until(lambda: connections()["cpaffc"] == 100, "a hundred")


def test_what_nobody_can_read_does_not_fill_the_log(portal):
    for n in range(1000):
        portal.wire.write_later("tw.events.cpaffc", f"site.{n}@cpaffc", b"x")
    portal.wire.flush()
    portal.announce(1)
    portal.settle()
    assert portal.daemon.metrics()["twinwire_portal_refused_total"] == 1000
    assert portal.daemon.text().count("message left out") < 20


def test_a_schema_that_does_not_come_holds_up_its_own_topic(
        twinwire, clean_wire, slow_registry):
    portal = WirePortal(twinwire, clean_wire, registry={
        "url": slow_registry.url, "insecure_http": True})
    id = clean_wire.register("other", {
        "type": "record", "name": "Other", "namespace": "org.example",
        "fields": []})
    slow_registry.slow[str(id)] = threading.Event()
    clean_wire.write("tw.events.cpaffc", "site.1@cpaffc",
                     b"\0" + id.to_bytes(4, "big"))
    twinwire.until(lambda: slow_registry.asked, "it is asked for")
    uids = [portal.announce(1), portal.announce(2, member="cpaffc")]

    def shown():
        return sorted(i["key"] for i in portal.items("/api/v1/events"))
    twinwire.until(lambda: shown() == uids[:1], "what another said")
    slow_registry.slow[str(id)].set()
    twinwire.until(lambda: shown() == uids, "what stood behind it")


def test_hostile_questions_get_an_answer(portal):
    portal.announce(1)
    portal.settle()
    rng = random.Random(3)
    names = ["city", "country", "member", "kind", "status", "language", "q",
             "from", "to", "sort", "after", "limit", "total", "type", "wait",
             "since_from", "format", "x", "", "%00", "a[]"]
    values = NASTY + ["", "0", "-1", "9" * 40, "%", "%ff", "\0", "a" * 5000,
                      "' OR 1=1 --", '" AND "', "NEAR(", "*", '"', "()", "^",
                      "names:x", "wd:Q914", "2026-02-30", "1e999", "..", "$[0]"]
    paths = ["/api/v1/events", "/api/v1/partnerships", "/api/v1/claims",
             "/api/v1/notices", "/api/v1/receipts", "/api/v1/organizations",
             "/api/v1/changes", "/api/v1/members", "/feeds/events.ics",
             "/feeds/news.atom", "/api/v1/map.geojson", "/api/v1/events/",
             "/api/v1/partnerships/", "/feeds/events/"]
    for _ in range(600):
        path = rng.choice(paths)
        if path.endswith("/"):
            path += urllib.parse.quote(rng.choice(values), safe=rng.choice(
                ["", "/%"]))
        pairs = [(rng.choice(names), rng.choice(values))
                 for _ in range(rng.randrange(4))]
        query = "&".join(f"{n}={urllib.parse.quote(v, safe=rng.choice(['', '%']))}"
                         for n, v in pairs if not (n == "wait"))
        answer = requests.get(f"{portal.url}{path}?{query}", timeout=30)
        assert answer.status_code in (200, 400, 404, 410, 414, 431), \
            f"{path}?{query}: {answer.status_code} {answer.text[:200]}"
        if answer.status_code == 400 and "json" in answer.headers.get(
                "Content-Type", ""):
            assert re.search(r"\w", answer.json()["detail"])
    portal.get("/api/v1/events")


def test_the_store_of_another_wire_or_form_is_made_anew(portal):
    portal.announce(1)
    portal.settle()
    portal.daemon.stop()
    store = portal.room.folder / "portal.db"
    assert store.exists()
    store.write_bytes(b"not a database at all, by some accident" * 200)
    portal.daemon.start().ready_z()
    portal.settle()
    assert len(portal.items("/api/v1/events")) == 1


def test_its_description_and_its_answers_agree(portal, tmp_path):
    """schemathesis asks what the description allows, and what it does not."""
    for n in range(5):
        portal.announce(n, f"Forum {n}")
        portal.claim(n, VOLGOGRAD, JILIN)
    portal.settle()
    out = subprocess.run(
        [Path(sys.executable).with_name("schemathesis"), "--config-file",
         Path(__file__).with_name("schemathesis.toml"), "run",
         portal.url + "/api/v1/openapi.json", "--url", portal.url,
         "--max-examples", "8", "--seed", "1", "--phases",
         "coverage,fuzzing", "--no-color", "--workers", "2"],
        capture_output=True, text=True, timeout=300, cwd=tmp_path, check=False)
    assert out.returncode == 0, out.stdout[-6000:] + out.stderr[-2000:]
