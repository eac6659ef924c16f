"""Goal: a receiver that knows nothing but the Standard Webhooks specification
gets every change once, can prove that it is ours, and is left alone when it
says so. The `standardwebhooks` package and libsodium are the judges."""

import base64
import itertools
import json

import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey
from standardwebhooks import Webhook, WebhookVerificationError
from support.receiver import PATH, header
from support.records import event
from support.twinwire import PRESETS

numbers = itertools.count(1)

OLD = "whsec_" + base64.b64encode(b"the old secret, thirty-two bytes").decode()
NEW = "whsec_" + base64.b64encode(b"the new secret, thirty-two bytes").decode()
OTHER = "whsec_" + base64.b64encode(b"not a secret of this connection.").decode()
PAIR = SigningKey(b"a seed of thirty-two bytes it is")
PRIVATE = "whsk_" + base64.b64encode(
    bytes(PAIR) + bytes(PAIR.verify_key)).decode()


class Room:
    """A member that announces events, and a receiver of them."""

    def __init__(self, twinwire, wire, site):
        n = next(numbers)
        self.twinwire, self.wire, self.site = twinwire, wire, site
        self.says, self.gets = f"says-{n}", f"gets-{n}"
        self.id = f"gets-{n}-hook"
        twinwire.provision(self.says, self.gets)

    def connection(self, *secrets):
        files = [self.twinwire.secret(f"{self.id}-{n}", s)
                 for n, s in enumerate(secrets)]
        return self.twinwire.connection(
            self.id, self.gets, "webhook", self.site.url, "", "",
            system={"base_url": self.site.url, "allow_private": True,
                    "insecure_http": True,
                    "auth": {"signature": {"scheme": "standard-webhooks",
                                           "secret_files": files}}},
            config={"path": PATH},
            subscribe=[{"topics": [f"tw.events.{self.says}"],
                        "from": "beginning"}])

    def start(self, *secrets):
        self.connector = self.twinwire.connector(self.connection(*secrets))
        return self.connector.start().ready_z()

    def key(self, n):
        return f"site.{n}@{self.says}"

    def say(self, n, title):
        self.wire.say("Event", self.says, self.key(n), None if title is None
                      else event(title, uid=self.key(n), publisher=self.says))

    def takes(self, *messages):
        self.twinwire.until(lambda: self.site.taken() == list(messages),
                            f"the receiver has taken {messages}")

    def status(self):
        found = self.wire.latest(f"tw.status.{self.gets}").get(self.id)
        return found.value if found else {}


@pytest.fixture
def room(twinwire, wire, receiver):
    return Room(twinwire, wire, receiver())


def verified(secret, r):
    """The payload, as the reference library gives it."""
    return Webhook(secret).verify(r.body, r.headers)


def verify_asymmetric(key, r):
    signed = ".".join((header(r, "webhook-id"), header(r, "webhook-timestamp"),
                       r.body.decode())).encode()
    for one in header(r, "webhook-signature").split():
        version, signature = one.split(",")
        if version == "v1a":
            return key.verify(signed, base64.b64decode(signature))
    raise BadSignatureError("no v1a signature")


def test_every_change_is_a_signed_message(room):
    room.start(NEW)
    room.say(1, "Panel")
    room.takes(("event.published", room.key(1), "Panel"))
    room.say(1, "Panel, moved")
    room.say(2, "Concert")
    room.twinwire.until(lambda: len(room.site.taken()) == 3, "three messages")
    room.say(1, None)
    room.twinwire.until(lambda: len(room.site.taken()) == 4, "the withdrawal")
    assert room.site.taken()[-1] == ("event.withdrawn", room.key(1), None)

    attempts = room.site.attempts()
    assert len({header(r, "webhook-id") for r in attempts}) == len(attempts)
    for r in attempts:
        assert verified(NEW, r) == r.json()
        assert header(r, "content-type") == "application/json"
        assert "." not in header(r, "webhook-id")
        with pytest.raises(WebhookVerificationError):
            verified(OTHER, r)
        with pytest.raises(WebhookVerificationError):
            Webhook(NEW).verify(r.body + b" ", r.headers)
    assert verified(NEW, attempts[-1])["data"] == {"key": room.key(1)}


