"""Not a test: pictures of the portal over the demo's nine members, into
services/portal/screenshots. `make screenshots`."""

import pytest
from support.process import ROOT

FOLDER = ROOT / "services/portal/screenshots"
PAIR = "/partnerships/wd%3AQ914%2Bwd%3AQ92277"
PICTURES = [
    ("start", "/", "en", 1440, "light"),
    ("map", "/map", "ru", 1440, "light"),
    ("partnership", PAIR, "zh", 1440, "light"),
    ("start-phone", "/", "ru", 390, "dark"),
    ("event-phone", "/events/website.dialogue-2022-3%40uclg-eurasia", "en",
     390, "light"),
]


@pytest.mark.parametrize("name,path,language,width,colours", PICTURES)
def test_picture(look, name, path, language, width, colours):
    FOLDER.mkdir(exist_ok=True)
    with look(language, width, color_scheme=colours) as page:
        page.open(path)
        if path == "/map":
            page.map_is_there()
            page.wait_for_timeout(300)  # the last names are drawn
        page.screenshot(path=FOLDER / f"{name}.png")
