"""Records as members write them, short enough for a test to show only what it
is about. Missing fields take the schema's defaults."""

import csv
import json

from .process import ROOT

V1 = "org.twinwire.v1."
DATA = ROOT / "tests/data"

VOLGOGRAD = {"id": "wd:Q914", "country": "RU",
             "names": {"ru": "Волгоград", "en": "Volgograd"}}
JILIN = {"id": "wd:Q92277", "country": "CN",
         "names": {"zh-Hans": "吉林", "en": "Jilin City"}}
PAIR = "wd:Q914+wd:Q92277"


def event(title, start="2027-05-12T13:00:00", end="2027-05-12T15:00:00", *,
          city=VOLGOGRAD, **more):
    """The fields of an event that its owner fills in. TITLE: English, or by
    language."""
    return {
        "title": title if isinstance(title, dict) else {"en": title},
        "kind": "panel", "status": "confirmed", "start": start, "end": end,
        "allDay": "T" not in start, "tz": "Europe/Volgograd",
        "attendance": "offline", "places": [{"city": city}],
        "dataLicence": "CC0-1.0",
    } | more


def claim(a=VOLGOGRAD, b=JILIN, *, speaks_for=None, status="active", **more):
    """What a member says about two cities; SPEAKS_FOR: A's id if None."""
    return {
        "speaksFor": a["id"] if speaks_for is None else speaks_for,
        "a": a, "b": b, "status": status,
        "agreements": [{"kind": "twin", "kindLabel": "побратимы",
                        "signedOn": "1994-02-22", "dateBasis": "signature"}],
    } | more


def changes():
    """The 2,384 changes of events_2020_changes.jsonl, in order."""
    with open(DATA / "events_2020_changes.jsonl", encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def table(path):
    """Rows of a TSV file as dictionaries."""
    with open(path, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f, delimiter="\t"))


# What a hostile program may write: no schema of ours has a record in itself.
RECURSIVE = {"type": "record", "name": "Event", "namespace": "org.twinwire.v1",
             "fields": [{"name": "uid", "type": ["null", "Event"]}]}


def long(n):
    """Avro's zig-zag varint."""
    n = (n << 1) ^ (n >> 63)
    out = b""
    while n >= 0x80:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])
