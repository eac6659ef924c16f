"""Shopify's toxiproxy: a TCP proxy whose faults are switched on and off while
connections stand. See its README for the toxics and their attributes."""

import requests

from .process import ROOT, Process, free_port

SERVER = ROOT / "build/tools/toxiproxy/server"


class Toxiproxy:
    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = Process(
            "toxiproxy", [SERVER, "-host", "127.0.0.1", "-port", self.port],
            folder / "toxiproxy.log")

    def start(self):
        self.process.start()
        self.process.ready(lambda: self.call("GET", "/version"))
        return self

    def call(self, method, path, **json):
        answer = requests.request(method, self.url + path, timeout=10,
                                  json=json or None)
        assert answer.ok, f"{method} {path}: {answer.text}"
        return answer

    def proxy(self, upstream_port, port=None):
        """A proxy on PORT (None: a free one) in front of a port of ours."""
        return Proxy(self, upstream_port, port or free_port())

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.process.kill()


class Proxy:
    def __init__(self, server, upstream_port, port):
        self.server = server
        self.port = port
        self.name = f"p{port}"
        server.call("POST", "/proxies", name=self.name,
                    listen=f"127.0.0.1:{port}",
                    upstream=f"127.0.0.1:{upstream_port}")

    def toxic(self, type, stream="downstream", **attributes):
        """From now on: latency, bandwidth, timeout, reset_peer, limit_data,
        slicer, slow_close. "downstream" is what the upstream answers."""
        self.server.call("POST", f"/proxies/{self.name}/toxics",
                         name=f"{type}-{stream}", type=type, stream=stream,
                         attributes=attributes)

    def heal(self):
        """No toxics any more, and open."""
        for t in self.server.call(
                "GET", f"/proxies/{self.name}/toxics").json():
            self.server.call("DELETE",
                             f"/proxies/{self.name}/toxics/{t['name']}")
        self.up()

    def down(self):
        """Cut all connections and take no new ones."""
        self.server.call("POST", f"/proxies/{self.name}", enabled=False)

    def up(self):
        self.server.call("POST", f"/proxies/{self.name}", enabled=True)
