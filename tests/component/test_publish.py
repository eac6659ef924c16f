"""Goal: what a member enters in its own system is on the wire once, as it
stands there, and goes when it goes: also through restarts, a lost state file
and listings that fail in the middle; what came from the wire never goes back."""

import contextlib
import itertools
import sqlite3

import pytest
from support.records import claim, event
from support.process import wait_until

numbers = itertools.count(1)


class Member:
    """A member's system, its connection and what the witness sees of it."""

    def __init__(self, twinwire, wire, site, **more):
        self.twinwire, self.wire, self.site = twinwire, wire, site
        self.id = f"member-{next(numbers)}"  # a file's tests share one Kafka
        self.connection = f"{self.id}-site"
        self.events = f"tw.events.{self.id}"
        twinwire.provision({"id": self.id, "names": {"en": self.id}})
        self.connector = twinwire.connector(
            self.publishing("beginning", **more), name=f"of-{self.id}")

    def publishing(self, since, **more):
        """The connection's file: events and claims."""
        return self.twinwire.rest(self.connection, self.id, self.site, publish=[
            {"into": into, "namespace": "site", "from": since,
             "every": "200ms"} for into in ("events", "claims")], **more)

    def key(self, local_id):
        return f"site.{local_id}@{self.id}"

    def shown(self, kind="events"):
        """{key: record} that the wire holds."""
        return {k: m.value for k, m in
                self.wire.latest(f"tw.{kind}.{self.id}").items()}

    def titles(self):
        """{local id: title} that the wire holds."""
        return {k.removeprefix("site.").removesuffix("@" + self.id):
                v["title"]["en"] for k, v in self.shown().items()}

    def until(self, titles):
        self.twinwire.until(lambda: self.titles() == titles,
                            f"on the wire: {titles}")

    def stays(self, titles):
        """Still so after further polls, and nothing was written for it."""
        ends = self.wire.ends(self.events)
        self.site.polled(3, "events")
        assert self.titles() == titles
        assert self.wire.ends(self.events) == ends


@pytest.fixture
def member(twinwire, wire, rest_site):
    """A member with a REST site that publishes events and claims."""
    return Member(twinwire, wire, rest_site())


def test_what_a_clerk_does_is_on_the_wire(member):
    member.site.put("events", "1", **event("Forum"))
    member.site.put("events", "2", **event("Panel"))
    member.site.put("claims", "7", **claim())
    member.connector.start()
    member.until({"1": "Forum", "2": "Panel"})
    one = member.shown()[member.key(1)]
    assert one["uid"] == member.key(1)
    assert one["publisher"] == member.id
    assert one["sequence"] == 0
    member.twinwire.until(
        lambda: list(member.shown("claims")) == [f"{member.id}|site.7"],
        "the claim is on the wire")

    member.site.put("events", "1", **event("Forum", "2027-05-12T14:00:00"))
    member.twinwire.until(
        lambda: member.shown()[member.key(1)]["sequence"] == 1, "moved")
    assert member.shown()[member.key(1)]["previousStart"] == "2027-05-12T13:00:00"

    member.site.trash("events", "2")
    member.until({"1": "Forum"})
    member.site.put("events", "2", title={"en": "Panel again"})
    member.until({"1": "Forum", "2": "Panel again"})
    member.stays({"1": "Forum", "2": "Panel again"})


def test_many_pages_go_out_once_each(member):
    for i in range(250):  # the site gives 100 a page
        member.site.put("events", str(i), **event(f"Event {i}"))
    member.connector.start()
    want = {str(i): f"Event {i}" for i in range(250)}
    member.until(want)
    assert member.wire.ends(member.events)[member.events] == 250
    member.stays(want)


def test_a_restart_and_a_lost_state_file_write_nothing(member):
    member.site.put("events", "1", **event("Forum"))
    member.site.put("events", "2", **event("Panel", "2027-05-12", "2027-05-14"))
    member.connector.start()
    want = {"1": "Forum", "2": "Panel"}
    member.until(want)
    member.connector.stop()
    member.connector.start()
    member.stays(want)
    member.twinwire.lose_state(member.connector)
    member.stays(want)
    # What changed meanwhile is known from the wire.
    member.site.put("events", "1", **event("Forum", "2027-05-12T14:00:00"))
    member.twinwire.until(
        lambda: member.shown()[member.key(1)]["sequence"] == 1, "moved")


def test_kills_in_the_middle_lose_nothing(member):
    want = {}
    for i in range(500):
        member.site.put("events", str(i), **event(f"Event {i}"))
        want[str(i)] = f"Event {i}"
    for sent in (50, 250, 400):
        member.connector.start()
        member.twinwire.until(
            lambda: member.wire.ends(member.events)[member.events] >= sent,
            f"{sent} events on the wire")
        member.connector.kill()
    member.connector.start()
    member.until(want)
    member.site.polled(7, "events")  # six pages, and the next poll has begun
    member.stays(want)
    # What was sent and not yet noted is said again, word for word.
    said = {}
    for m in member.wire.read(member.events):
        fields = {k: v for k, v in m.value.items() if k != "modifiedAt"}
        assert said.setdefault(m.key, fields) == fields


