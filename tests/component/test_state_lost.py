"""Goal: a connection that lost its state file goes by what it told on the log:
what stands in the system is neither written nor removed nor refused again, and
what has changed meanwhile is written at its newest version alone, never at one
that the log still holds on the way there."""

import itertools

import pytest
from support.records import event

numbers = itertools.count(1)


class Room:
    """One member that says, and a site that is written by PUT under our id."""

    def __init__(self, twinwire, wire, site):
        n = next(numbers)
        self.twinwire, self.wire, self.site = twinwire, wire, site
        self.sayer, self.reader = f"sayer-{n}", f"lost-{n}"
        twinwire.provision(self.sayer, self.reader)
        self.connector = twinwire.connector(twinwire.rest(
            f"lost-{n}-site", self.reader, site,
            subscribe=[{"topics": [f"tw.events.{self.sayer}"],
                        "from": "beginning"}],
            limits={"timeout_s": 1}))

    def say(self, local_id, *titles):
        uid = f"site.{local_id}@{self.sayer}"
        for title in titles:
            self.wire.say("Event", self.sayer, uid, None if title is None
                          else event(title, uid=uid, publisher=self.sayer))

    def told(self):
        """{local id: (state, since)} by the receipts."""
        return {m.value["recordKey"].split(".")[1].split("@")[0]:
                (m.value["state"], m.value["since"]) for m in
                self.wire.latest(f"tw.receipts.{self.reader}").values()}

    def wait_told(self, **states):
        self.twinwire.until(
            lambda: {k: s for k, (s, _) in self.told().items()} == states,
            f"receipts {states}")

    def titles(self, local_id):
        """What the site was told of it: titles, None for a removal."""
        return [r.json() and r.json()["title"]["en"]
                for r in self.site.writes()
                if f"site.{local_id}%40" in r.path
                or f"site.{local_id}@" in r.path]

    def forget_requests(self):
        with self.site.lock:
            self.site.log.clear()


@pytest.fixture
def room(twinwire, wire, rest_site):
    room = Room(twinwire, wire, rest_site())
    room.connector.start().ready_z()
    return room


def test_what_stands_there_is_left_alone(room):
    room.site.fail(422, times=None, path="site.4")
    room.say("1", "One", "One, moved")
    room.say("2", "Two")
    room.say("3", "Three")
    room.say("4", "Four")
    room.twinwire.until(lambda: room.titles("3"), "a record")
    room.say("3", None)
    room.twinwire.until(lambda: room.titles("3")[-1] is None, "its removal")
    room.wait_told(**{"1": "delivered", "2": "delivered", "3": "removed",
                      "4": "refused"})
    said, ends = room.told(), room.wire.ends("tw.receipts.")
    dead = room.wire.ends("tw.dead.")

    room.forget_requests()
    room.twinwire.lose_state(room.connector)
    room.connector.ready_z()
    room.say("5", "Five")
    room.twinwire.until(lambda: room.titles("5") == ["Five"], "a new record")
    assert [room.titles(n) for n in "1234"] == [[], [], [], []]
    # The new one's receipt comes after all that would have been said again.
    room.twinwire.until(lambda: "5" in room.told(), "its receipt")
    del (now := room.told())["5"]
    assert now == said
    receipts = f"tw.receipts.{room.reader}"
    assert room.wire.ends("tw.receipts.")[receipts] == ends[receipts] + 1
    assert room.wire.ends("tw.dead.") == dead


def test_what_changed_is_written_at_its_newest_alone(room):
    room.say("1", "One", "One, moved")
    room.say("2", "Two")
    room.say("3", "Three")
    room.wait_told(**{"1": "delivered", "2": "delivered", "3": "delivered"})
    assert room.titles("1")[-1] == "One, moved"

    room.connector.stop()
    room.forget_requests()
    room.say("2", "Two, moved")
    room.say("3", "Three, moved", None, "Three, back", "Three, at last")
    room.twinwire.lose_state(room.connector)
    room.twinwire.until(
        lambda: room.titles("2") and room.titles("3"), "the changes")
    room.say("4", "Four")
    room.twinwire.until(lambda: room.titles("4"), "a new record")
    assert room.titles("1") == []
    assert room.titles("2") == ["Two, moved"]
    # Written once more when nothing older can land any more.
    assert set(room.titles("3")) == {"Three, at last"}


def test_a_killed_connection_goes_on_at_the_newest(room):
    room.say("1", "One")
    room.wait_told(**{"1": "delivered"})
    room.connector.kill()
    room.forget_requests()
    room.say("1", "Two", "Three")
    room.say("2", "First", None)
    room.connector.start()
    room.twinwire.until(lambda: room.titles("1"), "the change")
    assert set(room.titles("1")) == {"Three"}
    assert "First" not in room.titles("2")


def test_what_the_log_has_forgotten_goes(room):
    """Withdrawn so long ago that no topic names it any more."""
    topic = f"tw.events.{room.sayer}"
    room.say("1", "One")
    room.say("2", "Two")
    room.wait_told(**{"1": "delivered", "2": "delivered"})
    room.connector.stop()
    room.forget_requests()
    room.wire.delete(topic)
    room.twinwire.until(lambda: topic not in room.wire.topics(), "it is gone")
    room.wire.create(topic, **{"cleanup.policy": "compact"})
    for n, title in enumerate(["Two", "Three", "Four"], 2):
        room.say(str(n), title)
    room.twinwire.lose_state(room.connector)
    room.wait_told(**{"1": "removed", "2": "delivered", "3": "delivered",
                      "4": "delivered"})
    assert room.titles("1") == [None]
    assert room.titles("2") == []
    room.connector.ready_z()


def test_receipts_of_another_log_prove_nothing(room):
    room.say("1", "One")
    room.wait_told(**{"1": "delivered"})
    room.connector.stop()
    room.forget_requests()
    topic = f"tw.receipts.{room.reader}"
    m = next(iter(room.wire.latest(topic).values()))
    # As if the events' log had been longer before it was made anew.
    room.wire.write(topic, m.key, room.wire.encode(
        room.wire.latest_id("org.twinwire.v1.Receipt"),
        m.value | {"offset": 9}))
    room.twinwire.lose_state(room.connector)
    room.twinwire.until(lambda: room.titles("1") == ["One"], "the record")
