"""A real schema registry: Apicurio, which speaks the Confluent REST API."""

import requests

from .kafka import JAVA
from .process import ROOT, Process, free_port


class Registry:
    """Schemas live in memory: a restart is a registry that lost everything,
    so tests of an outage freeze it instead (pause, resume)."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        home = ROOT / "build/tools/registry"
        jar = next(home.glob("apicurio-registry-app-*-runner.jar"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/apis/ccompat/v7"
        self.process = Process(
            "registry",
            JAVA + ["-Xms64m", "-Xmx320m",
                    f"-Dquarkus.http.port={self.port}",
                    "-Dquarkus.http.host=127.0.0.1",
                    "-Dquarkus.log.level=WARN",
                    "-jar", jar],
            folder / "registry.log", cwd=home)

    def start(self):
        self.process.start()
        self.process.ready(
            lambda: requests.get(f"{self.url}/subjects", timeout=2).ok)
        return self

    def pause(self):
        """An outage: connections are taken, nothing is answered."""
        self.process.freeze()

    def resume(self):
        self.process.thaw()

    def kill(self):
        self.process.kill()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()
