"""Goal of this test: what the portal does over its life: an event's past is
told as long as the event stands; what the wire no longer holds leaves the
portal, too; TLS by itself, also when its certificate is renewed."""

import re
import socket
import sqlite3
import ssl
import subprocess
import threading
import time

import pytest
import requests
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from support.portal import WirePortal
from support.records import JILIN, PAIR, VOLGOGRAD

DAY_MS = 86400000


def words(portal, path, status=200, language="en"):
    """The text of a page's main part."""
    answer = portal.get(path, status, params={"lang": language},
                        headers={"Accept": "text/html"})
    main = re.search(r"<main.*</main>", answer.text, re.S)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def test_an_event_page_tells_what_has_changed_so_far(portal):
    uid = portal.announce(1)
    portal.announce(1, start="2027-05-13T10:00:00", end="2027-05-13T12:00:00")
    portal.announce(1, start="2027-05-13T10:00:00", end="2027-05-13T12:00:00",
                    city=JILIN, tz="Asia/Shanghai")
    portal.announce(1, start="2027-05-13T10:00:00", end="2027-05-13T12:00:00",
                    city=JILIN, tz="Asia/Shanghai", status="cancelled")
    portal.settle()
    page = words(portal, f"/events/{uid}")
    steps = ["moved; it was to begin on 12 May 2027 13:00",
             "moved to another place; it was to be in Volgograd", ": cancelled"]
    at = [page.find(s) for s in steps]
    assert -1 not in at and at == sorted(at), page
    past = portal.get(f"/api/v1/events/{uid}").json()["past"]
    assert [sorted(p["what"]) for p in past] == [["start"], ["city"],
                                                 ["status"]]
    portal.announce(1, start="2027-05-13T10:00:00", end="2027-05-13T12:00:00",
                    city=JILIN, tz="Asia/Shanghai", status="confirmed")
    portal.announce(1, "A new title", start="2027-05-13T10:00:00", city=JILIN,
                    end="2027-05-13T12:00:00", tz="Asia/Shanghai")
    portal.settle()
    page = words(portal, f"/events/{uid}")
    assert "takes place after all" in page and "It is cancelled" not in page
    for language in ("ru", "zh"):
        assert "moved" not in words(portal, f"/events/{uid}",
                                    language=language)
    portal.announce(1, None)
    portal.announce(2)
    portal.settle()
    words(portal, f"/events/{uid}", 410)
    portal.announce(1)
    portal.settle()
    assert portal.get(f"/api/v1/events/{uid}").json()["past"] == []


def test_an_event_that_never_changed_says_nothing_of_it(portal):
    uid = portal.announce(1)
    portal.announce(1, "Only another title")
    portal.settle()
    assert "What has changed" not in words(portal, f"/events/{uid}")


class Store:
    """The portal's file while the portal is not running."""

    def __init__(self, portal):
        self.portal = portal
        self.file = portal.room.folder / "portal.db"

    def __enter__(self):
        self.portal.daemon.stop()
        self.db = sqlite3.connect(self.file)
        return self.db

    def __exit__(self, *_):
        self.db.commit()
        self.db.close()
        self.portal.daemon.start().ready_z()


def days_ago(n):
    return int(time.time() * 1000) - n * DAY_MS


# A withdrawal that Kafka has forgotten meanwhile: the store still has the
# event, the wire never had it.
MISSED = """INSERT INTO record (topic, offset, at_ms, key, value)
    SELECT topic, 1000, at_ms, 'site.9@volgograd', value FROM record
    WHERE key = 'site.1@volgograd'"""


@pytest.mark.parametrize("days,is_there", [(149, True), (151, False)])
def test_who_was_away_too_long_reads_everything_anew(portal, days, is_there):
    portal.announce(1)
    portal.settle()
    with Store(portal) as db:
        db.execute(MISSED)
        db.execute("UPDATE setting SET value = ? WHERE name = 'here'",
                   [str(days_ago(days))])
    portal.settle()
    assert portal.get("/api/v1/events/site.1@volgograd")
    missed = requests.get(portal.url + "/api/v1/events/site.9@volgograd",
                          timeout=10)
    assert (missed.status_code == 200) == is_there


def test_withdrawals_are_forgotten_when_nobody_may_ask_for_them(portal):
    for n in (1, 2, 3):
        portal.announce(n)
    portal.announce(1, None)
    portal.announce(2, None)
    portal.settle()
    with Store(portal) as db:
        for n, days in ((1, 179), (2, 181), (3, 400)):
            db.execute("UPDATE record SET at_ms = ? WHERE key = ?",
                       [days_ago(days), f"site.{n}@volgograd"])
    portal.get("/events/site.1@volgograd", 410,
               headers={"Accept": "text/html"})
    portal.get("/events/site.2@volgograd", 404,
               headers={"Accept": "text/html"})
    portal.get("/api/v1/events/site.3@volgograd")


def notice(n):
    return {"id": f"{PAIR}|changed|{n}", "kind": "changed", "pairKey": PAIR,
            "a": VOLGOGRAD, "b": JILIN, "text": {"en": f"News {n}"},
            "by": "volgograd", "at": 1000 * n}


