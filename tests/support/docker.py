"""A Docker Engine of the tests' own, with images that need no registry: the
base is made by debootstrap, what cannot be pulled is built from the jars that
the other tests use. What is slow is kept in build/deploy."""

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from .process import ROOT, Process

CACHE = ROOT / "build/deploy"
IMAGES = ROOT / "tests/deploy/images"
KAFKA = "apache/kafka:4.1.0"
REGISTRY = "apicurio/apicurio-registry-mem:2.6.13.Final"


def _mirror():
    """The Debian mirror that this machine's own apt uses."""
    out = subprocess.run(
        ["apt-get", "indextargets", "--format",
         "$(ORIGIN) $(RELEASE) $(REPO_URI)", "Created-By: Packages"],
        capture_output=True, text=True, check=True).stdout
    found = [line.split()[-1] for line in out.splitlines()
             if line.startswith("Debian ") and "security" not in line]
    assert found, "no Debian mirror in this machine's apt sources"
    return found[0]


class Docker:
    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="twinwire-docker-"))
        socket = self.folder / "docker.sock"
        CACHE.mkdir(parents=True, exist_ok=True)
        self.env = os.environ | {
            "DOCKER_HOST": f"unix://{socket}", "DOCKER_BUILDKIT": "0",
            "COMPOSE_DOCKER_CLI_BUILD": "0"}
        self.process = Process("dockerd", [
            "dockerd", "--data-root", CACHE / "docker",
            "--exec-root", self.folder / "exec", "-p", self.folder / "pid",
            "-H", f"unix://{socket}", "--bridge", "none"],
            self.folder / "dockerd.log")

    def start(self):
        self.process.start()
        self.process.ready(lambda: self("info").returncode == 0)
        self.sweep()
        return self

    def stop(self):
        self.sweep()
        self.process.stop(timeout_s=60)
        # The engine leaves its own network's name mounted.
        subprocess.run(["umount", self.folder / "exec/netns/default"],
                       capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __call__(self, *args, check=False, timeout_s=600, **more):
        out = subprocess.run(
            ["docker", *map(str, args)], env=self.env, text=True,
            capture_output=True, timeout=timeout_s, check=False, **more)
        assert not check or out.returncode == 0, \
            f"docker {args}: {out.stdout}{out.stderr}"
        return out

    def lines(self, *args):
        return self(*args, check=True).stdout.split()

    def inspect(self, name):
        return json.loads(self("inspect", name, check=True).stdout)[0]

    def sweep(self):
        """Containers, volumes and networks go, images stay."""
        for list_, remove in [
                (("ps", "-aq"), ("rm", "-f")),
                (("volume", "ls", "-q"), ("volume", "rm", "-f")),
                (("network", "ls", "-q", "-f", "type=custom"),
                 ("network", "rm"))]:
            names = self.lines(*list_)
            if names:
                self(*remove, *names)

    # Images -----------------------------------------------------------------

    def has(self, image):
        return self("image", "inspect", image).returncode == 0

    def build(self, tag, context, *options):
        """With the machine's network: the packages come from its mirror."""
        self("build", "--network", "host", "-t", tag, *options, context,
             check=True, timeout_s=1500)

    def base(self):
        if self.has("debian:trixie-slim"):
            return
        root = CACHE / "root"
        archive = CACHE / "trixie.tar"
        if not archive.exists():
            shutil.rmtree(root, ignore_errors=True)
            log = (CACHE / "debootstrap.log").open("w")
            subprocess.run(
                ["debootstrap", "--variant=minbase", "trixie", root,
                 _mirror()], check=True, stdout=log, stderr=log)
            for unwanted in ["var/cache/apt/archives", "var/lib/apt/lists"]:
                shutil.rmtree(root / unwanted)
            proxy = subprocess.run(
                "apt-config dump | grep -E '^Acquire::https?::Proxy '",
                shell=True, capture_output=True, text=True, check=False)
            (root / "etc/apt/apt.conf.d/90proxy").write_text(proxy.stdout)
            # Whoever looked into root/proc meanwhile has kept it mounted.
            subprocess.run(["umount", root / "proc"], capture_output=True,
                           check=False)
            with tarfile.open(archive.with_suffix(".new"), "w") as tar:
                tar.add(root, ".")
            archive.with_suffix(".new").rename(archive)
            shutil.rmtree(root)
        self("import", archive, "debian:trixie-slim", check=True)

    def stand_ins(self):
        self.build("twinwire-test-java", IMAGES / "java")
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            for tag, name, jars, into in [
                    (KAFKA, "kafka", "kafka", "libs"),
                    (REGISTRY, "registry", "registry", "deployments")]:
                context = Path(folder) / name
                shutil.copytree(IMAGES / name, context)
                shutil.copytree(ROOT / "build/tools" / jars, context / into)
                self.build(tag, context)
        self.build("haproxy:3.0", IMAGES / "haproxy")
        self.build("caddy:2.10", IMAGES / "caddy")
        self.build("prom/prometheus:v3.5.0", IMAGES / "prometheus")

    def programs(self, tag="twinwire", commit=None):
        """The image of this tree, or of what COMMIT had."""
        if commit is None:
            self.build(tag, ROOT)
            return
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            archive = subprocess.run(
                ["git", "archive", commit], cwd=ROOT, check=True,
                capture_output=True).stdout
            subprocess.run(["tar", "-xf", "-", "-C", folder], check=True,
                           input=archive)
            # One from before there was an image.
            for name in ["Dockerfile", ".dockerignore", "deploy/compose"]:
                there, here = Path(folder) / name, ROOT / name
                if not there.exists():
                    copy = shutil.copytree if here.is_dir() else shutil.copy
                    copy(here, there)
            self.build(tag, folder)
