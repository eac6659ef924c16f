"""A Docker Engine of the tests' own, with images that need no registry: the
base is the one that tests/run.sh has made, what cannot be pulled is built from
the jars that the other tests use. What is slow is kept in build/deploy."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .process import ROOT, Process

CACHE = ROOT / "build/deploy"
IMAGES = ROOT / "tests/deploy/images"
KAFKA = "apache/kafka:4.1.0"
REGISTRY = "apicurio/apicurio-registry-mem:2.6.13.Final"


def earlier_commit():
    """The commit before the last that changed the programs; None if the clone
    does not have it."""
    out = subprocess.run(["git", "rev-list", "-n", "2", "HEAD", "--",
                          "services", "schemas"], cwd=ROOT, check=True,
                         capture_output=True, text=True).stdout.split()
    return out[1] if len(out) > 1 else None


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
        # Builds that others wait for, one after another: they share layers.
        self.background = ThreadPoolExecutor(1)

    def start(self):
        self.process.start()
        self.process.ready(lambda: self("info").returncode == 0)
        self.sweep()
        return self

    def stop(self):
        self.background.shutdown(wait=False, cancel_futures=True)
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
        start = time.monotonic()
        self("build", "--network", "host", "-t", tag, *options, context,
             check=True, timeout_s=1500)
        with (CACHE / "images.log").open("a") as log:
            log.write(f"{tag}: {time.monotonic() - start:.0f} s\n")

    def images(self, with_earlier):
        """All that the tests need. That of the earlier commit, if wanted, is
        made while the first of them run: self.earlier() waits for it."""
        if not self.has("debian:trixie-slim"):
            self("import", CACHE / "trixie.tar", "debian:trixie-slim",
                 check=True)
        programs = self.background.submit(self.programs)
        earlier = earlier_commit() if with_earlier else None
        made = earlier and self.background.submit(self.programs_of, earlier)
        self.earlier = lambda: made and made.result()
        self.stand_ins()
        programs.result()

    def stand_ins(self):
        self.build("twinwire-test-debian", IMAGES / "debian")
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

    def programs(self):
        """The image of this tree."""
        self.build("twinwire", ROOT)

    def programs_of(self, commit, tag="twinwire:earlier"):
        """The TAG of what COMMIT had; it leaves the processors to the tests."""
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
            self.build(tag, folder, "--cpu-shares", 64)
        return tag
