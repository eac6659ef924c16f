"""Goal: the files of a wire on one server: an authority whose certificates an
independent program accepts, passwords that nobody else reads, and a second run
that changes nothing but what is due."""

import json
import os
import shutil
import subprocess

import pytest
import yaml

from support.process import ROOT

NAMES = ["kafka", "brokers", "localhost"]


@pytest.fixture
def room(twinwire_only, tmp_path):
    shutil.copy(ROOT / "deploy/members.yaml", tmp_path)
    shutil.copy(ROOT / "deploy/aliases.tsv", tmp_path)
    return twinwire_only, tmp_path


@pytest.fixture
def twinwire_only(tmp_path_factory):
    from support.twinwire import Twinwire
    return Twinwire(tmp_path_factory.mktemp("room"), "", "")


def prepare(room, *options):
    twinwire, folder = room
    return json.loads(twinwire.cli("prepare", "--json", *options, folder,
                                   wire=False))


def openssl(*args):
    return subprocess.run(["openssl", *map(str, args)], check=False, text=True,
                          capture_output=True)


def accepted(folder, name, host=None):
    """An independent program takes it, for this host."""
    extra = ["-verify_hostname", host] if host else []
    return openssl("verify", "-x509_strict", "-purpose", "sslserver",
                   "-CAfile", folder / "pki/ca.pem", *extra,
                   folder / f"pki/{name}.pem").returncode == 0


def add(folder, member, name="site"):
    of = folder / "connections" / member
    of.mkdir(parents=True, exist_ok=True)
    (of / f"{name}.yaml").write_text(
        f"connection: {member}-{name}\nmember: {member}\n")
    (of / f"{name}.password").write_text("secret\n")


def compose(folder):
    return yaml.safe_load((folder / "compose.yml").read_text())


def test_certificates_are_good_for_their_hosts_and_no_others(room):
    _, folder = room
    prepare(room, "--host", "wire.example.org")
    for host in [*NAMES, "wire.example.org"]:
        assert accepted(folder, "broker", host), host
    assert not accepted(folder, "broker", "example.org")
    assert accepted(folder, "door", "door")
    assert not accepted(folder, "door", "kafka")
    subject = openssl("x509", "-in", folder / "pki/operator.pem", "-noout",
                      "-subject", "-nameopt", "RFC2253").stdout
    assert subject.strip() == "subject=CN=twinwire-operator"


def test_secrets_are_read_by_their_owner_alone(room):
    _, folder = room
    prepare(room)
    secret = [*(folder / "secrets").glob("*.password"),
              *(folder / "pki").glob("*.key"),
              *(f for f in (folder / "pki").glob("*.pem")
                if f.name != "ca.pem")]
    assert len(secret) == 12 + 1 + 4  # users, authority, certificates
    assert {f.stat().st_mode & 0o777 for f in secret} == {0o600}
    assert len({f.read_text() for f in secret}) == len(secret)


def test_a_second_run_changes_nothing(room):
    _, folder = room
    add(folder, "volgograd")
    assert prepare(room)
    before = {f: f.read_bytes() for f in folder.rglob("*") if f.is_file()}
    assert prepare(room) == []
    assert before == {f: f.read_bytes()
                      for f in folder.rglob("*") if f.is_file()}


def test_a_new_name_renews_what_answers_to_it_and_nothing_else(room):
    _, folder = room
    prepare(room)
    password = (folder / "secrets/mag.password").read_text()
    done = prepare(room, "--host", "wire.example.org")
    assert {d["what"].rsplit("/", 1)[1] for d in done
            if d["action"] == "renew"} == {"broker.pem", "door.pem"}
    assert accepted(folder, "broker", "wire.example.org")
    assert (folder / "secrets/mag.password").read_text() == password


def test_what_ends_soon_is_renewed(room, tmp_path):
    _, folder = room
    prepare(room)
    pki = folder / "pki"
    request = tmp_path / "short.csr"
    assert openssl("req", "-new", "-key", pki / "tools.pem", "-subj",
                   "/CN=twinwire-operator", "-out", request).returncode == 0
    key = openssl("pkey", "-in", pki / "tools.pem").stdout
    short = openssl("x509", "-req", "-in", request, "-CA", pki / "ca.pem",
                    "-CAkey", pki / "ca.key", "-days", "59").stdout
    (pki / "tools.pem").write_text(key + short)
    assert [d["action"] for d in prepare(room)][0] == "renew"
    assert accepted(folder, "tools")
    assert prepare(room) == []


def test_an_authority_that_lost_its_key_is_refused(room):
    twinwire, folder = room
    prepare(room)
    (folder / "pki/ca.key").unlink()
    out = twinwire.run("prepare", folder)
    assert out.returncode == 1
    assert "do not belong together" in out.stderr


def test_a_connector_for_each_member_with_connections(room):
    twinwire, folder = room
    add(folder, "volgograd")
    add(folder, "nobody")
    out = twinwire.run("prepare", folder)
    assert out.returncode == 0 and "no member of this name" in out.stderr
    first = compose(folder)
    assert {s for s in first["services"] if s.startswith("connector-")} == \
        {"connector-volgograd"}
    assert list(first["volumes"]) == ["state-volgograd"]

    add(folder, "volgograd", "register")
    add(folder, "mag")
    prepare(room)
    again = compose(folder)["services"]
    label = "org.twinwire.files"
    assert "connector-mag" in again
    assert again["connector-volgograd"]["labels"][label] != \
        first["services"]["connector-volgograd"]["labels"][label]
    assert again["portal"] == first["services"]["portal"]
    (targets,) = yaml.safe_load((folder / "targets/twinwire.yml").read_text())
    assert set(targets["targets"]) == {f"{s}:9102" for s in [
        "reconciler", "portal", "connector-volgograd", "connector-mag"]}


def test_the_watch_has_its_folder(room):
    _, folder = room
    prepare(room)
    label = "org.twinwire.files"
    first = compose(folder)["services"]["watch"]["labels"][label]
    (folder / "watch").mkdir(mode=0o700)
    (folder / "watch/watch.yaml").write_text("notify: []\n")
    (folder / "watch/mail.password").write_text("secret\n")
    prepare(room, "--owner", os.getuid())
    assert compose(folder)["services"]["watch"]["labels"][label] != first
    assert (folder / "watch").stat().st_mode & 0o777 == 0o750
    assert (folder / "watch/mail.password").stat().st_mode & 0o777 == 0o640
    assert "watch:9102" in (folder / "targets/twinwire.yml").read_text()


def test_a_host_that_is_none_is_refused(room):
    twinwire, folder = room
    out = twinwire.run("prepare", "--host", "a,DNS:b", folder)
    assert out.returncode == 2
    assert not (folder / "pki").exists()
