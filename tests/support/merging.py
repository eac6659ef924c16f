"""Members who make claims, and the reconciler that merges them."""

import requests

from .process import wait_until

NOTICES, PARTNERSHIPS = "tw.notices", "tw.partnerships"


def member(id, *, cities=(), countries=()):
    return {"id": id, "names": {"en": id}, "speaks_for": {
        "cities": list(cities), "countries": list(countries)}}


MEMBERS = [member("volgograd", cities=["wd:Q914"]),
           member("srg", countries=["RU"]),
           member("cpaffc", countries=["CN"]),
           member("coventry", cities=["wd:Q6226"]),
           member("third")]


class Merging:
    """One wire with the members and the reconciler, which is running."""

    def __init__(self, twinwire, wire):
        self.room, self.wire = twinwire, wire
        twinwire.provision(*MEMBERS)
        self.daemon = None

    def start(self, aliases=""):
        self.daemon = self.room.reconciler(aliases)
        self.daemon.start().ready_z()
        return self

    def say(self, who, local_id, record):
        if record is not None:
            record = complete(record) | {
                "registrar": who, "localId": f"r.{local_id}"}
        self.wire.say("PartnershipClaim", who, f"{who}|r.{local_id}", record)

    def settled(self):
        """All claims are read and everything that follows is written."""
        ends = self.wire.ends_of(
            PARTNERSHIPS, *(f"tw.claims.{m['id']}" for m in MEMBERS)).values()
        m = self.daemon.metrics()
        return (m["twinwire_reconciler_read_total"] >= sum(ends)
                and m["twinwire_reconciler_waiting"] == 0)

    def settle(self):
        self.room.until(self.settled, "all claims merged")

    def not_ready(self):
        return requests.get(
            f"http://127.0.0.1:{self.daemon.admin_port}/readyz",
            timeout=5).text

    def pairs(self):
        return {key: m.value for key, m
                in self.wire.latest(PARTNERSHIPS).items()}

    def notices(self):
        return [m.value for m in self.wire.read(NOTICES)]


def complete(record):
    """With the schema's defaults, as fastavro wants them."""
    city = {"id": "", "country": "", "names": {}, "sameAs": [], "lat": None,
            "lon": None}
    agreement = dict.fromkeys(
        ["kind", "kindLabel", "signedOn", "dateBasis", "term", "renewal",
         "noticePeriod", "endedOn", "agreementGroup"], "") | {
             "languages": [], "areas": [], "documentUrl": None,
             "documentSha256": None}
    return {"speaksFor": "", "status": "", "statusSince": "",
            "lastActivity": "", "lastVerified": "", "url": None,
            "dataLicence": "", "modifiedAt": 0} | record | {
                "a": city | record["a"], "b": city | record["b"],
                "agreements": [agreement | a
                               for a in record.get("agreements", [])]}


def wire_is_empty(wire):
    """Tests of one file share tw.partnerships: each starts with a new one."""
    topics = wire.topics()
    if topics:
        wire.delete(*topics)
        wait_until(lambda: not wire.topics(), "topics gone")
