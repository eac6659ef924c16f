"""A real schema registry: Apicurio, which speaks the Confluent REST API."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

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


class SlowRegistry:
    """The real one, but for schemas of SLOW, which may wait for each other."""

    def __init__(self, url):
        self.slow = {}  # schema id: what to wait for
        self.asked = set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                id = self.path.rsplit("/", 1)[-1]
                if "/schemas/ids/" in self.path and id in outer.slow:
                    outer.asked.add(id)
                    outer.slow[id].wait(120)
                self.reply(requests.get(url + self.path, timeout=20))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.reply(requests.post(
                    url + self.path, body, timeout=20,
                    headers={"Content-Type": self.headers["Content-Type"]}))

            def reply(self, answer):
                self.send_response(answer.status_code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        for event in self.slow.values():
            event.set()
        self.server.shutdown()
        self.server.server_close()
