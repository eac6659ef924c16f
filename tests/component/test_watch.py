"""Goal: whoever has to act hears of it once, by mail or webhook, also when the
watch is killed or the mail server is away; hears once more when it is well
again; and no member hears of another's."""

import base64
import json
import sqlite3
import threading
from contextlib import closing

import pytest
from standardwebhooks.webhooks import Webhook
from support.flow import Flow
from support.mailbox import Mailbox
from support.receiver import PATH
from support.rest_site import RestSite
from support.security import certificate

OPERATOR, READER, OTHER = "op@example.org", "reader@example.org", \
    "other@example.org"
SECRET = "whsec_" + base64.b64encode(b"thirty-two bytes make a secret..").decode()


@pytest.fixture
def flow(twinwire, wire):
    return Flow(twinwire, wire)


@pytest.fixture
def mailbox():
    box = Mailbox().start()
    yield box
    box.stop()


def smtp(box):
    return {"url": box.url, "from": "wire@example.org", "insecure": True}


def everybody(flow):
    return [{"mail": [OPERATOR]},
            {"member": flow.reader, "mail": READER},
            {"member": "somebody-else", "mail": OTHER}]


def started(flow, site):
    """A connection that orders find."""
    flow.twinwire.connector(flow.put(site)).start().ready_z()
    flow.twinwire.until(
        lambda: flow.wire.latest(f"tw.status.{flow.reader}"), "a status")


def until_told(flow, box, to, n):
    flow.twinwire.until(lambda: len(box.subjects(to)) >= n,
                        f"{n} mails to {to}: {box.subjects(to)}")
    assert len(box.subjects(to)) == n, box.subjects(to)
    return box.subjects(to)


def test_one_mail_when_it_rests_and_one_when_it_goes_on(
        flow, rest_site, mailbox):
    id = f"{flow.reader}-put"
    started(flow, rest_site())
    watch = flow.twinwire.watch(*everybody(flow), smtp=smtp(mailbox))
    watch.start().ready_z()
    flow.twinwire.cli("pause", id)

    want = f"[twinwire] {id} rests until somebody acts"
    assert until_told(flow, mailbox, OPERATOR, 1) == [want]
    assert until_told(flow, mailbox, READER, 1) == [want]
    text = mailbox.text(READER)
    assert "paused_by_command" in text and f"twinwire status {id}" in text

    # Killed once it has noted what it told, started again: it is the same rest.
    flow.twinwire.until(
        lambda: watch.metrics()["twinwire_watch_messages_total"] == 2, "noted")
    watch.kill()
    watch.start().ready_z()
    flow.twinwire.until(
        lambda: watch.metrics()["twinwire_watch_wrong"] == 1, "judged")
    flow.twinwire.cli("resume", id)
    assert until_told(flow, mailbox, OPERATOR, 2)[1] == \
        f"[twinwire] well again: {id} goes on"
    assert len(until_told(flow, mailbox, READER, 2)) == 2
    assert mailbox.subjects(OTHER) == []
    ids = [m["Message-ID"] for _, m in mailbox.mails]
    assert len(set(ids)) == len(ids) == 4


def test_a_schema_that_does_not_come_hides_nobodys_trouble(
        flow, rest_site, mailbox, slow_registry):
    started(flow, rest_site())
    flow.twinwire.watch(*everybody(flow), smtp=smtp(mailbox), registry={
        "url": slow_registry.url, "insecure_http": True}).start().ready_z()
    id = flow.wire.register("other", {
        "type": "record", "name": "Other", "namespace": "org.example",
        "fields": []})
    slow_registry.slow[str(id)] = threading.Event()
    flow.wire.write(f"tw.status.{flow.writer}", "other",
                    b"\0" + id.to_bytes(4, "big"))
    flow.twinwire.until(lambda: slow_registry.asked, "it is asked for")
    flow.twinwire.cli("pause", f"{flow.reader}-put")
    until_told(flow, mailbox, OPERATOR, 1)


def test_a_mail_server_that_is_away_gets_it_once_when_it_is_back(
        flow, rest_site, mailbox):
    id = f"{flow.reader}-put"
    mailbox.stop()
    started(flow, rest_site())
    watch = flow.twinwire.watch(
        {"member": flow.reader, "mail": READER}, smtp=smtp(mailbox))
    watch.start().ready_z()
    flow.twinwire.cli("pause", id)
    flow.twinwire.until(
        lambda: watch.metrics()["twinwire_watch_failures_total"] >= 1,
        "a try")
    mailbox.start()
    watch.stop()  # a start does not wait for the next try
    watch.start()
    until_told(flow, mailbox, READER, 1)
    assert watch.metrics()["twinwire_watch_messages_total"] == 1


