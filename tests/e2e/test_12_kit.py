"""Goal: a member runs its own connector. `twinwire kit` writes one folder; with
nothing else its connector comes onto a wire that lets nobody in by default, by
the password in it, and the member changes what it subscribes to without the
operator. An independent look: the folder holds no other secret."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import confluent_kafka
import pytest
import yaml
from support.kafka import Kafka
from support.process import free_port
from support.records import event
from support.security import OPERATOR, Security
from support.twinwire import PRESETS, Daemon, Twinwire, program

MEMBER, SPEAKER = "mag", "volgograd"


@pytest.fixture(scope="module")
def newer_kafka_client(tmp_path_factory):
    """Environment in which our programs find the librdkafka that the witness
    brings along, as in the containers: Debian 12's cannot do SCRAM with Kafka 4
    (librdkafka#4895)."""
    [lib] = Path(confluent_kafka.__file__).parent.parent.glob(
        "confluent_kafka.libs/librdkafka-*.so.1")
    folder = tmp_path_factory.mktemp("librdkafka")
    (folder / "librdkafka.so.1").symlink_to(lib)
    return os.environ | {"LD_LIBRARY_PATH": str(folder)}


@pytest.fixture
def stage(tmp_path, registry):
    """A secured wire of two members; the operator's room."""
    security = Security(tmp_path / "security")
    kafka = Kafka(tmp_path / "kafka", security=security).start()
    room = Twinwire(tmp_path / "operator", kafka.brokers, registry.url)
    try:
        room.folder.mkdir()
        room.security, room.secrets = security, room.folder / "secrets"
        room.secrets.mkdir()
        password = room.secret("operator", security.passwords[OPERATOR])
        room.conf = room.file("operator.yaml", {
            "kafka": security.operator_conf(kafka.brokers, password),
            "registry": {"url": registry.url, "insecure_http": True}})
        members = room.file("members.yaml", {"members": [
            {"id": SPEAKER}, {"id": MEMBER}]})
        room.cli("provision", "--conf", room.conf, "--secrets", room.secrets,
                 members, wire=False)
        for user in (SPEAKER, MEMBER):
            security.make_user(kafka.brokers, user, (
                room.secrets / f"{user}.password").read_text().strip())
        yield room
    finally:
        room.close()
        kafka.kill()


def say(room, *titles):
    """The other member announces events, by the operator's hand."""
    file = room.file("said.jsonl", "".join(json.dumps(
        event(title, id=title.lower()) | {"kind": kind}) + "\n"
        for title, kind in titles))
    room.cli("publish", "--conf", room.conf, "--member", SPEAKER, "events",
             file, wire=False)


def test_a_member_runs_its_own_connector(
        stage, rest_site, tmp_path, newer_kafka_client):
    site, room = rest_site(), stage
    out = room.cli("kit", "--brokers", room.brokers, "--registry",
                   room.registry_url, "--secrets", room.secrets, "--ca",
                   room.security.ca, MEMBER, tmp_path / "kit", wire=False)
    assert "hand it over" in out

    # The folder goes elsewhere, and has what it needs and no more.
    home = tmp_path / "member" / "wire"
    shutil.copytree(tmp_path / "kit", home)
    assert {str(p.relative_to(home)) for p in home.rglob("*")} == {
        "README.md", "ca.pem", "connections", "daemon.yaml",
        "connections/website.yaml.example", "docker-compose.yml",
        "kafka.password", "secrets", "state"}
    secret = home / "kafka.password"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert secret.read_text() == \
        (room.secrets / f"{MEMBER}.password").read_text()
    for p in home.rglob("*"):
        if p.is_file() and p != secret:
            assert secret.read_text().strip() not in p.read_text()
            assert "@MEMBER@" not in p.read_text()
    service = yaml.safe_load(
        (home / "docker-compose.yml").read_text())["services"]["connector"]
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert "ports" not in service

    # Its clerk fills in the example.
    example = yaml.safe_load(
        (home / "connections/website.yaml.example").read_text())
    (home / "secrets/website.password").write_text(site.PASSWORD + "\n")
    (home / "secrets/website.password").chmod(0o600)
    example |= {"uses": "rest", "first_run": "go"}
    example["system"] |= {"base_url": site.url, "allow_private": True,
                          "insecure_http": True}
    example["subscribe"][0] |= {"kinds": ["forum"], "from": "beginning"}
    connection = home / "connections/website.yaml"
    connection.write_text(yaml.safe_dump(example))
    daemon = yaml.safe_load((home / "daemon.yaml").read_text())
    daemon |= {"presets": str(PRESETS), "admin": {"port": free_port()}}
    (home / "daemon.yaml").write_text(yaml.safe_dump(daemon))
    checked = subprocess.run(
        [program("connector"), "-n", "-f", home / "daemon.yaml"], text=True,
        env=newer_kafka_client, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr

    connector = Daemon("kit", "connector", home / "daemon.yaml",
                       tmp_path / "kit.log", daemon["admin"]["port"])
    connector.env = newer_kafka_client
    room.daemons.append(connector)
    connector.start()
    say(room, ("Forum", "forum"), ("Fair", "festival"))
    titles = lambda: {e["title"]["en"]  # noqa: E731
                      for e in site.items("events").values()}
    room.until(lambda: titles() == {"Forum"}, "what it subscribed to")

    # It wants more: its own file, its own restart, nobody else.
    connector.stop()
    example["subscribe"][0]["kinds"] = ["forum", "festival"]
    connection.write_text(yaml.safe_dump(example))
    connector.start().ready_z()
    say(room, ("Dance", "festival"))
    room.until(lambda: titles() == {"Forum", "Dance"}, "the new subscription")


def test_a_kit_that_cannot_be_made_says_why(twinwire):
    def refused(*args):
        out = twinwire.run("kit", *args)
        assert out.returncode != 0
        return out.stderr
    there = ("--host", "wire.example.org")
    assert "--host" in refused("mag", "kit")
    assert "not a member's id" in refused(*there, "Mag!", "kit")
    assert "ca.pem" in refused(*there, "mag", "kit")
    assert "kit" in refused(*there, "mag", "kit")  # it is there already
