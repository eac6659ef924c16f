"""Golden bytes for tests/unit/test_codec.c, made by an independent writer.

    python3 tests/data/codec/make.py      (needs fastavro; run by hand)

NAME.json is the record, NAME.avro its bytes.  Event-older and Event-newer are
written with schemas one version away from ours, derived here.
"""

import copy
import io
import json
import pathlib

import fastavro

HERE = pathlib.Path(__file__).parent
SCHEMAS = HERE.parents[2] / "schemas"

CITY_A = {"id": "wd:Q914", "country": "RU",
          "names": {"en": "Volgograd", "ru": "Волгоград", "zh-Hans": "伏尔加格勒"},
          "sameAs": ["gn:472757"], "lat": 48.7194, "lon": 44.5018}
CITY_B = {"id": "wd:Q92277", "country": "CN",
          "names": {"ru": "Цзилинь", "zh-Hans": "吉林市"},
          "sameAs": [], "lat": None, "lon": None}
AT = 1667210400000

RECORDS = {
    "PartnershipClaim": {
        "registrar": "union-russian-cities", "localId": "register.17",
        "speaksFor": "wd:Q914", "a": CITY_A, "b": CITY_B, "status": "active",
        "statusSince": "1994-02",
        "agreements": [
            {"kind": "twin", "kindLabel": "города-побратимы",
             "signedOn": "1994-02-22", "dateBasis": "signature",
             "term": "indefinite", "renewal": "none", "noticePeriod": "P90D",
             "endedOn": "", "agreementGroup": "", "languages": ["ru", "zh-Hans"],
             "areas": ["culture", "trade"],
             "documentUrl": "https://example.org/17", "documentSha256": None}],
        "lastActivity": "2022", "lastVerified": "2022-10-31", "url": None,
        "dataLicence": "CC-BY-4.0", "modifiedAt": AT},
    "Partnership": {
        "pairKey": "wd:Q914+wd:Q92277", "a": CITY_A, "b": CITY_B,
        "status": "suspended", "unilateral": True, "kind": "twin",
        "since": "1994-02-22", "sinceBasis": "signature",
        "sides": [{"cityId": "wd:Q914", "status": "active", "since": "1994-02",
                   "claim": "union-russian-cities|register.17",
                   "registrar": "union-russian-cities", "url": None}],
        "claims": ["union-russian-cities|register.17", "cpaffc|list.9"],
        "reports": [{"claim": "mag|x.1", "registrar": "mag",
                     "status": "terminated", "since": "", "url": None}],
        "conflicts": ["since", "status:wd:Q914"], "computedAt": AT},
    "Notice": {
        "id": "wd:Q914+wd:Q92277|suspended|41", "kind": "suspended",
        "pairKey": "wd:Q914+wd:Q92277", "a": CITY_A, "b": None,
        "before": {"status": "active", "unilateral": False, "kind": "twin",
                   "since": "1994"},
        "after": {"status": "suspended", "unilateral": True, "kind": "twin",
                  "since": "1994"},
        "text": {"en": "Suspended by one side.", "ru": "Приостановлено."},
        "by": "cpaffc", "cause": {"topic": "tw.claims.cpaffc", "partition": 0,
                                  "offset": 9007199254740992}, "at": AT},
    "Event": {
        "uid": "website.1842@volgograd", "publisher": "volgograd",
        "sequence": 2, "status": "confirmed", "kind": "panel",
        "title": {"en": "Intermunicipal organizations and city diplomacy today",
                  "ru": "Межмуниципальные организации и городская дипломатия"},
        "summary": {}, "start": "2022-10-31T13:00:00",
        "end": "2022-10-31T14:30:00", "allDay": False, "tz": "Europe/Volgograd",
        "startUtc": AT, "endUtc": AT + 5400000,
        "previousStart": "2022-10-31T12:00:00", "attendance": "mixed",
        "places": [{"city": CITY_A, "name": {"en": "Hall"}, "address": "1 Quay",
                    "lat": None, "lon": -0.5, "url": None}],
        "organizers": [{"id": "org:volgograd", "role": "organizer",
                        "names": {"ru": "Администрация Волгограда"}}],
        "about": ["wd:Q914"], "languages": ["ru", "en"],
        "superEvent": "website.1800@volgograd",
        "sameAs": ["news.7@uclg-eurasia"], "url": "https://example.org/e/1842",
        "registrationUrl": None, "registrationUntil": "", "contactUrl": None,
        "dataLicence": "", "modifiedAt": AT},
    "Organization": {
        "id": "org:mag", "registrar": "mag", "names": {"ru": "МАГ"},
        "kind": "association", "country": "", "memberOf": [],
        "speaksFor": ["country:KG"], "sameAs": [],
        "website": "https://example.org", "roleMailbox": None,
        "modifiedAt": AT},
    "Receipt": {
        "connection": "volgograd-website", "recordKey": "cpaffc|list.9",
        "topic": "tw.claims.cpaffc", "offset": -1, "state": "refused",
        "reason": "bad_date", "url": None, "since": AT, "at": AT + 1},
    "Status": {
        "connection": "volgograd-website", "state": "waiting",
        "reason": "first_run", "detail": "",
        "counters": {"applied": 3, "consumed": 4, "pending": 1},
        "positions": [{"topic": "tw.events.mag", "partition": 0, "offset": 4,
                       "end": 9, "lag": 5}],
        "floors": [{"of": "publish:events", "offset": -1, "at": AT}],
        "plan": {"id": "p1", "counts": {"create": 12},
                 "first": [{"action": "create", "key": "a.1@mag",
                            "label": "Форум"}]},
        "approved": "", "paused": False, "clusterId": "c", "instanceId": "i",
        "version": "0.1.0", "at": AT, "stop": ""},
    "Command": {
        "id": "01J", "connection": "volgograd-website", "action": "replay",
        "arguments": {"offset": "17"}, "planId": "", "by": "operator", "at": AT,
        "expires": AT + 60000, "outcome": "done", "outcomeText": "",
        "effectiveAt": AT + 5},
    "Zoo": {
        "nothing": None, "yes": True, "i": -2147483648, "l": -9007199254740992,
        "f": 0.5, "d": -1e-300, "s": "", "e": "green",
        "many": {"no": 300, "label": None}, "cages": [{"no": 0, "label": "x"}],
        "lists": [[], [1, -64, 64]],
        "maps": {"a": {}, "b": {"x": None, "y": 1.5}}},
}


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def pack(schema, record):
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), record)
    return out.getvalue()


