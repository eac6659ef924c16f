"""Goal: an event that two members announce stands once on every site, by what
the announcements themselves say; when the one that stands for the other goes,
the other appears, also after the state file is lost."""

import itertools

import pytest
from support.records import event

numbers = itertools.count(1)


class Room:
    """An owner and a herald of one event, and a site that reads both."""

    def __init__(self, twinwire, wire, site):
        n = next(numbers)
        self.twinwire, self.wire, self.site = twinwire, wire, site
        self.owner, self.herald = f"owner-{n}", f"herald-{n}"
        self.reader = f"reader-{n}"
        twinwire.provision(*({"id": m, "names": {"en": m}} for m in
                             (self.owner, self.herald, self.reader)))
        self.connector = twinwire.connector(twinwire.rest(
            f"reader-{n}-site", self.reader, site,
            subscribe=[{"topics": [f"tw.events.{self.owner}",
                                   f"tw.events.{self.herald}"],
                        "from": "beginning"}],
            publish=[{"into": "events", "namespace": "site",
                      "from": "beginning", "every": "200ms"}]))

    def say(self, member, local_id, title, same_as=()):
        uid = f"site.{local_id}@{member}"
        record = None if title is None else event(
            title, uid=uid, publisher=member, sameAs=list(same_as))
        self.wire.say("Event", member, uid, record)
        return uid

    def shows(self, *titles):
        self.twinwire.until(
            lambda: sorted(i["title"]["en"] for i in
                           self.site.items("events").values())
            == sorted(titles), f"the site shows {titles}")


@pytest.fixture
def room(twinwire, wire, rest_site):
    room = Room(twinwire, wire, rest_site())
    room.connector.start().ready_z()
    return room


def test_the_owner_s_announcement_stands_for_the_herald_s(room):
    owner = room.say(room.owner, "1", "Panel")
    room.say(room.herald, "1", "Panel, too", [owner])
    room.say(room.owner, "2", "Concert")
    room.shows("Panel", "Concert")


def test_the_herald_s_appears_when_the_owner_s_is_withdrawn(room):
    owner = room.say(room.owner, "1", "Panel")
    room.say(room.herald, "1", "Panel, too", [owner])
    room.shows("Panel")
    room.say(room.owner, "1", None)
    room.shows("Panel, too")
    room.say(room.owner, "1", "Panel again")
    room.shows("Panel again")


def test_the_herald_s_goes_when_the_owner_s_comes_later(room):
    room.say(room.herald, "1", "Panel, too", [f"site.1@{room.owner}"])
    room.shows("Panel, too")
    room.say(room.owner, "1", "Panel")
    room.shows("Panel")


def test_an_own_event_stands_for_what_it_names(room):
    owner = room.say(room.owner, "1", "Panel")
    room.shows("Panel")
    room.site.put("events", "7", **event("Our panel", sameAs=[owner]))
    room.shows("Our panel")
    room.site.trash("events", "7")
    room.shows("Panel")


def test_it_stays_so_when_the_state_file_is_lost(room):
    owner = room.say(room.owner, "1", "Panel")
    room.say(room.herald, "1", "Panel, too", [owner])
    room.site.put("events", "7", **event("Ours"))
    room.shows("Panel", "Ours")
    room.twinwire.until(lambda: room.wire.ends()[f"tw.events.{room.reader}"]
                        == 1, "ours is on the wire")
    room.twinwire.lose_state(room.connector)
    room.connector.ready_z()
    room.say(room.owner, "1", None)
    room.shows("Panel, too", "Ours")
    assert room.wire.ends()[f"tw.events.{room.reader}"] == 1
