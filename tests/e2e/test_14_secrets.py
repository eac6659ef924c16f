"""Goal: what is secret stays in its file. Every secret of a member is a word that
stands nowhere else; its systems throw what they are sent back at us; afterwards the
word is in no log, metric, topic, state file, page or command's output, and in
nothing that another process can see (T12)."""

import base64
import itertools
import secrets
from pathlib import Path

import pytest
import requests
from support.flow import Flow

numbers = itertools.count(1)


def canary(kind):
    return f"canary-{kind}-{secrets.token_hex(8)}"


@pytest.fixture
def flow(twinwire, wire):
    return Flow(twinwire, wire)


def forms(word):
    """WORD as it may turn up: as it is, and as basic authentication and a
    signing secret have it."""
    raw = word.encode()
    return {raw, base64.b64encode(raw), base64.b64encode(b"twinwire:" + raw)}


class Leaks:
    def __init__(self, words):
        self.needles = {n: w for w in words for n in forms(w)}

    def look(self, where, raw):
        if isinstance(raw, str):
            raw = raw.encode()
        for needle, word in self.needles.items():
            assert needle not in raw, f"{where} holds {word}"


def echoing(site, status):
    """The site answers with all it was sent, as some debug pages do."""
    def when(request):
        if request.is_write:
            fault.body = repr(request.headers).encode() + request.body
        return request.is_write
    site.fail(status, times=None, when=when, body=b"")
    fault = site.faults[-1]


def test_no_secret_is_found_anywhere(flow, rest_site, receiver):
    words = {k: canary(k) for k in ("basic", "bearer", "registry", "signing")}
    room, site = flow.twinwire, rest_site()
    site.USER, site.PASSWORD = "twinwire", words["basic"]
    bearer, hook = rest_site(), receiver()
    signing = "whsec_" + base64.b64encode(words["signing"].encode()).decode()
    one = flow.put(site)
    two = flow.put(bearer, "bearer", system={
        "base_url": bearer.url, "allow_private": True, "insecure_http": True,
        "auth": {"bearer_file": room.secret("bearer", words["bearer"])}})
    three = flow.twinwire.file("hook.yaml", {
        "connection": f"{flow.reader}-hook", "member": flow.reader,
        "uses": "webhook", "first_run": "go", "max_change": "off",
        "system": {"base_url": hook.url, "allow_private": True,
                   "insecure_http": True, "auth": {"signature": {
                       "scheme": "standard-webhooks", "secret_files": [
                           room.secret("signing", signing)]}}},
        "subscribe": [{"topics": [flow.topic], "from": "beginning"}]})
    connector = room.connector(one, two, three, registry={
        "url": room.registry_url, "insecure_http": True,
        "username": "reader",
        "password_file": room.secret("registry", words["registry"])})
    connector.argv.append("-v")
    echoing(site, 400)
    connector.start()
    flow.say_all([(1, "Panel"), (2, "Concert")])
    room.until(lambda: len(flow.letters()) >= 2, "two dead letters")
    site.recover()
    echoing(site, 500)
    flow.say(3, "Again and again")
    room.until(lambda: len(site.writes()) >= 4, "a repeat")
    room.until(lambda: bearer.log, "the other system is asked")

    leaks = Leaks(words.values())
    leaks.look("the log", connector.text())
    base = f"http://127.0.0.1:{connector.admin_port}"
    for path in ("/metrics", "/readyz", "/healthz"):
        leaks.look(path, requests.get(base + path, timeout=5).text)
    for name in ("cmdline", "environ"):
        leaks.look(name, Path(f"/proc/{connector.pid}/{name}").read_bytes())
    for command in (["status"], ["dead", flow.reader], ["refused", flow.reader],
                    ["check", connector.file]):
        there = [] if command[0] == "check" else [
            "--brokers", room.brokers, "--registry", room.registry_url]
        out = room.run(command[0], *there, *command[1:])
        leaks.look(" ".join(map(str, command)), out.stdout + out.stderr)
    for topic in flow.wire.topics():
        for m in flow.wire.read(topic, decode=False):
            leaks.look(topic, b"\n".join(
                [repr(m.key).encode(), m.raw or b"",
                 repr(m.headers).encode()]))
    assert connector.stop() == 0
    for f in connector.file.parent.glob("*.db*"):
        leaks.look(f.name, f.read_bytes())

    # And the letter is of use all the same: it says what was answered.
    assert any(b"****" in repr(m.headers).encode()
               for m in flow.letters()), flow.letters()


def test_a_wrong_configuration_quotes_no_secret(flow, rest_site):
    word = canary("typed-here")
    file = flow.put(rest_site())
    text = file.read_text().replace(
        '"password_file": "', f'"password": "{word}", "password_file": "', 1)
    file.write_text(text)
    daemon = flow.twinwire.connector(file)
    daemon.launch()
    assert daemon.wait() == 78
    assert "password" in daemon.text()
    assert word not in daemon.text()
    out = flow.twinwire.run("check", daemon.file)
    assert out.returncode == 78
    assert word not in out.stdout + out.stderr