def test_withdrawn_by_hand_holds_until_it_is_edited(member):
    member.site.put("events", "1", **event("Forum"))
    member.site.put("events", "2", **event("Panel"))
    member.connector.start()
    member.until({"1": "Forum", "2": "Panel"})
    member.wire.say("Event", member.id, member.key(1), None)
    member.stays({"2": "Panel"})
    member.twinwire.lose_state(member.connector)
    member.stays({"2": "Panel"})
    member.site.put("events", "1", title={"en": "Forum again"})
    member.until({"1": "Forum again", "2": "Panel"})


def test_out_of_the_trash_it_comes_back_without_the_state_file(member):
    """The log tells whose hand withdrew it: the connection's own follows the
    site."""
    member.site.put("events", "1", **event("Forum"))
    member.site.put("events", "2", **event("Panel"))
    member.connector.start()
    member.until({"1": "Forum", "2": "Panel"})
    member.site.trash("events", "1")
    member.until({"2": "Panel"})
    member.connector.stop()
    member.site.put("events", "1")
    member.twinwire.lose_state(member.connector)
    member.until({"1": "Forum", "2": "Panel"})


def test_what_came_from_the_wire_never_goes_back(member):
    """An item that carries a marker is no news of this member."""
    marked = f"{member.connection}/site.1@mag"
    member.site.put("events", marked, **event("Theirs"))
    member.site.put("events", "other/site.2@mag", **event("Of another"))
    member.site.put("events", "1", **event("Ours"))
    member.connector.start()
    member.until({"1": "Ours"})
    member.site.put("events", marked, title={"en": "Edited here"})
    member.stays({"1": "Ours"})


def test_an_edit_of_somebody_elses_news_is_kept_and_said(
        member, twinwire, wire, rest_site):
    here = Member(twinwire, wire, rest_site(), subscribe=[
        {"topics": [member.events], "from": "beginning"}])
    member.site.put("events", "1", **event("Forum"))
    member.connector.start()
    here.connector.start()
    item = f"{here.connection}/{member.key(1)}"
    name = f"{here.connection}|{member.key(1)}"

    def says(reason):
        return lambda: here.shown("receipts").get(name, {}).get(
            "reason") == reason
    twinwire.until(says(""), "delivered, as we wrote it")
    here.site.polled(3, "events")
    assert says("")()
    here.site.put("events", item, title={"en": "Forum!"})
    twinwire.until(says("differs"), "differs from the original")
    assert here.site.items("events")[item]["title"] == {"en": "Forum!"}
    here.site.put("events", item, title={"en": "Forum"})
    twinwire.until(says(""), "as we wrote it again")
    # Its owner's next version ends it, too.
    here.site.put("events", item, title={"en": "Forum!"})
    twinwire.until(says("differs"), "differs from the original")
    member.site.put("events", "1", title={"en": "Congress"})
    twinwire.until(says(""), "the next version")
    assert here.site.items("events")[item]["title"] == {"en": "Congress"}
    assert here.titles() == {}


def test_a_listing_that_fails_in_the_middle_withdraws_nothing(member):
    for i in range(150):
        member.site.put("events", str(i), **event(f"Event {i}"))
    member.connector.start()
    want = {str(i): f"Event {i}" for i in range(150)}
    member.until(want)
    member.connector.stop()
    # A start lists whole; its second page fails in several ways.
    first = []

    def later_page(r):
        if r.method != "GET" or "events" not in r.path:
            return False
        first.append(r)
        return len(first) > 1
    for how in ({"status": 500}, {"body": b"<html>"}, {"close": True}):
        first.clear()
        member.site.fail(times=None, when=later_page, **how)
        member.connector.start()
        wait_until(lambda: len(first) > 1, "the second page was asked for")
        member.connector.stop()
        member.site.recover()
        assert member.titles() == want
    member.connector.start()
    member.stays(want)


def test_gone_without_a_trace_is_noticed(member):
    member.site.put("events", "1", **event("Forum"))
    member.site.put("events", "2", **event("Panel"))
    member.connector.start()
    member.until({"1": "Forum", "2": "Panel"})
    member.site.forget("events", "2")
    member.connector.stop()  # the next start lists whole
    member.connector.start()
    member.until({"1": "Forum"})


