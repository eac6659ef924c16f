#!/usr/bin/env python3
"""Print the names of countries, languages and time zones for a catalogue of
the portal (services/portal/i18n), out of Unicode CLDR by the package Babel:

    make-names.py ky >>services/portal/i18n/ky.yaml

Members may well prefer other words than CLDR's: edit them there.
"""

import json
import sys
from pathlib import Path

from babel import Locale, dates

CODES = Path(__file__).parent.parent / "services/lib/event/codes.c"
CITIES = Path(__file__).parent / "cities.tsv"
LANGUAGES = """ar az be bg bn cs da de el en es et fa fi fr he hi hu hy id it ja
ka kk ko ky lt lv mn ms nl no pl pt ro ru sk sl sr sv tg th tk tr tt uk ur uz vi
zh zh_Hans zh_Hant""".split()


def countries():
    text = CODES.read_text().split("[CODES_COUNTRY] =")[1].split(",\n}")[0]
    return "".join(text.split('"')[1::2]).split()


def zones():
    with open(CITIES, encoding="utf-8") as f:
        return sorted({line.split("\t")[6] for line in f
                       if not line.startswith("#")})


def section(name, rows):
    print(f"\n{name}:")
    for key, value in rows:
        print(f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")


def main(language):
    locale = Locale.parse({"zh": "zh_Hans"}.get(language, language))
    section("country", ((c, locale.territories.get(c, c))
                        for c in countries()))
    section("language", ((c.replace("_", "-"), locale.languages[c])
                         for c in LANGUAGES if c in locale.languages))
    section("zone", ((z, dates.get_timezone_location(
        z, locale=locale, return_city=True)) for z in zones()))


main(sys.argv[1])
