"""Goal: the sandbox shows the whole of Twinwire on one machine: nine sites on
one wire, what a clerk does on one page is on the others, an outage is waited
for and seen; and its stand-ins for Kafka and the registry serve others, too."""

import json
import re
import subprocess

import pytest
import requests
from confluent_kafka import Producer
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from support.process import ROOT, wait_until
from support.rest_site import RestSite
from support.sandbox import MEMBERS, Sandbox
from support.twinwire import program


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """Alone, without connectors."""
    s = Sandbox(tmp_path_factory.mktemp("sandbox")).start()
    yield s
    s.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """All nine members on the wire."""
    s = Sandbox(tmp_path_factory.mktemp("demo")).start()
    s.join(*MEMBERS)
    yield s
    s.close()


def test_nine_sites_each_in_its_language(sandbox):
    assert list(sandbox.sites) == MEMBERS
    assert "Администрация Волгограда" in sandbox.sites["volgograd"].page()
    assert "中国人民对外友好协会" in sandbox.sites["cpaffc"].page()
    assert "no connector has reported" in sandbox.sites["mag"].page()
    nav = re.search("<nav>.*</nav>", sandbox.sites["mag"].page())[0]
    assert "Союз российских городов" in nav
    assert "union-russian-cities" not in nav  # names, not ids


def test_help_states_the_limits():
    out = subprocess.run([program("sandbox"), "--help"], check=True,
                         capture_output=True, text=True).stdout
    for limit in ("5 MB", "memory", "127.0.0.1", "compacts nothing"):
        assert limit in out


def test_the_rest_interface_is_that_of_the_tests_own_site(sandbox):
    """The same requests, the same answers, times aside."""
    site = sandbox.sites["kg-lsg"]
    id = "/events/c%2Fsite.1%40x"
    steps = [
        ("GET", id, None), ("PUT", id, {"title": {"en": "a"}}),
        ("PUT", id, {"title": {"en": "b"}}), ("GET", id, None),
        ("PATCH", id, {"more": 1}), ("GET", "/events", None),
        ("GET", "/events?per_page=1&page=2", None),
        ("GET", "/events?modified_after=2999-01-01T00:00:00Z", None),
        ("DELETE", id, None), ("DELETE", id, None), ("GET", id, None),
        ("GET", "/events", None), ("PUT", id, {"title": {"en": "c"}}),
        ("POST", "/events", {"title": {"en": "own"}}),
        ("PUT", "/events/x", [1]), ("GET", "/nothing", None),
    ]

    def run(url, auth):
        for method, path, body in steps:
            r = requests.request(method, url + path, json=body, auth=auth,
                                 timeout=10)
            answer = r.json() if r.ok else None
            yield (method, path, r.status_code, json.loads(re.sub(
                r'"modified": "[^"]*"', '"modified": "then"',
                json.dumps(answer))))

    with RestSite() as reference:
        expected = list(run(reference.url, (reference.USER,
                                            reference.PASSWORD)))
    got = list(run(site.url, site.auth))
    for e, g in zip(expected, got):
        if "/nothing" in e[1]:  # the reference makes collections as asked
            assert g[2] == 404
        elif e[0] == "POST":  # numbers are each one's own
            assert (e[2], g[2]) == (201, 201)
            assert "/" not in g[3]["id"]
        else:
            assert g == e


def test_writing_needs_the_password(sandbox):
    site = sandbox.sites["kg-lsg"]
    for auth in (None, (site.auth[0], "wrong")):
        assert site.api("PUT", "/events/x", json={},
                        auth=auth).status_code == 401
        assert site.api("GET", "/whoami", auth=auth).status_code == 401
    assert site.api("GET", "/whoami", auth=site.auth).ok


def test_a_page_takes_no_form_of_another_site(sandbox):
    site = sandbox.sites["kg-lsg"]
    r = requests.post(site.url + "/switch", data={"name": "errors"},
                      headers={"Origin": "http://evil.example"}, timeout=10)
    assert r.status_code == 403
    assert site.api("GET", "/events").ok


