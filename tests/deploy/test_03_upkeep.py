"""Goal: what an operator does over the years: new passwords, being told,
figures, a member who floods, a member who leaves, another version and back. On
the wire of test_02, or one of its own; in order."""

import shutil
import subprocess

import pytest
import requests
import yaml
from confluent_kafka import Producer
from support.compose import here
from support.mailbox import Mailbox
from support.process import ROOT, free_port
from support.prometheus import ask, dashboard
from support.records import event
from support.story import DAEMONS, SERVERS

MEMBERS = "/etc/twinwire/members.yaml"


@pytest.fixture(scope="module", autouse=True)
def members_door(story):
    story.compose.up("members-door", profiles=["members"])


def is_refused(compose, config):
    """Whoever logs in by CONFIG is told that he may not."""
    said = []
    p = Producer(config | {"error_cb": said.append})
    compose.until(lambda: p.poll(0.2) or any(
        e.name() == "_AUTHENTICATION" for e in said), "a refusal")
    return True


def test_a_new_password_is_used_and_the_old_one_refused(story):
    compose = story.compose
    users = {"mag": "connector-mag", "twinwire-portal": "portal"}
    before = {u: compose.client(u) for u in users}
    for user in users:
        assert "new password" in compose.twinwire(
            "provision", "--secrets", "/secrets", "--rotate", user, MEMBERS)
    compose.prepare()
    compose.up()
    story.say("After new passwords")
    compose.until_well(*users.values())
    for user in users:
        assert compose.client(user) != before[user]
        assert is_refused(compose, before[user])
    assert compose.may_write("mag", "tw.control.mag")


@pytest.fixture
def mailbox():
    box = Mailbox(address="0.0.0.0").start()
    yield box
    box.stop()


def test_the_operator_and_the_member_are_told(story, mailbox):
    compose, operator = story.compose, "op@example.org"
    conf = yaml.safe_load((ROOT / "deploy/compose/watch.yaml").read_text())
    conf |= {"settle": "1s", "notify": [
        {"mail": operator}, {"member": "mag", "mail": "mag@example.org"}],
        "smtp": {"url": f"smtp://{here()}:{mailbox.port}", "insecure": True,
                 "from": "wire@example.org", "username": mailbox.USER,
                 "password_file": "mail.password"}}
    folder = compose.wire / "watch"
    folder.mkdir()
    (folder / "watch.yaml").write_text(yaml.safe_dump(conf))
    (folder / "mail.password").write_text(mailbox.PASSWORD + "\n")
    (folder / "mail.password").chmod(0o600)
    compose.prepare()
    compose.env["COMPOSE_PROFILES"] = "watch"
    compose.up()
    compose.until_well("watch")
    for order, want in [
            ("pause", "[twinwire] mag-site rests until somebody acts"),
            ("resume", "[twinwire] well again: mag-site goes on")]:
        compose.twinwire(order, "mag-site")
        for to in (operator, "mag@example.org"):
            compose.until(lambda to=to, want=want: want in
                          mailbox.subjects(to), f"{want} to {to}")
    assert set(mailbox.logins) == {(mailbox.USER, mailbox.PASSWORD)}
    story.say("After a rest")


def test_prometheus_finds_everything_and_nothing_is_wrong(story):
    compose = story.compose
    compose.up("prometheus", profiles=["metrics"])
    [address] = [n["IPAddress"] for name, n in compose.inspect("prometheus")[
        "NetworkSettings"]["Networks"].items() if name.endswith("_edge")]
    url = f"http://{address}:9090"
    wanted = {*DAEMONS, "connector-tenth", "watch"} & set(compose.containers())
    compose.until(
        lambda: {m["instance"] for m, _ in ask(
            url, 'up{job="twinwire"} == 1')} == {f"{s}:9102" for s in wanted},
        f"{wanted} are scraped")
    # Rates take two scrapes, errors and answers something to count.
    story.say("While somebody counts")
    for expr in dashboard():
        compose.until(lambda e=expr: ask(url, e), expr)
    groups = requests.get(f"{url}/api/v1/rules", timeout=5).json()
    rules = [r for g in groups["data"]["groups"] for r in g["rules"]]
    assert len(rules) > 10 and {r["health"] for r in rules} == {"ok"}
    assert {r["name"] for r in rules if r["state"] == "firing"} == set()


def test_who_floods_is_slowed_down_and_hinders_nobody(story):
    compose, slowed, sent = story.compose, [], []
    p = Producer(compose.client("twin-cities") | {
        "linger.ms": 5, "throttle_cb": slowed.append})

    def flood():
        """What everybody reads and nobody can, half a MiB at a time; the
        quota is one a second."""
        for _ in range(64):
            p.produce("tw.events.twin-cities", bytes(8192), key=b"flood",
                      on_delivery=lambda e, m: sent.append(e))
        p.flush(30)
        return slowed
    compose.until(flood, "a flood is slowed down")
    story.say("During a flood")
    assert sent and not any(sent)


