"""Goal: a member leaves and nothing of it stays behind unsaid: its records are
files, off the wire, off every site and out of the merged view; only then are its
topics deleted. Frozen records stay, and people read that it left."""

import csv
import itertools
import json
import re

import pytest
import requests
from support.records import JILIN, VOLGOGRAD, claim, event

numbers = itertools.count(1)
OTHER = {"id": "wd:Q656", "country": "RU", "names": {"en": "Saint Petersburg"}}


class Wire:
    """LEAVER says things; STAYER says one of the same pairs, too; nine members'
    sites, STAYER's among them, show all there is."""

    def __init__(self, twinwire, wire, rest_site):
        n = next(numbers)
        self.twinwire, self.wire = twinwire, wire
        self.leaver, self.stayer = f"leaves-{n}", f"stays-{n}"
        self.rows = [{"id": self.leaver, "speaks_for": {"countries": ["RU"]}},
                     {"id": self.stayer, "speaks_for": {"countries": ["CN"]}},
                     *({"id": f"shows-{n}-{i}"} for i in range(8))]
        self.members = twinwire.provision(*self.rows)
        self.sites = {m["id"]: rest_site() for m in self.rows[1:]}
        patterns = [f"tw.{k}.{m}" for k in ("events", "claims")
                    for m in (self.leaver, self.stayer)] + ["tw.partnerships"]
        self.connector = twinwire.connector(*(
            twinwire.rest(f"{m}-site", m, site, subscribe=[
                {"topics": patterns, "from": "beginning"}])
            for m, site in self.sites.items()), name=f"connector-{n}").start()
        self.reconciler = twinwire.reconciler(name=f"reconciler-{n}").start()

    def publish(self, member, kind, *records):
        file = self.twinwire.file(f"{member}-{kind}.jsonl", "".join(
            json.dumps(r, ensure_ascii=False) + "\n" for r in records))
        self.twinwire.cli("publish", "--member", member, kind, file)

    def say(self):
        self.publish(self.leaver, "events", *(
            event(t, id=f"e{i}") for i, t in enumerate(
                ["Panel", "Concert", "=HYPERLINK(\"x\")", "Quotes \" and ,"])))
        self.publish(self.leaver, "claims", claim(id="c1"),
                     claim(OTHER, JILIN, id="c2"))
        self.publish(self.stayer, "claims", claim(JILIN, VOLGOGRAD, id="s1"))
        self.publish(self.stayer, "events", event("Mine", id="m1"))
        # An event and a pair of its own, and what the stayer says.
        self.until_shown({"events": 5, "claims": 3, "partnerships": 2})

    def until_shown(self, want):
        for member, site in self.sites.items():
            self.twinwire.until(
                lambda site=site: {k: len(site.items(k)) for k in want} == want,
                f"{member} shows {want}")

    def members_file(self, left=None, without=False):
        rows = [r | ({"left": left} if left and r["id"] == self.leaver else {})
                for r in self.rows if not (without and r["id"] == self.leaver)]
        self.members.write_text(json.dumps({"members": rows}))
        return self.members

    def leave(self, *options, code=0):
        out = self.twinwire.run(
            "leave", "--brokers", self.twinwire.brokers, "--registry",
            self.twinwire.registry_url, *options, self.leaver, self.members,
            timeout_s=120)
        assert out.returncode == code, out.stdout + out.stderr
        return out.stdout + out.stderr


@pytest.fixture
def there(twinwire, wire, rest_site):
    w = Wire(twinwire, wire, rest_site)
    w.say()
    return w


def test_a_member_leaves_and_every_site_is_clean(there):
    assert "left: 2026-11-29" in there.leave("--withdraw", code=78)
    there.members_file(left="2026-11-29")
    there.leave(code=2)  # what becomes of the records is to be said

    said = there.leave("--withdraw")
    assert "6 records are in" in said and "6 records withdrawn" in said
    assert "all sites are clean" in said
    there.until_shown({"events": 1, "claims": 1, "partnerships": 1})
    left = there.wire.latest("tw.partnerships")
    assert not any(there.leaver in c for m in left.values()
                   for c in m.value["claims"])
    for word in ("events", "claims"):
        assert there.wire.latest(f"tw.{word}.{there.leaver}") == {}

    # What it said, for it to take along.
    folder = there.twinwire.folder / f"{there.leaver}-export"
    events = [json.loads(line) for line in
              (folder / f"{there.leaver}-events.jsonl").read_text().splitlines()]
    assert {e["title"]["en"] for e in events} == {
        "Panel", "Concert", '=HYPERLINK("x")', 'Quotes " and ,'}
    with open(folder / f"{there.leaver}-events.csv", newline="") as f:
        rows = list(csv.DictReader(f))
    assert {r["title.en"] for r in rows} == {
        "Panel", "Concert", '\'=HYPERLINK("x")', 'Quotes " and ,'}
    assert len((folder / f"{there.leaver}-claims.jsonl").read_text()
               .splitlines()) == 2

    # The row goes, then the topics; who had them open goes on.
    portal = there.twinwire.portal().start().ready_z()
    there.members_file(without=True)
    for daemon in there.reconciler, portal:
        daemon.hang_up()
        there.twinwire.until(lambda d=daemon: "reloaded" in d.text(), "reload")
    said = there.leave("--withdraw")
    assert f"deleted tw.events.{there.leaver}" in said
    there.twinwire.until(lambda: not [
        t for t in there.wire.topics() if t.endswith("." + there.leaver)],
        "its topics are gone")
    there.until_shown({"events": 1, "claims": 1, "partnerships": 1})
    there.twinwire.until(there.connector.is_ready, "the others go on")
    for daemon in there.reconciler, portal:
        there.twinwire.until(lambda d=daemon: "read no more" in d.text() and
                             d.is_ready(), "it goes on")


