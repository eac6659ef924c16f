"""Goal: a system that takes an idempotency key, and cannot be asked what it
has, ends with one item per record: repeats carry the key, a newer version
changes the item that the first one made."""

import itertools

import pytest
from support.records import event

numbers = itertools.count(1)

PRESET = {
    "tier": "keyed", "body": "{title: .title.en}",
    "create": '{method: "POST", path: "/things", body: $body,'
              ' headers: {"Idempotency-Key": $id}}',
    "update": '{method: "PATCH", path: "/things/\\($row.local_id | @uri)",'
              ' body: $body, headers: {"Idempotency-Key": $id}}',
    "stored": '[.body | {local_id: .id, record: {title}}]',
}


class Room:
    def __init__(self, twinwire, wire, site):
        n = next(numbers)
        self.twinwire, self.wire, self.site = twinwire, wire, site
        self.says, gets = f"keyed-says-{n}", f"keyed-gets-{n}"
        twinwire.provision(self.says, gets)
        file = twinwire.rest(
            f"{gets}-site", gets, site,
            subscribe=[{"topics": [f"tw.events.{self.says}"],
                        "from": "beginning"}], **PRESET)
        text = file.read_text()
        assert ' "uses": "rest",\n' in text
        file.write_text(text.replace(' "uses": "rest",\n', ""))
        self.connector = twinwire.connector(file)

    def say(self, title):
        key = f"site.1@{self.says}"
        self.wire.say("Event", self.says, key,
                      event(title, uid=key, publisher=self.says))

    def shows(self, title):
        self.twinwire.until(
            lambda: [i["title"] for i in
                     self.site.items("things").values()] == [title],
            f"the one item says {title}")


@pytest.fixture
def room(twinwire, wire, rest_site):
    room = Room(twinwire, wire, rest_site())
    room.connector.start().ready_z()
    return room


def test_a_version_that_waited_for_the_create_changes_its_item(room):
    room.site.fail(method="POST", delay_s=1.5)
    room.say("Panel")
    room.twinwire.until(lambda: room.site.writes(), "the create is under way")
    room.say("Panel, moved")
    room.shows("Panel, moved")
    assert [r.method for r in room.site.writes()] == ["POST", "PATCH"]
    keys = [r.headers["Idempotency-Key"] for r in room.site.writes()]
    assert len(set(keys)) == 2


def test_a_repeat_has_the_same_key(room):
    room.site.fail(503, method="POST", times=2)
    room.say("Panel")
    room.shows("Panel")
    keys = [r.headers["Idempotency-Key"] for r in room.site.writes()]
    assert len(keys) == 3 and len(set(keys)) == 1
