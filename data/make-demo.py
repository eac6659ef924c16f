#!/usr/bin/env python3
"""Write data/demo.jsonl, what the clerks of the nine demo sites have entered,
from seed_events.jsonl here and cities_ru_cn.tsv and pairs_ru_cn.tsv of
tests/data.

A line is one of
  {"city": CityRef}                              known to the sites' forms
  {"member", "languages", "tz", "accent", "record": Organization}    a site
  {"member", "collection", "id", "record"}       an item on a site
Records lack what the connector derives (uid, publisher, registrar, ...).
"""

import csv
import json
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).parent

# Cities that members ask for beyond those of the pairs.
MORE_CITIES = [
    ("Q9361", "KG", "Bishkek", "Бишкек"),
    ("Q35493", "KZ", "Almaty", "Алматы"),
    ("Q1520", "KZ", "Astana", "Астана"),
    ("Q2280", "BY", "Minsk", "Минск"),
    ("Q269", "UZ", "Tashkent", "Ташкент"),
    ("Q9365", "TJ", "Dushanbe", "Душанбе"),
    ("Q1953", "AM", "Yerevan", "Ереван"),
]

MEMBERS = [
    ("volgograd", "municipality", "RU", "Europe/Volgograd", ["ru", "en"],
     "#7c2d3a", {
         "en": "Administration of Volgograd",
         "ru": "Администрация Волгограда"}),
    ("uclg-eurasia", "association", "", "Europe/Moscow", ["en", "ru"],
     "#1d5c8a", {
         "en": "UCLG Eurasia",
         "ru": "Евразийское отделение ВО «Объединённые города и местные "
               "власти»"}),
    ("kg-lsg", "association", "KG", "Asia/Bishkek", ["ky", "ru", "en"],
     "#a3262f", {
         "en": "Association of Local Self-Governments of the Kyrgyz Republic",
         "ru": "Ассоциация органов местного самоуправления Кыргызской "
               "Республики",
         "ky": "Кыргыз Республикасынын жергиликтүү өз алдынча башкаруу "
               "ассоциациясы"}),
    ("kz-congress", "association", "KZ", "Asia/Almaty", ["kk", "ru", "en"],
     "#0e7490", {
         "en": "National Congress of Kazakhstan Local Communities",
         "ru": "Национальный конгресс местных сообществ Казахстана",
         "kk": "Қазақстанның жергілікті қауымдастықтарының ұлттық "
               "конгресі"}),
    ("twin-cities", "association", "", "Europe/Moscow", ["ru", "en"],
     "#4d5b2f", {
         "en": "Twin-Cities International Association",
         "ru": "Международная ассоциация «Породнённые города»"}),
    ("mag", "association", "", "Europe/Moscow", ["ru", "en"],
     "#5b3f8c", {
         "en": "International Assembly of Capitals and Major Cities of the "
               "CIS (MAG)",
         "ru": "Международная ассамблея столиц и крупных городов СНГ "
               "(МАГ)"}),
    ("union-russian-cities", "association", "RU", "Europe/Moscow",
     ["ru", "en"], "#27496d", {
         "en": "Union of Russian Cities",
         "ru": "Союз российских городов"}),
    ("volga-cities", "association", "RU", "Europe/Samara", ["ru", "en"],
     "#1f6f5c", {
         "en": "Volga Region Cities Association",
         "ru": "Ассоциация городов Поволжья"}),
    ("cpaffc", "association", "CN", "Asia/Shanghai",
     ["zh-Hans", "en", "ru"], "#9a2a1f", {
         "en": "Chinese People's Association for Friendship with Foreign "
               "Countries / China International Friendship Cities "
               "Association",
         "ru": "Китайское народное общество дружбы с заграницей",
         "zh-Hans": "中国人民对外友好协会"}),
]

# Titles in Russian: our wording.
RUSSIAN = {
    "dialogue-2022":
        "Международный форум общественной дипломатии «Диалог на Волге: мир "
        "и взаимопонимание в XXI веке»",
    "dialogue-2022-1":
        "Межмуниципальные организации и городская дипломатия сегодня",
    "dialogue-2022-2":
        "Партнёрство российских и китайских вузов: новые вызовы и "
        "возможности",
    "dialogue-2022-3":
        "Перспективы межмуниципального сотрудничества на евразийском "
        "пространстве",
    "i12":
        "Панельная дискуссия «Межмуниципальные организации и городская "
        "дипломатия сегодня»",
}
ORGANIZER = {"org:volgograd-administration": "volgograd",
             "org:uclg-eurasia": "uclg-eurasia"}