def test_a_site_that_is_not_clean_is_named_and_nothing_is_deleted(there):
    stuck = f"{there.rows[2]['id']}-site"
    site = there.sites[there.rows[2]["id"]]
    site.fail(503, times=None, method="DELETE")
    there.members_file(left="2026-11-29")
    said = there.leave("--withdraw", "--wait", "0", code=1)
    assert re.search(rf"not yet clean:.*\b{stuck} \(\d\)", said), said

    # Another try writes what came meanwhile beside what is off the wire.
    there.publish(there.leaver, "events", event("Late", id="e9"))
    assert "1 record is in" in there.leave("--withdraw", "--wait", "0", code=1)
    folder = there.twinwire.folder / f"{there.leaver}-export"
    name = f"{there.leaver}-events"
    assert len((folder / f"{name}.jsonl").read_text().splitlines()) == 4
    assert "Late" in (folder / f"{name}-2.jsonl").read_text()

    there.members_file(without=True)
    said = there.leave("--withdraw", code=1)
    assert "nothing is deleted" in said and stuck in said
    assert f"tw.events.{there.leaver}" in there.wire.topics()

    site.recover()
    there.members_file(left="2026-11-29")
    assert "all sites are clean" in there.leave("--withdraw")


def test_frozen_records_stay_and_say_since_when(there):
    portal = there.twinwire.portal().start().ready_z()
    page = portal.url + f"/members/{there.leaver}"
    assert "left on" not in requests.get(page, timeout=10).text
    there.members_file(left="2026-11-29")
    said = there.leave("--freeze")
    assert "6 records are in" in said
    portal.hang_up()
    there.twinwire.until(lambda: "left on" in requests.get(
        page + "?lang=en", timeout=10).text, "the portal says it")
    assert "2026" in requests.get(page, timeout=10).text
    there.until_shown({"events": 5, "claims": 3, "partnerships": 2})


def order(there, *args, code=0):
    out = there.twinwire.run(
        args[0], "--brokers", there.twinwire.brokers, "--registry",
        there.twinwire.registry_url, *args[1:])
    assert out.returncode == code, out.stdout + out.stderr
    return out.stdout


def test_a_purge_takes_down_what_was_written_and_no_more(there):
    member = there.rows[2]["id"]
    name, site = f"{member}-site", there.sites[member]
    site.put("events", "the-clerks-own", **event("By hand"))
    said = order(there, "purge", name)
    assert "remove 10" in said, said
    assert len(site.items("events")) == 6  # nothing yet

    plan = there.wire.latest(f"tw.status.{member}")[name].value["plan"]
    assert plan["counts"] == {"remove": 10}
    order(there, "approve", name, plan["id"])
    there.twinwire.until(
        lambda: set(site.items("events")) == {"the-clerks-own"} and not
        site.items("claims") and not site.items("partnerships"), "clean")
    there.twinwire.until(
        lambda: there.wire.latest(f"tw.status.{member}")[name].value["state"]
        == "paused", "the connection rests")
    # What is said later does not come, though it were let go, nor with a
    # new process; the other site is as it was.
    there.connector.stop()
    there.connector.start()
    order(there, "resume", name)
    there.publish(there.stayer, "events", event("Later", id="m2"))
    other = there.sites[there.stayer]
    there.twinwire.until(lambda: len(other.items("events")) == 6, "elsewhere")
    there.twinwire.until(
        lambda: there.connector.metrics()[
            f'twinwire_pending{{connection="{name}"}}'] == 0, "all is judged")
    assert set(site.items("events")) == {"the-clerks-own"}

    # Whoever wants it back says so.
    assert "create 11" in order(there, "resync", name)
    plan = there.twinwire.until(
        lambda: there.wire.latest(f"tw.status.{member}")[name].value["plan"],
        "a plan")
    order(there, "approve", name, plan["id"])
    there.twinwire.until(lambda: len(site.items("events")) == 7, "it is back")
