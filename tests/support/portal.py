"""The portal on the wire of a sandbox, as its visitors and programs see it."""

import json

import requests

from .process import ROOT, Process, free_port
from .twinwire import program


class Portal:
    def __init__(self, sandbox, folder):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        file = folder / "portal.yaml"
        file.write_text(json.dumps({
            "kafka": {"brokers": sandbox.room["brokers"]},
            "registry": {"url": sandbox.room["registry"],
                         "insecure_http": True},
            "members": str(ROOT / "deploy/members.yaml"),
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
