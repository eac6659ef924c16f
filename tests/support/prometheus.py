"""A real Prometheus with deploy/metrics on our daemons."""

import json
import shutil

import requests

from .process import ROOT, Process, free_port

METRICS = ROOT / "deploy/metrics"


def dashboard():
    """Queries of the dashboard, for all connections."""
    board = json.loads(
        (METRICS / "grafana/dashboards/twinwire.json").read_text())
    return [t["expr"].replace("$connection", ".*")
            for panel in board["panels"] for t in panel["targets"]]


def ask(url, expr):
    """Samples of EXPR now: [(labels, value)]; a wrong one fails."""
    answer = requests.get(f"{url}/api/v1/query", params={"query": expr},
                          timeout=5).json()
    assert answer["status"] == "success", f"{expr}: {answer}"
    return [(r["metric"], float(r["value"][1]))
            for r in answer["data"]["result"]]


def eager(file):
    """deploy/metrics/prometheus.yml as FILE, for one that looks each second."""
    text = (METRICS / "prometheus.yml").read_text()
    assert "interval: 15s" in text
    file.write_text(text.replace("interval: 15s", "interval: 1s"))


class Prometheus(Process):
    """Asks DAEMONS every second."""

    def __init__(self, folder, daemons):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        folder.mkdir()
        (folder / "targets").mkdir()
        shutil.copy(METRICS / "alerts.yml", folder)
        eager(folder / "prometheus.yml")
        (folder / "targets/daemons.yml").write_text(json.dumps([
            {"targets": [f"127.0.0.1:{d.admin_port}"]} for d in daemons]))
        super().__init__("prometheus", [
            "prometheus", f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{self.port}"],
            folder / "prometheus.log")

    def start(self):
        super().start()
        return self.ready(lambda: requests.get(
            f"{self.url}/-/ready", timeout=2).ok)

    def query(self, expr):
        return ask(self.url, expr)