def test_a_member_runs_its_connector_by_its_kit(story, docker, tmp_path):
    """On a machine of its own: here, the host's network."""
    compose, member = story.compose, "kz-congress"
    compose.twinwire(
        "kit", member, "/out/kit", "--brokers", compose.brokers,
        "--registry", compose.registry + "/ccompat/v7", "--secrets",
        "/secrets", "--ca", "/etc/twinwire/ca.pem")
    kit = tmp_path / "kit"
    shutil.copytree(compose.wire / "out/kit", kit)
    site = compose.site(member)
    conf = yaml.safe_load(
        (kit / "connections/website.yaml.example").read_text())
    conf |= {"uses": "rest", "first_run": "go"}
    conf["system"] |= {"base_url": site.url, "allow_private": True,
                       "insecure_http": True}
    conf["subscribe"][0]["from"] = "beginning"
    (kit / "connections/website.yaml").write_text(yaml.safe_dump(conf))
    (kit / "secrets/website.password").write_text(site.PASSWORD + "\n")
    (kit / "secrets/website.password").chmod(0o600)
    daemon = (kit / "daemon.yaml").read_text()
    assert "port: 9102" in daemon
    (kit / "daemon.yaml").write_text(
        daemon.replace("port: 9102", f"port: {free_port()}"))
    (kit / ".env").write_text("TWINWIRE_UID=10001\nTWINWIRE_GID=10001\n")
    (kit / "elsewhere.yml").write_text(
        "services: { connector: { network_mode: host } }\n")
    subprocess.run(["chown", "-R", "10001:10001", kit], check=True)

    def run(*args):
        return subprocess.run(
            ["docker-compose", "-f", "docker-compose.yml", "-f",
             "elsewhere.yml", *args], cwd=kit, env=docker.env, check=True,
            capture_output=True, text=True).stdout
    try:
        run("run", "--rm", "connector", "twinwire", "check",
            "/etc/twinwire/daemon.yaml")
        run("up", "-d")
        story.arrived(site)
        story.say("To a member elsewhere")
        story.arrived(site)
        assert "delivered" in run(
            "exec", "-T", "connector", "twinwire", "status", "--conf",
            "/etc/twinwire/daemon.yaml", f"{member}-website").lower()
    finally:
        run("down")


def test_a_member_leaves_as_the_readme_says(story):
    compose = story.compose
    if not compose.id("connector-tenth"):
        compose.add_member(id="tenth", names={"en": "The tenth"})
        compose.join("tenth")
        compose.prepare()
        compose.up()
    site = compose.sites["tenth"]
    for n in range(3):
        site.put("events", f"l{n}", **event(f"Leaves {n}"))
    for s in [story.listener, story.speaker]:
        compose.until(lambda s=s: sum("Leaves" in t for t in story.titles(s))
                      == 3, "it is heard")
    file = compose.wire / "members.yaml"
    with_row = file.read_text()
    row = '"id": "tenth", '
    assert row in with_row

    def leave():
        return compose.twinwire("leave", "tenth", "--withdraw", "--export",
                                "/out/tenth", MEMBERS)

    file.write_text(with_row.replace(row, row + '"left": "2026-11-29", '))
    said = leave()
    assert "3 records withdrawn" in said and "all sites are clean" in said
    assert len((compose.wire / "out/tenth/tenth-events.jsonl").read_text()
               .splitlines()) == 3
    for s in compose.sites.values():
        assert s is site or not any(
            "Leaves" in t for t in story.titles(s))
    config = compose.client("tenth")
    assert not compose.may_write("tenth", "tw.events.tenth")

    shutil.rmtree(compose.wire / "connections/tenth")
    file.write_text("".join(line for line in with_row.splitlines(True)
                            if row not in line))
    compose.prepare()
    compose.up("--remove-orphans")
    assert not compose.id("connector-tenth")
    said = leave()
    assert "deleted tw.events.tenth" in said and "user tenth removed" in said
    assert not [t for t in compose.topics() if t.endswith(".tenth")]
    assert is_refused(compose, config)
    story.say("After it left")
    assert "user tenth" not in leave()


def forget_what_is_too_new(story, docker):
    """As deploy/README.md says where a state file is refused: without its
    volume a connector is rebuilt from the wire. True if one was."""
    compose, refused = story.compose, []
    for service in [d for d in DAEMONS if d.startswith("connector-")]:
        def is_told(service=service):
            if not compose.ill(service):
                return "well"
            return "written by a newer version" in compose.said(service) \
                and "refused"
        if compose.until(is_told, f"{service} is well or says why not") \
                == "refused":
            refused.append(service)
            compose("rm", "-sf", service)
            docker("volume", "rm", service.replace(
                "connector", f"{compose.project}_state"), check=True)
            compose.up(service)
    return bool(refused)


def test_an_earlier_image_and_back_keep_everything(story, docker, earlier):
    compose = story.compose
    writes, is_new = len(story.listener.writes()), False
    for image in [earlier, "twinwire"]:
        compose.env["TWINWIRE_IMAGE"] = image
        compose.up()
        is_new |= forget_what_is_too_new(story, docker)
        story.say(f"With {image}")
        assert {compose.inspect(d)["Config"]["Image"] for d in DAEMONS} == \
            {image}
    compose.until_well(*SERVERS, *DAEMONS)
    assert is_new or len(story.listener.writes()) == writes + 2