def write(name, schema, record):
    data = pack(schema, record)
    (HERE / f"{name}.avro").write_bytes(data)
    text = json.dumps(record, ensure_ascii=False, indent=1)
    (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def versions():
    """The Event of a version before ours, and of one after."""
    schema, event = load(SCHEMAS / "Event.avsc"), RECORDS["Event"]
    older, newer = copy.deepcopy(schema), copy.deepcopy(schema)
    del older["fields"][-2:]
    gone = {f["name"] for f in schema["fields"][-2:]}
    newer["fields"] += [
        {"name": "poster", "type": ["null", "bytes"], "default": None},
        {"name": "mood", "default": "calm", "type": {
            "type": "enum", "name": "Mood", "symbols": ["calm", "loud"]}},
        {"name": "seats", "default": [], "type": {"type": "array", "items": {
            "type": "map", "values": "float"}}}]
    for name, s in (("Event-older", older), ("Event-newer", newer)):
        text = json.dumps(s, ensure_ascii=False, indent=1)
        (HERE / f"{name}.avsc").write_text(text + "\n", encoding="utf-8")
    write("Event-older", older,
          {k: v for k, v in event.items() if k not in gone})
    extra = {"poster": b"\xff\x00", "mood": "loud", "seats": [{"a": 1.5}, {}]}
    (HERE / "Event-newer.avro").write_bytes(pack(newer, event | extra))


def main():
    for name, record in RECORDS.items():
        folder = HERE if name == "Zoo" else SCHEMAS
        write(name, load(folder / f"{name}.avsc"), record)
    versions()


main()
