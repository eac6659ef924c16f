"""What others make of the same load: built from their packages when asked for.
Their figures stand beside ours; that they leave records at an old version is a
figure, too, and no failure of the bench."""

import os
import shutil
import subprocess
import uuid
from pathlib import Path

from stage import Target, cpu_s, memory_mb, wait_until
from support.process import ROOT, Process

HERE = Path(__file__).resolve().parent / "peers"
TOOLS = ROOT / "build/tools/peers"
CONNECT = "github.com/redpanda-data/connect/v4@v4.100.0"


def rpconnect():
    """Redpanda Connect with only the components used."""
    folder = TOOLS / "rpconnect"
    program = folder / "rpconnect"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "connect.go", folder / "main.go")
        for command in ("go mod init bench", f"go get {CONNECT}",
                        "go mod tidy", "go build -o rpconnect ."):
            if command.startswith("go mod init") and \
                    (folder / "go.mod").exists():
                continue
            subprocess.run(command.split(), cwd=folder, check=True)
    return [program, "run", HERE / "connect.yaml"]


def node():
    """A script on kafkajs, avsc and undici."""
    folder = TOOLS / "node"
    if not (folder / "node_modules").exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "package.json", folder)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund",
                        "--silent"], cwd=folder, check=True)
    shutil.copy(HERE / "sink.js", folder)
    return ["node", folder / "sink.js"]


PEERS = {"rpconnect": rpconnect, "node": node}


def build(names):
    """{name: its command}"""
    return {name: PEERS[name]() for name in names}


def deliver(stage, load, command, delay_ms=0, members=None, max_s=120):
    """The figures of COMMAND over what LOAD has written."""
    members = members or load.members
    written = sum(load.written[m] for m in members)
    newest = {("peer", uid): v for m in members
              for uid, v in load.newest[m].items()}
    target = Target(stage.folder, delay_ms)
    env = os.environ | {
        "KAFKA": stage.kafka.brokers, "REGISTRY": stage.registry.url,
        "TOPICS": ",".join(f"tw.events.{m}" for m in members),
        "GROUP": f"bench-{uuid.uuid4().hex[:8]}"}
    with target:
        target.start()
        peer = Process("peer", command, stage.folder / "peer.log",
                       env=env | {"URL": f"{target.url}/peer"})
        peer.start()
        try:
            wait_until(lambda: not peer.running
                       or target.stats()["requests"] >= written,
                       "the peer's deliveries", max_s)
            used, peak = cpu_s(peer.pid), memory_mb(peer.pid, "VmHWM")
        finally:
            peer.kill()
        stats, records = target.stats(), target.records()
    seconds = (stats["last_us"] - stats["first_us"]) / 1e6
    return {"events_per_s": round(stats["requests"] / seconds),
            "cpu_s_per_100k": round(used / stats["requests"] * 1e5, 2),
            "delivered": stats["requests"],
            "old_version": sum(records.get(name) != v
                               for name, v in newest.items()),
            "peak_mb": peak}