def test_news_that_the_wire_has_dropped_leave_the_portal(portal):
    schema = portal.wire.latest_id("org.twinwire.v1.Notice")
    for n in range(6):
        record = notice(n)
        portal.wire.write("tw.notices", record["id"],
                          portal.wire.encode(schema, record))

    def told():
        return [i["record"]["text"]["en"]
                for i in portal.items("/api/v1/notices")]

    portal.room.until(lambda: len(told()) == 6, "six notices")
    admin = AdminClient({"bootstrap.servers": portal.room.brokers})
    for done in admin.delete_records(
            [TopicPartition("tw.notices", 0, 4)]).values():
        done.result(30)
    portal.room.until(lambda: told() == ["News 5", "News 4"],
                      "what has aged is gone")


def test_a_topic_that_goes_before_it_is_read_holds_nothing_up(
        twinwire, clean_wire, slow_registry):
    """A member leaves while the portal reads everything anew."""
    portal = WirePortal(twinwire, clean_wire, registry={
        "url": slow_registry.url, "insecure_http": True})
    id = clean_wire.register("other", {
        "type": "record", "name": "Other", "namespace": "org.example",
        "fields": []})
    slow_registry.slow[str(id)] = threading.Event()
    portal.daemon.stop()
    for f in twinwire.folder.glob("portal.db*"):
        f.unlink()
    for n in range(60):  # more than is fetched ahead
        clean_wire.write_later("tw.events.cpaffc", f"site.{n}@cpaffc",
                               b"\0" + id.to_bytes(4, "big") + bytes(900_000))
    clean_wire.flush()
    portal.daemon.start()
    twinwire.until(lambda: slow_registry.asked, "it is asked for")
    clean_wire.delete("tw.events.cpaffc")
    twinwire.until(lambda: not clean_wire.topics("tw.events.cpaffc"), "gone")
    assert not portal.daemon.is_ready()
    slow_registry.slow[str(id)].set()
    portal.daemon.ready_z()
    assert portal.get("/api/v1/state").json()["is_ready"]


def test_a_topic_that_comes_again_is_read_from_its_beginning(portal):
    """Also if it has more by then than it had."""
    topic = "tw.events.cpaffc"

    def shown():
        return sorted(i["key"] for i in portal.items("/api/v1/events"))
    for n in range(3):
        portal.announce(n, member="cpaffc")
    portal.settle()
    assert len(shown()) == 3
    portal.wire.delete(topic)
    portal.room.until(
        lambda: "read no more" in portal.daemon.text(), "it is gone")
    portal.wire.create(topic, **{"cleanup.policy": "compact"})
    uids = [portal.announce(n, member="cpaffc") for n in range(10, 17)]
    portal.room.until(lambda: shown() == uids, "the new one's events", 90)


def certificate(folder, name):
    """A self-signed one for this machine: its file and its key's."""
    files = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
         "-out", files[0], "-keyout", files[1]],
        check=True, capture_output=True)
    return files


def test_it_speaks_tls_and_takes_a_renewed_certificate(
        twinwire, clean_wire, tmp_path):
    first, second = certificate(tmp_path, "one"), certificate(tmp_path, "two")
    crt, key = tmp_path / "site.crt", tmp_path / "site.key"

    def put(pair):
        crt.write_bytes(pair[0].read_bytes())
        key.write_bytes(pair[1].read_bytes())
        key.chmod(0o600)

    def takes(file):
        """A new connection, which trusts FILE alone, is answered."""
        try:
            return requests.get(portal.url + "/api/v1/state", verify=file,
                                timeout=10).ok
        except requests.exceptions.SSLError:
            return False

    put(first)
    portal = WirePortal(twinwire, clean_wire, listen={
        "certificate_file": str(crt), "key_file": str(key)})
    assert portal.url.startswith("https:") and takes(first[0])
    there = requests.Session()

    def goes_on():
        """The connection made first, with the certificate of then."""
        return there.get(portal.url + "/api/v1/state", verify=first[0],
                         timeout=10).ok

    assert goes_on()
    crt.write_bytes(second[0].read_bytes())  # not the key's: refused, said
    portal.daemon.hang_up()
    twinwire.until(lambda: "no pair" in portal.daemon.tail(), "refused")
    assert takes(first[0])
    put(second)
    portal.daemon.hang_up()
    twinwire.until(lambda: takes(second[0]), "the new certificate")
    assert not takes(first[0])
    assert goes_on()
    there.close()
    host, port = portal.url.removeprefix("https://").split(":")
    context = ssl.create_default_context(cafile=second[0])
    with socket.create_connection((host, int(port)), 10) as plain, \
            context.wrap_socket(plain, server_hostname=host) as secured:
        assert secured.version() in ("TLSv1.2", "TLSv1.3")
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(f"http://{host}:{port}/", timeout=10)
    portal.announce(1)
    uid = portal.announce(2, "Moved")
    twinwire.until(lambda: requests.get(
        f"{portal.url}/api/v1/events/{uid}", verify=second[0],
        timeout=10).ok, "news come in meanwhile")
    assert portal.daemon.stop() == 0