def test_what_breaks_the_rules_waits_for_its_clerk(member):
    member.site.put("events", "1", **event("Forum", "in May", "later"))
    member.site.put("events", "2", **event("Panel"))
    member.connector.start()
    member.until({"2": "Panel"})
    name = f"{member.connection}|{member.key(1)}"
    member.twinwire.until(
        lambda: member.shown("receipts").get(name, {}).get("state") == "refused",
        "a receipt that says refused")
    assert member.shown("receipts")[name]["reason"]
    member.site.put("events", "1", **event("Forum"))
    member.until({"1": "Forum", "2": "Panel"})
    member.twinwire.until(
        lambda: member.shown("receipts")[name]["state"] == "delivered",
        "a receipt that says delivered")


def test_a_site_that_is_down_delays_and_loses_nothing(member):
    member.site.put("events", "1", **event("Forum"))
    member.site.fail(503, times=2, path="events")
    member.connector.start()
    member.until({"1": "Forum"})
    member.site.fail(body=b"{\"items\": 7}", times=1, path="events")
    member.site.put("events", "2", **event("Panel"))
    member.until({"1": "Forum", "2": "Panel"})


def test_a_broker_that_is_down_delays_and_loses_nothing(member, kafka):
    member.site.put("events", "1", **event("Forum"))
    member.connector.start()
    member.until({"1": "Forum"})
    kafka.stop()
    member.site.put("events", "2", **event("Panel"))
    member.site.polled(2)
    kafka.start()
    member.until({"1": "Forum", "2": "Panel"})
    member.stays({"1": "Forum", "2": "Panel"})


def test_an_old_site_is_not_announced(member):
    member.site.put("events", "1", **event("Old"))
    member.publishing("now")
    member.connector.start()
    member.site.polled(2, "events")
    assert member.titles() == {}
    member.site.put("events", "2", **event("New"))
    member.until({"2": "New"})
    member.site.put("events", "1", title={"en": "Old, edited"})
    member.until({"1": "Old, edited", "2": "New"})
    # What was entered while the connection was away and lost its state.
    member.connector.stop()
    member.site.put("events", "3", **event("While away"))
    member.twinwire.lose_state(member.connector)
    member.until({"1": "Old, edited", "2": "New", "3": "While away"})


def republish(member):
    """Order it, at once, and wait for its end."""
    before = member.connector.text().count("msg=republished")
    member.twinwire.cli("republish", member.connection)
    member.twinwire.until(  # events and claims
        lambda: member.connector.text().count("msg=republished") == before + 2,
        "republished")


def publish_two(member):
    member.site.put("events", "1", **event("Forum"))
    member.site.put("events", "2", **event("Panel"))
    member.connector.start()
    member.until({"1": "Forum", "2": "Panel"})
    member.twinwire.until(
        lambda: member.wire.latest(f"tw.status.{member.id}"), "a status")


def test_what_is_withdrawn_by_hand_is_not_republished(member):
    publish_two(member)
    member.twinwire.cli("withdraw", member.key(1))
    republish(member)
    assert member.wire.ends(member.events)[member.events] == 4
    member.stays({"2": "Panel"})
    member.site.put("events", "1", **event("Forum, edited"))
    member.until({"1": "Forum, edited", "2": "Panel"})
    # What was withdrawn while nobody looked is not brought back either.
    member.connector.stop()
    member.twinwire.cli("withdraw", member.key(2))
    member.connector.start()
    republish(member)
    member.stays({"1": "Forum, edited"})


def to_another_cluster(member):
    """Stop it; its log is empty, and not where the state file has it."""
    member.connector.stop()
    member.wire.delete(member.events)
    member.twinwire.until(
        lambda: member.events not in member.wire.topics(), "the topic is gone")
    member.twinwire.provision({"id": member.id, "names": {"en": member.id}})
    file = member.twinwire.folder / f"{member.connector.name}.db"
    with contextlib.closing(sqlite3.connect(file)) as db:
        assert db.execute("UPDATE value SET value = 'another' WHERE scope = ?"
                          " AND name = 'cluster'",
                          [member.connection]).rowcount == 1
        db.commit()


def test_what_is_withdrawn_by_hand_is_not_on_a_new_cluster(member):
    publish_two(member)
    member.twinwire.cli("withdraw", member.key(1))
    member.twinwire.until(
        lambda: "withdrawn by another hand" in member.connector.text(),
        "it has noticed")
    to_another_cluster(member)
    member.connector.start()
    member.until({"2": "Panel"})
    member.stays({"2": "Panel"})


def test_what_lives_again_on_a_copied_cluster_is_not_held(member):
    publish_two(member)
    lives = member.wire.latest(member.events)[member.key(1)]
    to_another_cluster(member)
    member.wire.write(member.events, member.key(1), None)
    member.wire.write(member.events, member.key(1), lives.raw, lives.headers)
    member.connector.start()
    member.twinwire.until(  # and all of it once more
        lambda: member.wire.ends(member.events)[member.events] == 4,
        "republished")
    member.stays({"1": "Forum", "2": "Panel"})
    assert "by another hand" not in member.connector.text()