def test_a_mistake_in_a_form_is_said_in_a_sentence(sandbox):
    site = sandbox.sites["kg-lsg"]
    good = {"what": "events", "id": "", "title": "t",
            "start": "2027-01-01T10:00"}
    for change, sentence in (
            ({"title": ""}, "needs a title"),
            ({"start": "soon"}, "not a date and a time"),
            ({"end": "31.10.2022"}, "not a date and a time"),
            ({"start": "2027-02-31T10:00"}, "not a date and a time"),
            ({"start": "2027-02-31T10:00", "allDay": "yes"}, "not a date"),
            ({"city": "Atlantis"}, "list of cities"),
            ({"id": "no-such"}, "no such entry"),
            ({"what": "kings"}, "not one of ours")):
        r = site.post("/save", **(good | change))
        assert r.status_code in (400, 404, 422) and sentence in r.text
    r = site.post("/save", what="claims", id="",
                  a="wd:Q914", b="Волгоград · RU · wd:Q914")
    assert "two different cities" in r.text


def test_what_a_clerk_types_stays_text(sandbox):
    site = sandbox.sites["kg-lsg"]
    site.post("/save", what="events", id="", start="2027-01-01T10:00",
              title="<script>alert(1)</script>\"'&")
    page = site.page()
    assert "<script>alert" not in page
    assert "&#60;script&#62;alert(1)" in page


def test_an_ordinary_client_uses_the_registry(sandbox):
    client = SchemaRegistryClient({"url": sandbox.room["registry"]})
    event = (ROOT / "schemas/Event.avsc").read_text()
    known = client.lookup_schema("org.twinwire.v1.Event",
                                 Schema(event, "AVRO"))
    assert client.get_schema(known.schema_id).schema_str == event
    text = json.dumps({"type": "record", "name": "X", "fields": [
        {"name": "a", "type": "string"}]})
    first = client.register_schema("X", Schema(text, "AVRO"))
    assert client.register_schema("X", Schema(text, "AVRO")) == first
    assert client.get_latest_version("X").schema_id == first
    with pytest.raises(Exception, match="4040"):
        client.lookup_schema("Y", Schema(text, "AVRO"))
    with pytest.raises(Exception, match="42201"):
        client.register_schema("X", Schema('{"type": "recor"}', "AVRO"))


def test_nothing_is_provisioned_here_and_the_reason_is_said(sandbox):
    for option in ("--plan", "--json"):
        out = subprocess.run(
            [program("cli"), "provision", option, "--brokers",
             sandbox.room["brokers"], "--registry", sandbox.room["registry"],
             ROOT / "deploy/members.yaml"], check=False, capture_output=True,
            text=True)
        assert out.returncode == 1
        assert "the sandbox's, which has none" in out.stderr
        assert "plan" not in out.stdout


def test_a_log_that_lost_its_beginning_ends_all_editing(tmp_path):
    s = Sandbox(tmp_path).start()
    site = s.sites["volgograd"]
    assert "lost its beginning" not in site.page()
    producer = Producer({"bootstrap.servers": s.room["brokers"]})
    for _ in range(8):
        producer.produce("tw.events.mag", b"x" * 900_000)
        assert producer.flush(20) == 0
    wait_until(lambda: "lost its beginning" in site.page(), "the note")
    assert "Announce an event" not in site.page()
    r = site.post("/save", what="events", id="", title="t",
                  start="2027-01-01T10:00")
    assert r.status_code == 503 and "lost the beginning" in r.text
    assert list(site.shown()) == ["i12"]
    s.close()


def test_the_panel_is_once_on_each_site_and_41_pairs(demo):
    def all_there():
        for site in demo.sites.values():
            panels = [t for t in site.titles() if re.search(
                "intermunicipal organizations and city", t, re.I)]
            if len(panels) != 1 or len(site.titles()) != 4:
                return False
            if len(site.shown("partnerships")) != 41:
                return False
        return True
    wait_until(all_there, "the panel once and 41 partnerships everywhere")
    # They come unconfirmed and are confirmed by the other side's statement.
    def statuses():
        return sorted(p["status"] for p in
                      demo.sites["mag"].shown("partnerships").values())
    wait_until(lambda: statuses() == ["active"] * 38 + ["unconfirmed"] * 3,
               "38 confirmed, 3 not")
    site = demo.sites["union-russian-cities"]
    wait_until(lambda: site.page().count("confirmed by both") == 38,
               "the same on another site's page")


