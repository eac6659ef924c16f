"""Goal: docker-compose.yml does what an operator needs of it: it comes up from
nothing, carries news, stands crashes and restarts, loses nothing over `down`
and `up`, and takes a tenth member with two commands. One story, in order."""

import json
import re
import subprocess

import requests
from support.process import handbook
from support.records import event
from support.story import DAEMONS, SERVERS


def test_it_comes_up_and_all_is_well(story):
    story.compose.until_well(*SERVERS, *DAEMONS)


def test_an_event_arrives_at_another_member_and_in_the_portal(story):
    story.say("Forum")


def test_whatever_dies_comes_back_and_news_goes_on(story):
    for service in ["connector-volgograd", "connector-mag", "kafka",
                    "registry", "door", "reconciler", "portal"]:
        story.compose.crash(service)
        story.say(f"After a crash of {service}")
    story.compose.until_well(*SERVERS, *DAEMONS)


def test_everything_is_restarted(story):
    story.compose("restart", "-t", "30")
    story.say("After a restart")


def test_down_and_up_lose_nothing_and_repeat_nothing(story):
    compose = story.compose
    before = compose.topics()
    writes = len(story.listener.writes())
    compose.down()
    assert not compose.id("kafka")
    story.speaker.put("events", "while-down", **event("While it was down"))
    story.said.append("While it was down")
    compose.up()
    story.arrived()
    assert len(story.listener.writes()) == writes + 1
    after = compose.topics()
    for topic, t in before.items():
        assert after[topic]["high"] >= t["high"], topic


def test_a_backup_brings_it_back(story, docker, tmp_path):
    """By the commands of deploy/README.md: two volumes, all else lost."""
    compose = story.compose
    (tmp_path / "wire").symlink_to(compose.wire)
    by, backup, restore = handbook("Backup and restore")
    for block in (backup, restore):
        done = subprocess.run(["sh", "-c", by + block], cwd=tmp_path, text=True,
                              env=docker.env | compose.env, check=False,
                              capture_output=True, timeout=580)
        assert done.returncode == 0, done.stdout + done.stderr
        if block is backup:
            compose.down("-v")
    story.say("After a restore")


def test_a_tenth_member_takes_two_commands(story):
    compose = story.compose
    compose.add_member(id="tenth", names={"en": "The tenth"})
    site = compose.join("tenth")
    compose.prepare()
    compose.up()
    story.arrived(site)
    compose.until_well("connector-tenth")
    site.put("events", "t1", **event("Said by the tenth"))
    story.said.append("Said by the tenth")
    compose.until(lambda: "Said by the tenth" in story.titles(story.listener)
                  and "Said by the tenth" in story.shown(),
                  "the tenth is heard")
    del story.said[-1]
    site.trash("events", "t1")
    story.arrived()


def test_containers_can_do_little(story):
    compose = story.compose
    for service in [*SERVERS, *DAEMONS]:
        c = compose.inspect(service)
        host, config = c["HostConfig"], c["Config"]
        assert host["ReadonlyRootfs"], service
        assert host["CapDrop"] == ["ALL"] and not host["CapAdd"], service
        assert host["SecurityOpt"] == ["no-new-privileges:true"], service
        assert host["Memory"] > 0, service
        assert config["User"] not in ("", "0", "root", "0:0"), service
        assert service == "portal" or not host["PortBindings"], service
        passwords = [f.read_text().strip()
                     for f in (compose.wire / "secrets").iterdir()]
        assert not [p for p in passwords if p in json.dumps(c)], service


def test_who_has_no_limit_of_his_own_has_the_default(story):
    out = story.compose(
        "run", "--rm", "-T", "--no-deps", "quotas", "--bootstrap-server",
        "brokers:9092", "--command-config",
        "/mnt/shared/config/tools.properties", "--describe", "--entity-type",
        "users", "--entity-default").stdout
    has = {name: float(value) for name, value in
           re.findall(r"(\w+)=([0-9.E]+)", out)}
    assert has == {"producer_byte_rate": 1 << 20, "request_percentage": 100,
                   "consumer_byte_rate": 10 * (1 << 20)}, out


def test_a_connector_sees_its_own_secrets_alone(story):
    out = story.compose("exec", "-T", "connector-mag", "bash", "-c",
                        "ls /run/secrets; ls -d /etc/twinwire/* "
                        "/etc/twinwire/connections/*").stdout.split()
    assert set(out) == {
        "kafka", "/etc/twinwire/ca.pem", "/etc/twinwire/connections",
        "/etc/twinwire/connections/site.password",
        "/etc/twinwire/connections/site.yaml", "/etc/twinwire/daemon.yaml"}


def test_members_elsewhere_reach_what_is_theirs(story):
    compose = story.compose
    compose.up("members-door", profiles=["members"])
    compose.until(lambda: compose.may_write("twin-cities",
                                            "tw.control.twin-cities"),
                  "a member writes its own topic from elsewhere")
    assert not compose.may_write("twin-cities", "tw.events.mag")

    ca = str(compose.wire / "pki/ca.pem")
    api = compose.registry
    of = f"{api}/ccompat/v7/subjects"
    known = compose.until(lambda: requests.get(
        of, verify=ca, timeout=20).json(), "the registry's subjects")
    assert "org.twinwire.v1.Event" in known
    schema = {"schema": '{"type": "string"}'}
    for answer in [
            requests.post(f"{of}/forged/versions", json=schema, verify=ca,
                          timeout=20),
            requests.delete(f"{of}/org.twinwire.v1.Event", verify=ca,
                            timeout=20),
            requests.post(f"{of}/org.twinwire.v1.Event", json=schema,
                          verify=ca, timeout=20,
                          headers={"X-HTTP-Method-Override": "DELETE"}),
            requests.get(f"{api}/registry/v2/search/artifacts", verify=ca,
                         timeout=20)]:
        assert answer.status_code in (403, 404), answer.text
    assert requests.get(of, verify=ca, timeout=20).json() == known


def test_the_public_sees_the_portal_over_tls(story):
    compose = story.compose
    compose.up("public", profiles=["public"])
    home = f"https://localhost:{compose.env['PUBLIC_HTTPS']}"
    answer = compose.until(
        lambda: requests.get(f"{home}/api/v1/events", verify=False,
                             timeout=20), "the portal over TLS")
    assert answer.status_code == 200
    assert len(answer.json()["items"]) == len(story.said)
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    for inner in ["/metrics", "/readyz", "/healthz"]:
        assert requests.get(home + inner, verify=False,
                            timeout=20).status_code == 404
