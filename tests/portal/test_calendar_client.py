"""Goal: a calendar that subscribed with a client of its own (vdirsyncer, which
knows nothing of us) follows what a clerk does on a member's site: an event is
entered, moved, cancelled, withdrawn."""

import datetime
import subprocess
import sys
from pathlib import Path

import icalendar
import pytest
from support.portal import Portal
from support.process import wait_until
from support.sandbox import Sandbox

FORM = {"what": "events", "id": "", "title": "Встреча побратимов",
        "start": "2027-05-01T10:00", "end": "2027-05-01T12:00",
        "city": "Волгоград · RU · wd:Q914"}


class Calendar:
    """Somebody's calendar, subscribed to an address by vdirsyncer."""

    def __init__(self, folder, address):
        self.folder, self.config = folder / "calendar", folder / "config"
        self.config.write_text(f"""[general]
status_path = "{folder}/status/"
[pair mine]
a = "there"
b = "here"
collections = null
conflict_resolution = "a wins"
partial_sync = "revert"
[storage there]
type = "http"
url = "{address}"
[storage here]
type = "filesystem"
path = "{self.folder}"
fileext = ".ics"
""")
        self.run("discover")

    def run(self, what):
        done = subprocess.run(
            [Path(sys.executable).with_name("vdirsyncer"), "-c", self.config,
             what], input="y\n" * 3, capture_output=True, text=True,
            timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def events(self):
        """{title: event} after a look at the address. (vdirsyncer gives each
        version a UID of its own, so ours is looked at elsewhere.)"""
        self.run("sync")
        all_there = [e for file in self.folder.glob("*.ics")
                     for e in icalendar.Calendar.from_ical(
                         file.read_bytes()).walk("VEVENT")]
        found = {str(e["SUMMARY"]): e for e in all_there}
        assert len(found) == len(all_there), "one event stands there twice"
        return found

    def until(self, condition, what):
        """The event, once it meets CONDITION."""
        def look():
            e = self.events().get(FORM["title"])
            return e if e is not None and condition(e) else None
        return wait_until(look, what)


@pytest.fixture
def wire(tmp_path_factory):
    s = Sandbox(tmp_path_factory.mktemp("sandbox")).start()
    s.join("volgograd")
    yield s
    s.close()


def begins(e):
    return e["DTSTART"].dt.astimezone(datetime.timezone.utc)


def test_a_calendar_follows_a_members_site(wire, browser, tmp_path):
    portal = Portal(wire, tmp_path).start()
    with browser.at(portal.url, "ru") as page:
        page.open("/subscribe?city=wd:Q914")
        address = page.locator(".addresses a").first.get_attribute("href")
    assert address.startswith("webcal://")
    # What a desktop does with webcal: it asks by http.
    calendar = Calendar(tmp_path, "http" + address.removeprefix("webcal"))
    site = wire.sites["volgograd"]
    site.post("/save", **FORM)
    # vdirsyncer takes a calendar that becomes empty for a mistake.
    site.post("/save", **(FORM | {"title": "Другое событие"}))
    first = calendar.until(lambda e: True, "the event in the calendar")
    assert begins(first).hour == 7  # Volgograd is three hours ahead
    [id] = [i for i, r in site.shown().items()
            if FORM["title"] in r["title"].values()]
    site.post("/save", **(FORM | {"id": id, "start": "2027-05-02T15:00",
                                  "end": "2027-05-02T16:00"}))
    moved = calendar.until(lambda e: begins(e).day == 2, "moved")
    assert int(moved["SEQUENCE"]) > int(first["SEQUENCE"])
    assert begins(moved).hour == 12
    site.press("cancel", "events", id)
    cancelled = calendar.until(
        lambda e: e.get("STATUS") == "CANCELLED", "cancelled")
    assert begins(cancelled) == begins(moved)
    site.press("withdraw", "events", id)
    wait_until(lambda: FORM["title"] not in calendar.events(), "withdrawn")
    assert portal.process.stop() == 0, portal.process.tail()
