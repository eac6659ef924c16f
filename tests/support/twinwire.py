"""Our programs, as an operator runs them: configuration files, signals, exit
codes, the admin port; nothing from the inside."""

import json
import os
import signal
import subprocess
from pathlib import Path

import requests

from .process import ROOT, Process, free_port, wait_until

SANITIZED = ROOT / "build/address-undefined"
# The programs under test; TWINWIRE_BUILD names another build.
BUILD = ROOT / os.environ.get("TWINWIRE_BUILD", "build/plain")
PRESETS = ROOT / "deploy/connectors"


def use(folder):
    """Component tests take the programs with ASan and UBSan where those were
    built, tests that crash at a named point those that have such points, the
    others what people will run."""
    global BUILD
    if "TWINWIRE_BUILD" in os.environ:
        return
    BUILD = ROOT / "build/plain"
    if folder == "component" and SANITIZED.exists():
        BUILD = SANITIZED
    elif folder == "crashing":
        BUILD = ROOT / "build/plain-faults"


def program(name):
    """The path of `twinwire` or `twinwire-NAME`."""
    return BUILD / ("twinwire" if name == "cli" else f"twinwire-{name}")


class Daemon(Process):
    """A daemon with its configuration file; its log is read as one text over
    all its lives."""

    def __init__(self, name, kind, file, log, admin_port):
        super().__init__(name, [program(kind), "-f", file], log)
        self.file = Path(file)
        self.admin_port = admin_port

    def start(self):
        """Start; a configuration that is refused fails here."""
        self.launch()
        return self.ready(lambda: requests.get(
            f"http://127.0.0.1:{self.admin_port}/healthz", timeout=2).ok)

    def launch(self):
        """Start, without a look whether it gets anywhere."""
        return super().start()

    def ready_z(self, timeout_s=60):
        """Wait until it says that it is ready."""
        return self.ready(self.is_ready, timeout_s)

    def is_ready(self):
        return requests.get(
            f"http://127.0.0.1:{self.admin_port}/readyz", timeout=2).ok

    def metrics(self):
        """{name with labels: value}"""
        text = requests.get(
            f"http://127.0.0.1:{self.admin_port}/metrics", timeout=5).text
        pairs = (line.rsplit(" ", 1) for line in text.splitlines()
                 if line and not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def hang_up(self):
        self.popen.send_signal(signal.SIGHUP)

    def resident_kb(self):
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise AssertionError("no VmRSS")


class Twinwire:
    """One operator's room: files in one folder, one wire."""

    def __init__(self, folder, brokers, registry_url):
        self.folder = Path(folder)
        self.brokers = brokers
        self.registry_url = registry_url
        self.daemons = []

    # Files ------------------------------------------------------------------

    def file(self, name, content):
        """A file in the room: text, or anything as YAML (JSON is YAML)."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(content, str):
            content = json.dumps(content, ensure_ascii=False, indent=1)
        path.write_text(content)
        return path

    def secret(self, name, text):
        path = self.file(f"secrets/{name}", text + "\n")
        path.chmod(0o600)
        return str(path)

    def rest(self, id, member, site, **more):
        """A connection to a RestSite."""
        return self.connection(
            id, member, "rest", site.url, site.USER, site.PASSWORD, **more)

    def wordpress(self, id, member, site, **more):
        """A connection to a WordPress as its author `twinwire`."""
        return self.connection(id, member, "wordpress", site.url,
                               site.twinwire.name, site.twinwire.password,
                               **more)

    def connection(self, id, member, preset, url, username, password, **more):
        """A connection's file for tests: no plans to approve, loopback, short
        waits. MORE lays over it."""
        content = {
            "connection": id, "member": member, "uses": preset,
            "system": {
                "base_url": url,
                "auth": {"basic": {
                    "username": username,
                    "password_file": self.secret(f"{id}.txt", password)}},
                "allow_private": True, "insecure_http": True},
            "limits": {"timeout_s": 5},
            "first_run": "go", "max_change": "off",
        } | more
        return self.file(f"{id}.yaml", content)

    # Programs -----------------------------------------------------------------

    def run(self, *args, input=None, timeout_s=60):
        """`twinwire ARGS...`: whatever comes out."""
        return subprocess.run(
            [program("cli")] + [str(a) for a in args],
            input=input, capture_output=True, text=True, timeout=timeout_s,
            cwd=self.folder, check=False)

    def cli(self, *args, wire=True, **how):
        """The same, on this wire; it must succeed. Returns its stdout."""
        there = (["--brokers", self.brokers, "--registry", self.registry_url]
                 if wire else [])
        out = self.run(args[0], *there, *args[1:], **how)
        assert out.returncode == 0, \
            f"twinwire {' '.join(map(str, args))}: {out.returncode}\n" \
            f"{out.stdout}{out.stderr}"
        return out.stdout

    def lines(self, *args, **how):
        """Its JSON Lines."""
        return [json.loads(line) for line in
                self.cli(*args, **how).splitlines() if line]

    def provision(self, *members):
        """Topics and schemas for MEMBERS: ids, or rows of members.yaml."""
        rows = [m if isinstance(m, dict) else {"id": m} for m in members]
        rows = [{"names": {"en": m["id"]}} | m for m in rows]
        self.members = self.file("members.yaml", {"members": rows})
        self.cli("provision", self.members)
        return self.members

    def connector(self, *connections, name="connector", **settings):
        """A connector for connection files; start() it."""
        port = free_port()
        file = self.file(f"{name}.yaml", {
            "kafka": {"brokers": self.brokers},
            "registry": {"url": self.registry_url, "insecure_http": True},
            "state": str(self.folder / f"{name}.db"),
            "presets": str(PRESETS),
            "admin": {"port": port},
            "connections": [str(c) for c in connections],
        } | settings)
        return self._daemon(name, "connector", file, port)

    def reconciler(self, aliases="", name="reconciler", **settings):
        """The reconciler for the members that were provisioned."""
        port = free_port()
        file = self.file(f"{name}.yaml", {
            "kafka": {"brokers": self.brokers},
            "registry": {"url": self.registry_url, "insecure_http": True},
            "members": str(self.members),
            "aliases": str(self.file("aliases.tsv", aliases)),
            "admin": {"port": port},
        } | settings)
        return self._daemon(name, "reconciler", file, port)

    def portal(self, name="portal", **settings):
        """The portal for the members that were provisioned; its `url`."""
        port = free_port()
        listen = {"port": free_port()} | settings.pop("listen", {})
        file = self.file(f"{name}.yaml", {
            "kafka": {"brokers": self.brokers},
            "registry": {"url": self.registry_url, "insecure_http": True},
            "members": str(self.members),
            "cities": str(ROOT / "data/cities.tsv"),
            "state": str(self.folder / f"{name}.db"),
            "listen": listen,
            "admin": {"port": port},
        } | settings)
        d = self._daemon(name, "portal", file, port)
        scheme = "https" if "key_file" in listen else "http"
        d.url = f"{scheme}://127.0.0.1:{listen['port']}"
        return d

    def watch(self, *notify, name="watch", **settings):
        """The watch that tells NOTIFY: rows of its configuration."""
        port = free_port()
        file = self.file(f"{name}.yaml", {
            "kafka": {"brokers": self.brokers},
            "registry": {"url": self.registry_url, "insecure_http": True},
            "state": str(self.folder / f"{name}.db"),
            "settle": "1s",
            "admin": {"port": port},
            "notify": list(notify),
        } | settings)
        return self._daemon(name, "watch", file, port)

    def _daemon(self, name, kind, file, port):
        d = Daemon(name, kind, file, self.folder / f"{name}.log", port)
        self.daemons.append(d)
        return d

    def lose_state(self, connector):
        """Stop a connector, delete its state file, start it again."""
        connector.stop()
        for f in self.folder.glob(f"{connector.name}.db*"):
            f.unlink()
        connector.start()

    def close(self):
        for d in self.daemons:
            d.kill()

    # Waiting --------------------------------------------------------------------

    def until(self, condition, what, timeout_s=60):
        """wait_until() that shows the daemons' logs when it was in vain, and
        ends at once when one of them has left."""
        def alive():
            for d in self.daemons:
                if d.popen is not None and not d.running \
                        and d.popen.returncode != 0:
                    raise AssertionError(f"{d.name} left: {d.tail()}")
            return condition()
        try:
            return wait_until(alive, what, timeout_s)
        except AssertionError as e:
            logs = "\n".join(f"--- {d.name}\n{d.tail(25)}"
                             for d in self.daemons)
            raise AssertionError(f"{e}\n{logs}") from None
