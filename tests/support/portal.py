"""The portal as its visitors and programs see it: on the wire of a sandbox, or
on one where its members speak without Twinwire."""

import datetime
import json
from zoneinfo import ZoneInfo

import requests

from .process import ROOT, Process, free_port
from .records import claim, event
from .twinwire import program


class Portal:
    def __init__(self, sandbox, folder, members=None):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        file = folder / "portal.yaml"
        file.write_text(json.dumps({
            "kafka": {"brokers": sandbox.room["brokers"]},
            "registry": {"url": sandbox.room["registry"],
                         "insecure_http": True},
            "members": str(members or ROOT / "deploy/members.yaml"),
            "cities": str(ROOT / "data/cities.tsv"),
            "state": str(folder / "portal.db"),
            "listen": {"port": self.port}, "admin": {"port": free_port()}}))
        self.process = Process(
            "portal", [program("portal"), "-f", file], folder / "portal.log")

    def start(self):
        self.process.start().ready(
            lambda: self.get("/api/v1/state").json()["is_ready"])
        return self

    def get(self, path, **how):
        return requests.get(self.url + path, timeout=10, **how)

    def total(self, kind, **filter):
        return self.get(f"/api/v1/{kind}", params=filter | {
            "total": "1", "limit": "1"}).json()["total"]


class WirePortal:
    """The portal on one wire, and its members, who speak without Twinwire."""

    MEMBERS = [{"id": "volgograd", "names": {"en": "Volgograd"},
                "speaks_for": {"cities": ["wd:Q914"]}},
               {"id": "cpaffc", "names": {"en": "CPAFFC"},
                "speaks_for": {"countries": ["CN"]}}]

    def __init__(self, room, wire, **settings):
        self.room, self.wire = room, wire
        room.provision(*self.MEMBERS)
        self.daemon = room.portal(**settings)
        self.daemon.start().ready_z()
        self.url = self.daemon.url

    def get(self, path, status=200, **how):
        answer = requests.get(self.url + path, timeout=30, **how)
        assert answer.status_code == status, \
            f"{path}: {answer.status_code} {answer.text[:400]}"
        return answer

    def items(self, path):
        return self.get(path).json()["items"]

    def announce(self, n, title="Forum", member="volgograd", **more):
        uid = f"site.{n}@{member}"
        record = None
        if title is not None:
            record = event(title, **more)
            start = utc(record["start"], record["tz"])
            record |= {"uid": uid, "publisher": member, "startUtc": start,
                       "endUtc": utc(record["end"], record["tz"])}
        self.wire.say("Event", member, uid, record)
        return uid

    def claim(self, n, *args, member="volgograd", **more):
        record = claim(*args, **more) | {
            "registrar": member, "localId": f"site.{n}"}
        self.wire.say("PartnershipClaim", member, f"{member}|site.{n}", record)

    def settle(self):
        """All that is on the wire is in the store."""
        def read():
            topics = self.get("/api/v1/state").json()["topics"]
            return all(topics.get(t, {"next": 0})["next"] >= end
                       for t, end in ends.items())
        ends = self.wire.ends("tw.events.") | self.wire.ends("tw.claims.")
        self.room.until(read, "everything read")

    def lose_store(self):
        self.daemon.stop()
        for f in self.room.folder.glob("portal.db*"):
            f.unlink()
        self.daemon.start().ready_z()


def utc(wall, zone):
    t = datetime.datetime.fromisoformat(wall)
    if "T" not in wall:
        return 0
    return int(t.replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
