"""docker-compose.yml as an operator runs it: a folder of files, .env, and
docker-compose by its own command line."""

import json
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import requests
import yaml
from confluent_kafka import Producer

from .process import ROOT, free_port, wait_until
from .prometheus import eager
from .rest_site import RestSite


def here():
    """This machine's address, as a connector's container reaches it; networks
    of containers come and go."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("192.0.2.1", 9))  # nothing is sent
        return s.getsockname()[0]


class Compose:
    """One wire. FILES: more compose files, below the tree."""

    PROFILES = ("members", "public", "watch", "metrics")

    def __init__(self, docker, folder, project, files=()):
        self.docker, self.project = docker, project
        self.wire = folder / "wire"
        self.wire.mkdir(parents=True)
        for name in ("members.yaml", "aliases.tsv"):
            shutil.copy(ROOT / "deploy" / name, self.wire)
        self.portal_port = free_port()
        self.env = {
            "COMPOSE_PROJECT_NAME": project,
            "COMPOSE_FILE": ":".join(
                [str(ROOT / "docker-compose.yml")]
                + [str(ROOT / f) for f in files]
                + [str(self.wire / f) for f in ("compose.yml", "eager.yml")]),
            "TWINWIRE_DIR": str(self.wire),
            "PORTAL_ADDRESS": f"127.0.0.1:{self.portal_port}",
            "TWINWIRE_HOST": "localhost", "TWINWIRE_TLS": "internal",
        } | {name: str(free_port()) for name in [
            "PUBLIC_HTTP", "PUBLIC_HTTPS", "MEMBERS_BROKER",
            "MEMBERS_REGISTRY", "MEMBERS_BROKER_2", "MEMBERS_BROKER_3"]
        }
        # As members elsewhere reach them.
        self.brokers = f"localhost:{self.env['MEMBERS_BROKER']}"
        self.registry = \
            f"https://localhost:{self.env['MEMBERS_REGISTRY']}/apis"
        self.sites = {}  # by member

    # Commands ----------------------------------------------------------------

    def __call__(self, *args, check=True, timeout_s=580, profiles=()):
        env = self.docker.env | self.env
        for p in profiles:
            args = ("--profile", p, *args)
        out = subprocess.run(
            ["docker-compose", *args], cwd=ROOT, env=env, text=True,
            capture_output=True, timeout=timeout_s, check=False)
        if check and out.returncode != 0:
            raise AssertionError(
                f"docker-compose {' '.join(args)}: {out.returncode}\n"
                f"{out.stdout}{out.stderr[-3000:]}\n{self.logs()}")
        return out

    def prepare(self):
        """The first of the two commands."""
        self("-f", str(ROOT / "docker-compose.yml"), "run", "--rm", "prepare")
        self._be_eager()

    def _be_eager(self):
        """Of what the compose files say a test changes how often Docker and
        Prometheus look, nothing else: waiting for the next look would be most
        of its time."""
        *files, eager_yml = map(Path, self.env["COMPOSE_FILE"].split(":"))
        looked_at = {name for f in files for name, service in yaml.safe_load(
            f.read_text())["services"].items() if "healthcheck" in service}
        services = {name: {"healthcheck": {"interval": "3s", "retries": 30}}
                    for name in looked_at}
        file = self.wire / "prometheus.yml"
        eager(file)
        services["prometheus"] = {
            "volumes": [f"{file}:/etc/prometheus/prometheus.yml:ro"]}
        eager_yml.write_text(yaml.safe_dump({"services": services}))

    def up(self, *services, **how):
        """The second one."""
        return self("up", "-d", *services, **how)

    def down(self, *options):
        self("down", "--remove-orphans", *options,
             profiles=self.PROFILES)

    def twinwire(self, *args):
        """The operator's command line."""
        return self("run", "--rm", "-T", "twinwire", *args).stdout

    def topics(self):
        """{topic: where it begins and ends}"""
        return json.loads(self.twinwire("topics", "--json"))

    def logs(self, *services):
        out = subprocess.run(
            ["docker-compose", "logs", "--tail=25", "--no-color", *services],
            cwd=ROOT, env=self.docker.env | self.env, text=True,
            capture_output=True, check=False)
        return out.stdout[-12000:]

    # Containers -----------------------------------------------------------------

    def _ps(self, form, *labels):
        """A line of FORM for each container, running or not."""
        labels = [f"project={self.project}", *labels]
        return self.docker(
            "ps", "-a", "--no-trunc", "--format", form,
            *(w for label in labels for w in
              ("--filter", f"label=com.docker.compose.{label}")),
            check=True).stdout.splitlines()

    def containers(self):
        """{service: what Docker says of its container, "Up 5 minutes
        (healthy)"}; None for those of `run`."""
        lines = self._ps('{{.Label "com.docker.compose.oneoff"}}\t{{.Label '
                         '"com.docker.compose.service"}}\t{{.Status}}')
        return {service if oneoff == "False" else None: status
                for oneoff, service, status in
                (line.split("\t") for line in lines)}

    def id(self, service):
        """None if it has no container, be it known or not."""
        found = self._ps("{{.ID}}", f"service={service}", "oneoff=False")
        return found[0] if found else None

    def inspect(self, service):
        return self.docker.inspect(self.id(service))

    def said(self, service):
        """The end of its log."""
        out = self.docker("logs", "--tail", 25, self.id(service), check=True)
        return out.stdout + out.stderr

    def ill(self, *services):
        """{service: its state} of those of SERVICES that are not running, or
        not yet known to be well."""
        now = self.containers()
        return {s: now.get(s, "no container") for s in services if not re.match(
            r"Up [^(]*(\(healthy\))?$", now.get(s, ""))}

    def until_well(self, *services, timeout_s=240):
        def all_are():
            ill = self.ill(*services)
            assert not ill, ill
            return True
        self.until(all_are, f"{', '.join(services)}: well", timeout_s)

    def crash(self, service):
        """Its program dies, as by the kernel's hand: Docker starts it anew."""
        before = self.inspect(service)
        os.kill(before["State"]["Pid"], 9)

        def is_back():
            now = self.inspect(service)
            return now["RestartCount"] > before["RestartCount"] and \
                now["State"]["Running"]
        wait_until(is_back, f"{service} is started again")

    def password(self, user):
        return (self.wire / f"secrets/{user}.password").read_text().strip()

    def client(self, user):
        """What confluent-kafka needs to be USER from elsewhere."""
        return {"bootstrap.servers": self.brokers,
                "security.protocol": "SASL_SSL",
                "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": user,
                "sasl.password": self.password(user),
                "ssl.ca.location": str(self.wire / "pki/ca.pem"),
                "log_level": 0}

    def may_write(self, user, topic, **other):
        """Is USER let write TOPIC from elsewhere? OTHER: properties."""
        said = []
        p = Producer(self.client(user) | {"message.timeout.ms": 20000} | other)
        p.produce(topic, b"", key=b"x",
                  on_delivery=lambda e, m: said.append(e))
        p.flush(25)
        assert said, f"{user} -> {topic}: no report"
        assert said[0] is None or said[0].name() in (
            "TOPIC_AUTHORIZATION_FAILED", "_UNKNOWN_TOPIC",
            "UNKNOWN_TOPIC_OR_PART"), said[0]
        return said[0] is None

    # Members ------------------------------------------------------------------------

    def site(self, member):
        """MEMBER's system, where containers reach it."""
        self.sites[member] = RestSite("0.0.0.0", said=here()).start()
        return self.sites[member]

    def join(self, member, **more):
        """A site of MEMBER and its connection: one file and a password."""
        site = self.site(member)
        folder = self.wire / "connections" / member
        folder.mkdir(parents=True)
        (folder / "site.password").write_text(site.PASSWORD + "\n")
        (folder / "site.yaml").write_text(yaml.safe_dump({
            "connection": f"{member}-site", "member": member, "uses": "rest",
            "system": {
                "base_url": site.url, "allow_private": True,
                "insecure_http": True,
                "auth": {"basic": {"username": site.USER,
                                   "password_file": "site.password"}}},
            "limits": {"timeout_s": 5}, "first_run": "go",
            "subscribe": [{"topics": ["tw.events.*"], "from": "beginning"}],
            "publish": [{"into": "events", "namespace": "site",
                         "from": "beginning", "every": "1s"}],
        } | more))
        return site

    def add_member(self, **row):
        file = self.wire / "members.yaml"
        with file.open("a", encoding="utf-8") as out:
            out.write("\n  - " + json.dumps(row) + "\n")

    # What readers see ------------------------------------------------------------

    def portal(self, path, **query):
        return requests.get(f"http://127.0.0.1:{self.portal_port}{path}",
                            params=query, timeout=10)

    def until(self, condition, what, timeout_s=180):
        try:
            return wait_until(condition, what, timeout_s)
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.logs()}") from None

    def close(self):
        """What is thrown away is not asked to settle."""
        self("down", "-v", "-t", "0", "--remove-orphans", check=False,
             profiles=self.PROFILES)
        for s in self.sites.values():
            s.stop()
