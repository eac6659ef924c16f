"""The demo's nine members on a wire of the sandbox's, the portal on it, and a
browser; started once, since these tests only look."""

import json

import pytest
import requests
from support.browser import Browser
from support.process import ROOT, Process, free_port, wait_until
from support.sandbox import MEMBERS, Sandbox
from support.twinwire import program


class Portal:
    """The portal on the wire of a sandbox."""

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


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory):
    """All nine members on the wire."""
    s = Sandbox(tmp_path_factory.mktemp("sandbox")).start()
    s.join(*MEMBERS)
    yield s
    s.close()


@pytest.fixture(scope="session")
def portal(sandbox, tmp_path_factory):
    """It has the demo whole."""
    p = Portal(sandbox, tmp_path_factory.mktemp("portal")).start()
    wait_until(lambda: p.total("partnerships") == 41
               and p.total("events", duplicates="1") == 5
               and p.total("receipts", status="delivered") >= 300,
               "41 partnerships, five events and their receipts")
    yield p
    assert p.process.stop() == 0, p.process.tail()


@pytest.fixture(scope="session")
def browser():
    b = Browser()
    yield b
    b.close()


@pytest.fixture
def look(browser, portal):
    """look(language, width) is a watched page at the portal."""
    return lambda *how, **more: browser.at(portal.url, *how, **more)
