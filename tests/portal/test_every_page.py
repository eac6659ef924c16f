"""Goal: every page, in every language, wide and on a phone: it comes, asks
nobody else, throws no error, fits, has nothing serious for axe-core, and says
words, never the codes that programs use."""

import re

import pytest

PAGES = {
    "start": "/", "map": "/map", "filtered map": "/map?country=RU&since_from=1990",
    "calendar": "/calendar?month=2022-10", "empty month": "/calendar?month=2031-02",
    "members": "/members", "member": "/members/cpaffc",
    "work list": "/members/union-russian-cities/tasks",
    "subscribe": "/subscribe?city=wd:Q914&find=Jilin",
    "search": "/search?q=Сталинград", "nothing found": "/search?q=zzzz",
    "city": "/cities/wd:Q914", "about": "/about",
    "partnership": "/partnerships/wd%3AQ914%2Bwd%3AQ92277",
    "one-sided": "/partnerships/wd%3AQ656%2Bwd%3AQ42635",
    "event": "/events/website.dialogue-2022%40uclg-eurasia",
    "embed": "/embed/events", "not there": "/cities/wd:Q1",
}
NOT_THERE = {"not there": 404}

# What stands in topics, schemas and presets, and means nothing to a clerk.
INTERNAL = re.compile(r"""
    \b(wd:Q?\d|gn:\d|org:[a-z]|tw\.[a-z]+ | [a-z]+\|website\. | website\.[a-z0-9]
    | offset|topic|payload|schema|Kafka|Avro|broker|tombstone|dead.letter
    | unconfirmed|unilateral|suspended_one|round-table|co-organizer|dateBasis
    | uclg-eurasia|kg-lsg|kz-congress|twin-cities|union-russian-cities
    | volga-cities|cpaffc|null|undefined|NaN|\[object)\b
    | \{[0-9]\} | [a-z_]+\.[a-z_]+_[a-z_]+ | T\d\d:\d\d:\d\d""", re.X)


# Each language, each width, light and dark, without all their combinations.
LOOKS = [("en", 1440, "light"), ("ru", 390, "light"), ("zh", 1440, "dark"),
         ("en", 390, "dark")]


@pytest.mark.parametrize("language,width,colours", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_in_order(look, name, language, width, colours):
    with look(language, width, color_scheme=colours) as page:
        page.open(PAGES[name], NOT_THERE.get(name, 200))
        assert page.locator("html").get_attribute("lang") == language
        assert not page.too_wide()
        assert page.accessible() == []
        found = INTERNAL.search(page.words())
        assert not found, page.words()[max(0, found.start() - 60):][:150]
        assert page.locator(".untranslated").count() == 0
        if name in NOT_THERE:  # that is what the console says, too
            page.wrong = [w for w in page.wrong if "404" not in w]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_script_or_style_of_its_own(portal, name):
    text = portal.get(PAGES[name]).text
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    for script in re.findall(r"<script([^>]*)>", text):
        assert "src=\"/static/" in script or "ld+json" in script


@pytest.mark.parametrize("name", [n for n in PAGES if "map" not in n])
def test_a_page_says_the_same_without_scripts(look, name):
    with look("en", java_script_enabled=True) as page:
        page.open(PAGES[name], NOT_THERE.get(name, 200))
        with_script = page.locator("main").inner_text()
        page.wrong = [w for w in page.wrong if name not in NOT_THERE]
    with look("en", java_script_enabled=False) as page:
        page.open(PAGES[name], NOT_THERE.get(name, 200))
        plain = page.locator("main").inner_text()
        page.wrong = [w for w in page.wrong if name not in NOT_THERE]
    words = re.sub(r"\n?Copy\n?|your time:.*", "", with_script).split()
    assert words == plain.split()
