"""Goal: whatever a member's record says, in any field that reaches a page, and
whatever an address asks: nothing of it runs, leads elsewhere or breaks a page."""

import random
import time
from urllib.parse import quote

import pytest
from support.portal import Portal
from support.records import JILIN, VOLGOGRAD
from support.sandbox import Sandbox
from support.wire import Wire

EVIL = """<script>hacked=1</script><img src=x onerror=hacked=1>"'><svg onload=
hacked=1></textarea></title></script><a href=javascript:hacked=1>x</a>{{7*7}}
`${hacked=1}`<!-- --><![CDATA[&lt;script&gt;\u202e\u2028\u0000]]>""".replace(
    "\n", "").replace("\u0000", "")
SHORT = "\"'><img src=x onerror=hacked=1>"
ADDRESSES = ["javascript:hacked=1", "JaVaScRiPt:hacked=1", "data:text/html,"
             "<script>hacked=1</script>", "//evil.example/x", "https://x.example"
             "/\"onmouseover=\"hacked=1", "vbscript:hacked=1"]
PAIR = "/partnerships/wd%3AQ914%2Bwd%3AQ92277"


def text(say=EVIL):
    return {"en": say, "ru": say, "zh-Hans": say, "<b>": say}


def named(city):
    return city | {"names": text(SHORT)}


def claim(n, registrar):
    return {
        "registrar": registrar, "localId": f"x.{n}",
        "speaksFor": VOLGOGRAD["id"], "a": named(VOLGOGRAD), "b": named(JILIN),
        "status": SHORT, "statusSince": SHORT, "lastVerified": SHORT,
        "url": ADDRESSES[n], "dataLicence": SHORT, "agreements": [{
            "kind": SHORT, "kindLabel": EVIL, "signedOn": SHORT,
            "dateBasis": SHORT, "areas": [SHORT], "languages": [SHORT],
            "documentUrl": ADDRESSES[n], "endedOn": SHORT}]}


def event(n, **more):
    return {
        "uid": f"x.{n}@mag", "publisher": "mag", "status": SHORT,
        "kind": SHORT, "title": text(), "summary": text(),
        "start": f"2026-11-{10 + n}T10:00:00", "end": SHORT, "tz": SHORT,
        "startUtc": 1, "previousStart": SHORT, "attendance": SHORT,
        "places": [{"city": named(VOLGOGRAD), "name": text(), "address": SHORT,
                    "url": ADDRESSES[n]}],
        "organizers": [{"id": "org:" + SHORT, "role": SHORT, "names": text()}],
        "about": [VOLGOGRAD["id"]], "languages": [SHORT], "superEvent": SHORT,
        "url": ADDRESSES[n], "registrationUrl": ADDRESSES[n],
        "registrationUntil": SHORT, "contactUrl": ADDRESSES[n]} | more


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    """A portal on a wire where two members say nothing but attacks."""
    s = Sandbox(tmp_path_factory.mktemp("hostile")).start()
    s.join()
    wire = Wire(s.room["brokers"], s.room["registry"])
    for n in range(len(ADDRESSES)):
        for member in ("union-russian-cities", "mag"):
            wire.say("PartnershipClaim", member, f"{member}|x.{n}",
                     claim(n, member))
        wire.say("Event", "mag", f"x.{n}@mag", event(n))
        receipt = {
            "connection": SHORT, "recordKey": f"x.{n}@mag",
            "topic": "tw.events.mag", "offset": n,
            "state": ["delivered", SHORT, "refused"][n % 3], "reason": SHORT,
            "url": ADDRESSES[n], "since": 1, "at": 1}
        wire.write("tw.receipts.volgograd", f"{SHORT}|x.{n}@mag", wire.encode(
            wire.latest_id("org.twinwire.v1.Receipt"), receipt))
    wire.say("Organization", "mag", "mag|org:mag", {
        "id": "org:mag", "registrar": "mag", "names": text(), "kind": SHORT,
        "country": "RU", "website": ADDRESSES[0]})
    p = Portal(s, tmp_path_factory.mktemp("portal")).start()
    until = time.monotonic() + 30
    while p.total("partnerships") < 1 or p.total("events") < len(ADDRESSES):
        assert time.monotonic() < until, p.process.tail()
    yield p
    assert p.process.stop() == 0, p.process.tail()
    s.close()


PAGES = [
    "/", "/map", PAIR, "/calendar?month=2026-11", "/events/x.0%40mag",
    "/events/x.1%40mag", "/events/x.4%40mag", "/cities/wd:Q914", "/members",
    "/members/mag", "/members/volgograd", "/members/mag/tasks",
    "/members/union-russian-cities/tasks", "/search?q=onerror",
    "/subscribe?city=wd:Q914&find=Volgograd",
    "/embed/events?from=2026-11-01&accent=" + quote(SHORT),
]
ARGUMENTS = ["q", "find", "city", "country", "member", "kind", "status",
             "language", "lang", "month", "after", "view", "accent", "v"]


def check(page):
    """Nothing of the attacks is anything but text."""
    assert page.evaluate("typeof hacked") == "undefined"
    assert page.locator("main img, main iframe, main object, [onerror],"
                        "[onload], [onmouseover], [style]").count() == 0
    for address in page.evaluate(
            "[...document.querySelectorAll('[href], [src], [action]')].map("
            "e => e.href?.baseVal ?? e.href ?? e.src ?? e.action)"):
        assert address.startswith((page.base, "https://", "webcal:",
                                   "http://127.0.0.1")), address
        assert "evil.example" not in address


@pytest.mark.parametrize("path", PAGES)
def test_what_records_say_is_only_text(browser, portal, path):
    for language in ("en", "zh"):
        with browser.at(portal.url, language) as page:
            page.open(path)
            if path == "/map":
                page.map_is_there()
                page.locator("canvas").focus()
                page.keyboard.press("Enter")
                assert page.locator("#map-info a").count() >= 2
            check(page)


def test_what_an_address_asks_is_only_text(browser, portal):
    paths = [p.split("?")[0] for p in PAGES]
    with browser.at(portal.url) as page:
        for path in dict.fromkeys(paths):
            asked = "&".join(f"{a}={quote(EVIL)}" for a in ARGUMENTS)
            page.goto(portal.url + path + "?" + asked)
            check(page)
            page.goto(portal.url + path + "?q=" + quote(EVIL))
            check(page)
        page.wrong = [w for w in page.wrong if "status of 40" not in w]


def test_random_addresses_break_nothing(portal):
    rng = random.Random(20261127)
    paths = ["/", "/map", "/map/data", "/calendar", "/search", "/subscribe",
             "/embed/events", "/embed/style.css", "/members", "/about"]
    prefixes = ["/partnerships/", "/events/", "/cities/", "/members/",
                "/static/"]
    for _ in range(400):
        path = rng.choice(paths) if rng.random() < 0.6 else rng.choice(
            prefixes) + quote(bytes(rng.randbytes(rng.randint(0, 20))))
        asked = "&".join(
            f"{rng.choice(ARGUMENTS)}=" + quote(rng.choice([
                rng.randbytes(rng.randint(0, 40)), b"2026-11", b"wd:Q914",
                b"-1", b"99999999999999999999", b"a" * 3000, b"*", b"\"NEAR("]))
            for _ in range(rng.randint(0, 4)))
        answer = portal.get(f"{path}?{asked}",
                            headers={"Accept": "text/html"})
        assert answer.status_code < 500, f"{path}?{asked}: {answer.text[:300]}"
