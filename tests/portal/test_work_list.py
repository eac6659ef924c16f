"""Goal: a clerk's work list says what to do in one's own system: whose word is
missing, an anniversary ahead, an address that is filled in."""

import datetime

import pytest
import yaml
from support.portal import Portal
from support.process import ROOT, wait_until
from support.records import JILIN, VOLGOGRAD
from support.sandbox import Sandbox
from support.wire import Wire

NEW_URL = ("https://crm.example.org/new?a={city_a}&b={city_b}&name={name_b}"
           "&land={country_b}&kind={kind}&since={since}&x={nothing}")
ULYANOVSK = {"id": "wd:Q5627", "country": "RU",
             "names": {"en": "Ulyanovsk", "ru": "Ульяновск"}}
SOON = datetime.date.today() + datetime.timedelta(days=40)
LATER = datetime.date.today() + datetime.timedelta(days=200)


def years_before(day, years):
    return f"{day.year - years}-{day.month:02}-{min(day.day, 28):02}"


def statement(member, n, a, b, signed_on):
    return {"registrar": member, "localId": f"x.{n}", "speaksFor": a["id"],
            "a": a, "b": b, "status": "active", "agreements": [{
                "kind": "twin", "signedOn": signed_on,
                "dateBasis": "signature"}]}


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    """Two statements of a Russian association, whose Chinese sides have not
    spoken, the one with a round birthday soon; everybody has a new_url."""
    folder = tmp_path_factory.mktemp("work")
    rows = yaml.safe_load((ROOT / "deploy/members.yaml").read_text())
    for row in rows["members"]:
        row["new_url"] = NEW_URL
    members = folder / "members.yaml"
    members.write_text(yaml.safe_dump(rows, allow_unicode=True))
    s = Sandbox(tmp_path_factory.mktemp("sandbox")).start()
    s.join()
    wire = Wire(s.room["brokers"], s.room["registry"])
    union = "union-russian-cities"
    for n, city, day in ((0, VOLGOGRAD, years_before(SOON, 30)),
                         (1, ULYANOVSK, years_before(LATER, 30))):
        wire.say("PartnershipClaim", union, f"{union}|x.{n}",
                 statement(union, n, city, JILIN, day))
    p = Portal(s, folder, members).start()
    wait_until(lambda: p.total("partnerships") == 2, "two partnerships")
    yield p
    assert p.process.stop() == 0, p.process.tail()
    s.close()


@pytest.mark.parametrize("language,said", [
    ("en", "30 years on"), ("ru", "30 лет"), ("zh", "30周年")])
@pytest.mark.parametrize("width", [1440, 390])
def test_an_anniversary_ahead_is_told_in_time(browser, portal, language, said,
                                              width):
    with browser.at(portal.url, language, width) as page:
        page.open("/members/union-russian-cities/tasks")
        tasks = page.locator("#anniversaries .task")
        assert tasks.count() == 1
        told = tasks.inner_text().replace("\u00a0", " ")
        assert said in told, told
        assert str(SOON.year) in told
        assert not page.too_wide() and page.accessible() == []


def test_whose_word_is_missing_finds_it_in_its_own_list(browser, portal):
    with browser.at(portal.url) as page:
        page.open("/members/cpaffc/tasks")
        tasks = page.locator("#unconfirmed .task")
        assert tasks.count() == 2
        assert page.locator("#anniversaries").count() == 0
        page.open("/members/kg-lsg/tasks")
        assert page.locator("#unconfirmed").count() == 0


def test_the_address_of_ones_own_system_is_filled_in(browser, portal):
    with browser.at(portal.url, "ru") as page:
        page.open("/members/cpaffc/tasks")
        task = page.locator("#unconfirmed .task").filter(has_text="Волгоград")
        address = task.locator("a.button").first.get_attribute("href")
    since = years_before(SOON, 30)
    assert address.startswith(
        "https://crm.example.org/new?a=wd%3AQ914&b=wd%3AQ92277&name=")
    assert address.endswith(f"&land=CN&kind=twin&since={since}&x=")