def test_a_repeat_carries_the_same_id(room):
    room.site.fail(503, times=2)
    room.site.fail(close=True, commit=True, times=1)
    room.start(NEW)
    room.say(1, "Panel")
    room.takes(("event.published", room.key(1), "Panel"))
    attempts = room.site.attempts()
    assert len(attempts) == 4
    assert len({header(r, "webhook-id") for r in attempts}) == 1
    assert len({r.body for r in attempts}) == 1
    for r in attempts:
        verified(NEW, r)

    # Also after a restart that knows nothing of the first; while what was
    # delivered, and told so, is not sent again.
    room.site.fail(503)
    room.say(2, "Concert")
    room.twinwire.until(lambda: len(room.site.attempts()) > 4, "a first try")
    room.twinwire.lose_state(room.connector)
    before = len(room.site.attempts())
    room.twinwire.until(
        lambda: len(room.site.attempts()) > before, "once more")
    room.site.recover()
    room.takes(("event.published", room.key(1), "Panel"),
               ("event.published", room.key(2), "Concert"))
    concert = room.site.attempts()[4:]
    assert len({header(r, "webhook-id") for r in concert}) == 1
    assert {r.json()["data"]["key"] for r in concert} == {room.key(2)}
    room.say(1, "Panel, moved")
    room.takes(("event.published", room.key(1), "Panel"),
               ("event.published", room.key(2), "Concert"),
               ("event.published", room.key(1), "Panel, moved"))


def test_a_secret_is_replaced_without_a_gap(room):
    room.start(NEW, PRIVATE, OLD)
    room.say(1, "Panel")
    room.takes(("event.published", room.key(1), "Panel"))
    r = room.site.attempts()[0]
    assert [s.split(",")[0]
            for s in header(r, "webhook-signature").split()] \
        == ["v1", "v1a", "v1"]
    for secret in OLD, NEW:
        assert verified(secret, r) == r.json()
    with pytest.raises(WebhookVerificationError):
        verified(OTHER, r)
    verify_asymmetric(PAIR.verify_key, r)
    with pytest.raises(BadSignatureError):
        verify_asymmetric(SigningKey.generate().verify_key, r)


def test_a_receiver_that_is_gone_pauses_the_connection(room):
    room.start(NEW)
    room.say(1, "Panel")
    room.takes(("event.published", room.key(1), "Panel"))
    room.site.fail(410, times=None)
    room.say(2, "Concert")
    room.say(1, None)
    room.twinwire.until(lambda: room.status().get("state") == "paused",
                        "the connection is paused")
    assert room.status()["reason"] == "stopped_by_site"
    assert "no more webhooks (410)" in room.status()["detail"]
    assert not room.connector.is_ready()
    # Asked again, with a ping that is signed like everything else.
    room.twinwire.until(
        lambda: len(room.site.attempts("webhook.ping")) >= 3, "three pings")
    for r in room.site.attempts():
        verified(NEW, r)
    refused = [r for r in room.site.attempts("event.published")
               + room.site.attempts("event.withdrawn") if r.status == 410]
    assert len(refused) <= 2, "nothing but pings while it is paused"

    room.site.recover()
    room.twinwire.until(
        lambda: {m[:2] for m in room.site.taken()} >= {
            ("event.published", room.key(2)),
            ("event.withdrawn", room.key(1))}, "both came after all")
    room.twinwire.until(lambda: room.status()["state"] == "running",
                        "it goes on by itself")
    ends = room.wire.ends()
    assert ends[f"tw.dead.{room.gets}"] == 0
    assert room.status()["counters"]["deadLettered"] == 0


def test_a_secret_that_cannot_sign_is_found_by_check(room):
    file = room.connection(NEW, "whsec_tooshort")
    out = room.twinwire.run("check", "--presets", PRESETS, file)
    assert out.returncode == 78
    assert f"{room.id}-1: a whsec_ secret has at least 24 bytes" in out.stderr
    assert "tooshort" not in out.stderr
    # The daemon says the same.
    connector = room.twinwire.connector(file)
    out = room.twinwire.run("check", connector.file)
    assert out.returncode == 78
    assert "at least 24 bytes" in out.stderr
    broken = json.loads(file.read_text())
    broken["system"]["auth"]["signature"]["scheme"] = "md5"
    file.write_text(json.dumps(broken))
    out = room.twinwire.run("check", "--presets", PRESETS, file)
    assert "expected standard-webhooks" in out.stderr