def test_a_webhook_is_signed_and_says_what_was_not_delivered(
        flow, rest_site, receiver):
    site, hook = rest_site(), receiver()
    id = f"{flow.reader}-put"
    site.fail(422, times=None, method="PUT",
              when=lambda r: b"Panel" in r.body)
    started(flow, site)
    url = {"url": hook.url + PATH, "allow_private": True,
           "secret_files": flow.twinwire.secret("hook", SECRET)}
    flow.twinwire.watch(
        {"webhook": url}, {"member": flow.writer, "webhook": url}).start()
    flow.say_all([(1, "Panel"), (2, "Concert")])

    def attempts():
        return [r for r in hook.attempts()
                if r.json()["data"]["connection"] == id]

    # The operator, and the member whose record it is.
    flow.twinwire.until(lambda: len(attempts()) == 2, "two messages")
    for r in attempts():
        body = Webhook(SECRET).verify(
            r.body, {k.lower(): v for k, v in r.headers.items()})
        assert body["type"] == "twinwire.not_delivered"
        assert body["data"]["connection"] == id
        assert body["data"]["what"] == "raised"
        assert flow.key(1) in body["data"]["text"]
        assert flow.key(2) not in body["data"]["text"]
        assert body["data"]["do"] == f"twinwire refused {flow.reader}"

    # A second one is more of the same: not now. Mended, it is well.
    site.recover()
    flow.say(1, "Panel, moved")
    flow.twinwire.until(lambda: len(attempts()) == 4, "well again")
    assert {r.json()["data"]["what"] for r in attempts()[2:]} == {"well"}


def test_a_week_is_summed_up_once(flow, rest_site, mailbox):
    started(flow, rest_site())
    watch = flow.twinwire.watch(
        {"member": flow.reader, "mail": READER}, smtp=smtp(mailbox))

    def a_turn():
        watch.start()
        flow.twinwire.until(lambda: watch.metrics()[
            "twinwire_watch_connections"] >= 1 and watch.is_ready(), "judged")
        watch.stop()

    a_turn()  # the first week begins
    assert mailbox.mails == []
    flow.say_all([(1, "Panel"), (2, "Concert"), (3, "Fair")])
    id = next(iter(flow.systems))
    flow.twinwire.until(lambda: flow.equal(id), "delivered")
    flow.twinwire.until(lambda: json.loads(flow.twinwire.cli(
        "status", "--json", id))[0]["value"]["counters"]["applied"] == 3,
        "the status says so", 90)
    with closing(sqlite3.connect(flow.twinwire.folder / "watch.db")) as db:
        name, text = db.execute("SELECT name, value FROM value"
                                " WHERE name LIKE 'week %'").fetchone()
        week = json.loads(text)
        week["at"] -= 8 * 24 * 3600 * 1000
        db.execute("UPDATE value SET value = ? WHERE name = ?",
                   (json.dumps(week), name))
        db.commit()
    watch.start()
    assert until_told(flow, mailbox, READER, 1) == [
        "[twinwire] the week: 3 delivered, all is well"]
    assert "Delivered this week: 3. Waiting: 0." in mailbox.text(READER)
    assert "Lost: 0." in mailbox.text(READER)
    watch.stop()
    a_turn()
    assert len(mailbox.mails) == 1


def test_mistakes_in_its_file_are_named_at_once(twinwire):
    watch = twinwire.watch({"mail": "not a mailbox"}, {"member": "x"},
                           {"webhook": {"url": "https://example.org"},
                            "wekly": True})
    watch.launch()
    assert watch.wait() == 78
    text = watch.text()
    assert "notify[2].wekly" in text
    watch = twinwire.watch({"mail": "not a mailbox"}, {"member": "x"},
                           name="other")
    watch.launch()
    assert watch.wait() == 78
    text = watch.text()
    assert "notify[0]: not a mailbox" in text
    assert "mail needs `smtp`" in text
    assert "notify[1]: expected `mail` or `webhook`" in text


def test_a_certificate_that_ends_soon_is_told(flow, mailbox, tmp_path):
    made = certificate(tmp_path / "tls", "127.0.0.1")  # good for two days
    with RestSite(tls=made) as site:
        site.start()
        file = flow.put(site, system={
            "base_url": site.url, "ca_file": str(made[0]),
            "allow_private": True,
            "auth": {"basic": {
                "username": site.USER,
                "password_file": flow.twinwire.secret("tls", site.PASSWORD)}}})
        connector = flow.twinwire.connector(file).start().ready_z()
        flow.say(1, "Panel")
        [id] = flow.systems
        flow.twinwire.until(lambda: flow.equal(id), "delivered over TLS")
        days = "twinwire_certificate_days_left"
        found = connector.metrics()
        assert found[f'{days}{{connection="{id}"}}'] == 1  # as it was shown
        assert found[f'{days}{{file="{made[0]}"}}'] == 1
        flow.twinwire.watch({"member": flow.reader, "mail": READER},
                            smtp=smtp(mailbox)).start()
        assert until_told(flow, mailbox, READER, 1) == [
            f"[twinwire] {id} depends on a certificate that ends soon"]
        assert "ends in 1 day:" in mailbox.text(READER)
