"""The sandbox as a stage: nine demo sites on one wire of its own, with the
reconciler and the members' connectors where they are wanted."""

import json

import requests

from .process import ROOT, Process
from .twinwire import program

MEMBERS = ["volgograd", "uclg-eurasia", "kg-lsg", "kz-congress", "twin-cities",
           "mag", "union-russian-cities", "volga-cities", "cpaffc"]


class Site:
    """A demo site as its clerk and its connector see it."""

    def __init__(self, row):
        self.member, self.url = row["member"], row["url"]
        self.file = row["connector"]
        self.auth = (row["username"], row["password"])

    def page(self):
        return requests.get(self.url, timeout=10).text

    def post(self, path, **fields):
        return requests.post(self.url + path, data=fields, timeout=10,
                             allow_redirects=False)

    def press(self, action, what, id):
        assert self.post("/do", what=what, id=id,
                         action=action).status_code == 303

    def switch(self, name):
        assert self.post("/switch", name=name).status_code == 303

    def api(self, method, path, **how):
        return requests.request(method, self.url + path, timeout=10, **how)

    def shown(self, collection="events"):
        """{id: record} of what is not in the trash."""
        items = self.api("GET", f"/{collection}").json()["items"]
        return {i["id"]: i.get("record", i) for i in items
                if not i["trashed"]}

    def titles(self):
        return sorted(r["title"]["en"] for r in self.shown().values()
                      if "en" in r["title"])


class Sandbox:
    def __init__(self, folder):
        self.folder = folder
        self.process = Process(
            "sandbox", [program("sandbox"), "--write", folder / "room"],
            folder / "sandbox.log", cwd=ROOT)
        self.others = []

    def start(self):
        file = self.folder / "room/sandbox.json"
        self.process.start().ready(file.exists)
        self.room = json.loads(file.read_text())
        self.sites = {r["member"]: Site(r) for r in self.room["sites"]}
        return self

    def join(self, *members):
        """Start the reconciler and the connectors of MEMBERS."""
        self.run("reconciler", self.room["reconciler"]["file"])
        for m in members:
            self.run("connector", self.sites[m].file, m)

    def run(self, kind, file, name=None):
        self.others.append(Process(
            name or kind, [program(kind), "-f", file],
            self.folder / f"{name or kind}.log").start())

    def close(self):
        for p in reversed(self.others):
            p.kill()
        code = self.process.stop()
        assert code == 0, self.process.tail()