NAMES = {m[0]: m[6] for m in MEMBERS}


def rows(name):
    with open(HERE.parent / "tests/data" / name, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f, delimiter="\t"))


def city(qid, country, **names):
    return {"id": f"wd:{qid}", "country": country,
            "names": {k.replace("_", "-"): v for k, v in names.items() if v}}


CITIES = {r["qid"]: city(r["qid"], r["country"], en=r["name_en"],
                         ru=r["name_ru"], zh_Hans=r["name_zh"])
          for r in rows("cities_ru_cn.tsv")}


def only(c, language):
    return c | {"names": {language: c["names"][language]}}


def wall(text, days=0):
    """What the seed says, as wall time or, with DAYS more, as a date."""
    if "T" in text:
        return text[:19]
    return (date.fromisoformat(text) + timedelta(days)).isoformat()


def event(seed):
    member = ORGANIZER[seed["publisher"]]
    all_day = seed.get("allDay", False)
    record = {
        "status": "confirmed", "kind": seed["kind"],
        "title": seed["title"] | {"ru": RUSSIAN[seed["localId"]]},
        "start": wall(seed["start"]),
        "end": wall(seed["end"], 1 if all_day else 0),  # exclusive
        "allDay": all_day, "tz": seed["tz"],
        "attendance": seed["attendance"],
        "places": [{"city": CITIES[seed["city"].removeprefix("wd:")]}],
        "organizers": [{"id": f"org:{member}", "role": "organizer",
                        "names": NAMES[member]}],
        "about": [seed["city"]],
    }
    if "superEvent" in seed:
        record["superEvent"] = (
            "website." + seed["superEvent"].split("@")[0] + "@" + member)
    if seed["localId"] == "dialogue-2022-1":  # the host city's panel
        record["sameAs"] = ["website.i12@volgograd"]
    if seed["localId"] == "i12":
        record["summary"] = {
            "en": "World Cities Day, forum “Dialogue on the Volga”.",
            "ru": "Всемирный день городов, форум «Диалог на Волге»."}
    return {"member": member, "collection": "events", "id": seed["localId"],
            "record": record}


def claims(pair):
    a, b = (CITIES[q] for q in pair["pair_key"].split("+"))
    if a["country"] != "RU":
        a, b = b, a
    by = pair["asserted_by"]
    id = "-".join(c["id"].removeprefix("wd:").lower() for c in (a, b))
    for member, side, language, first, second, signed in (
            ("union-russian-cities", "RU", "ru", a, b, ""),
            ("cpaffc", "CN", "zh-Hans", b, a, pair["cn_approval_date"])):
        if by not in ("both", side):
            continue
        yield {"member": member, "collection": "claims", "id": id, "record": {
            "speaksFor": first["id"], "a": only(first, language),
            "b": only(second, language), "status": "active",
            "agreements": [{"kind": "twin", "signedOn": signed,
                            "dateBasis": "approval" if signed
                            else "unknown"}],
            "dataLicence": "CC0-1.0"}}


def lines():
    for c in CITIES.values():
        yield {"city": c}
    for qid, country, en, ru in MORE_CITIES:
        yield {"city": city(qid, country, en=en, ru=ru)}
    for id, kind, country, tz, languages, accent, names in MEMBERS:
        yield {"member": id, "languages": languages, "tz": tz,
               "accent": accent,
               "record": {"names": names, "kind": kind, "country": country}}
    with open(HERE / "seed_events.jsonl", encoding="utf-8") as f:
        for line in f:
            yield event(json.loads(line))
    for pair in rows("pairs_ru_cn.tsv"):
        yield from claims(pair)


with open(HERE / "demo.jsonl", "w", encoding="utf-8") as out:
    for line in lines():
        out.write(json.dumps(line, ensure_ascii=False) + "\n")