def test_an_edit_is_on_the_others_then_cancelled_then_gone(demo):
    home, away = demo.sites["volgograd"], demo.sites["cpaffc"]
    form = {"what": "events", "id": "", "title": "Встреча",
            "start": "2027-05-01T10:00", "end": "2027-05-01T12:00",
            "city": "Волгоград · RU · wd:Q914"}
    home.post("/save", **form)
    wait_until(lambda: "Встреча" in away.page(), "the event at the other site")
    [id] = [i for i, r in home.shown().items()
            if r["title"].get("ru") == "Встреча"]
    home.post("/save", **(form | {"id": id, "start": "2027-05-01T11:00"}))
    wait_until(lambda: "moved from 1 May 2027, 10:00" in away.page(), "moved")
    home.press("cancel", "events", id)
    wait_until(lambda: re.search("Встреча[^/]*cancelled", away.page()),
               "cancelled at the other site")
    home.press("withdraw", "events", id)
    wait_until(lambda: "Встреча" not in away.page(), "gone at the other site")


def test_one_side_suspends_and_every_site_says_which(demo):
    cpaffc, union = demo.sites["cpaffc"], demo.sites["union-russian-cities"]
    cpaffc.press("suspend", "claims", "q914-q92277")
    wait_until(lambda: re.search("дружбы с заграницей: suspended since",
                                 union.page()), "who suspended, since when")
    cpaffc.press("resume", "claims", "q914-q92277")
    wait_until(lambda: ": suspended" not in union.page(), "resumed")


def test_what_the_wire_refuses_is_said_at_the_entry(demo):
    site = demo.sites["kg-lsg"]
    form = {"what": "events", "id": "", "title2": "Встреча",
            "start": "2027-05-01T10:00", "end": "2027-05-01T09:00"}
    site.post("/save", **form)
    wait_until(lambda: "The end lies before the start" in site.page(),
               "why it was not sent, and what to do")
    wait_until(lambda: "Not sent: 1" in site.page(), "the lamp counts it")
    assert "lamp bad" in site.page()
    [id] = [i for i, r in site.shown().items() if "Встреча" in
            r["title"].values() and "/" not in i]
    site.post("/save", **(form | {"id": id, "end": "2027-05-01T11:00"}))
    wait_until(lambda: "Not sent" not in site.page(), "sent once corrected")
    wait_until(lambda: "Встреча" in demo.sites["mag"].page(), "on the others")
    site.press("withdraw", "events", id)
    wait_until(lambda: "Встреча" not in demo.sites["mag"].page(), "withdrawn")


def test_a_clerk_says_since_when_a_partnership_is_suspended(demo):
    cpaffc, union = demo.sites["cpaffc"], demo.sites["union-russian-cities"]
    form = {"what": "claims", "id": "q914-q92277", "a": "wd:Q92277",
            "b": "wd:Q914", "status": "suspended", "statusSince": "2024-03"}
    bad = cpaffc.post("/save", **(form | {"statusSince": "2024-13"}))
    assert bad.status_code == 422 and "not a date" in bad.text
    before = cpaffc.shown("claims")["q914-q92277"]
    cpaffc.post("/save", **form)
    wait_until(lambda: re.search(
        "дружбы с заграницей: suspended since 2024-03<", union.page()),
        "who suspended, since when")
    cpaffc.post("/save", **(form | {
        "status": "active", "statusSince": before.get("statusSince", "")}))
    wait_until(lambda: ": suspended" not in union.page(), "resumed")


@pytest.mark.parametrize("trouble", ["offline", "slow", "errors"])
def test_trouble_is_waited_for_and_seen(demo, trouble):
    home, away = demo.sites["volgograd"], demo.sites["mag"]
    title = f"Meeting with {trouble}"
    wait_until(lambda: "Up to date" in away.page(), "the lamp is green")
    away.switch(trouble)
    home.post("/save", what="events", id="", title2=title,
              start="2027-05-01T10:00")
    if trouble != "slow":  # a slow site may have it before we look
        wait_until(lambda: "Waiting for 1" in away.page(), "the lamp waits")
        assert title not in away.page()
    away.switch(trouble)
    wait_until(lambda: title in away.page(), "delivered after the trouble")
    wait_until(lambda: "Up to date" in away.page(), "the lamp is green again")
    [id] = [i for i, r in home.shown().items()
            if r["title"].get("en") == title]
    home.press("withdraw", "events", id)
    wait_until(lambda: title not in away.page(), "withdrawn")
