"""Goal: the catalogues say the same things: no key that English lacks, nothing
left untranslated, the same blanks in every sentence."""

import re

import pytest
from support.process import ROOT

FOLDER = ROOT / "services/portal/i18n"
LINE = re.compile(r"^(?:(\w+):|  \"?([^\":]+)\"?: (.*))$")


def catalogue(language):
    """{section.key: text as it stands in the file}"""
    texts, section = {}, None
    for line in (FOLDER / f"{language}.yaml").read_text().splitlines():
        m = LINE.match(line)
        if m and m[1]:
            section = m[1]
        elif m:
            texts[f"{section}.{m[2]}"] = m[3]
    return texts


def blanks(text):
    return set(re.findall(r"\{\d\}", text))


@pytest.mark.parametrize("language", sorted(
    f.stem for f in FOLDER.glob("*.yaml") if f.stem != "en"))
def test_a_catalogue_goes_with_the_english_one(language):
    english, other = catalogue("en"), catalogue(language)
    assert len(english) > 700
    assert set(other) - set(english) == set()
    untold = {"month", "month_alone"} if language == "zh" else set()
    missing = {k for k in english if k not in other}
    assert {k for k in missing if k.split(".")[0] not in untold} == set()
    for key in other:
        if not key.startswith("date."):
            assert blanks(other[key]) == blanks(english[key]), key


def test_every_key_that_pages_use_is_there():
    english = catalogue("en")
    sections = {k.split(".")[0] for k in english} - {"month", "about"}
    for file in (ROOT / "services/portal").glob("*.c"):
        text = re.sub(r'html_(open|element)\([^;"]*"[^"]*"', "",
                      file.read_text())
        for key in re.findall(r'"(([a-z_]+)\.[a-z0-9_]+)"', text):
            if key[1] in sections and not key[0].endswith((".css", ".js")):
                assert key[0] in english, f"{file.name}: {key[0]}"
