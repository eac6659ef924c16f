"""Where benchmarks run: a broker, a registry, targets, and what a process
took."""

import os
import shutil
import time
from contextlib import contextmanager

import requests
from support.kafka import Kafka
from support.process import Process, free_port, listens, wait_until
from support.twinwire import BUILD, Twinwire
from support.wire import Wire

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Target(Process):
    """The site of tests/bench/target.c; it wants no credentials."""

    USER, PASSWORD = "bench", "bench"

    def __init__(self, folder, delay_ms=0, listed=0):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__("target", [BUILD / "tests/bench/target", self.port,
                                    delay_ms, listed], folder / "target.log")
        self._session = requests.Session()

    def start(self):
        super().start()
        return self.ready(lambda: listens(self.port))

    def _ask(self, what):
        answer = self._session.get(f"{self.url}/bench/{what}", timeout=30)
        answer.raise_for_status()
        return answer

    def stats(self):
        return self._ask("stats").json()

    def looks(self):
        """Ended looks at the whole listing."""
        return self._ask("looks").json()["looks"]

    def look_s(self):
        """Seconds that the last of them took."""
        return self._ask("looks").json()["took_us"] / 1e6

    def reset(self):
        self._ask("reset")

    def records(self):
        """{(first word of the path, uid): the version it was sent last}"""
        lines = self._ask("records").text.splitlines()
        return {(word, uid): int(version) for word, uid, version in
                (line.split(" ") for line in lines)}


class Stage:
    """One wire; rooms of programs on it."""

    def __init__(self, folder, kafka, registry):
        self.folder = folder
        self.kafka, self.registry = kafka, registry
        self.wire = Wire(kafka.brokers, registry.url)
        self._rooms = 0

    @contextmanager
    def room(self):
        """Twinwire's programs in a folder of their own, gone at the end."""
        self._rooms += 1
        folder = self.folder / f"room{self._rooms}"
        folder.mkdir()
        room = Twinwire(folder, self.kafka.brokers, self.registry.url)
        try:
            yield room
        finally:
            room.close()

    @contextmanager
    def alone(self):
        """A stage whose wire has nothing of the other rows on it, for programs
        that read the whole wire."""
        folder = self.folder / "alone"
        folder.mkdir()
        with Kafka(folder) as kafka:
            yield Stage(folder, kafka, self.registry)
        shutil.rmtree(folder)


def cpu_s(pid):
    """Processor seconds of a process, its threads and its children."""
    total = 0.0
    for p in [pid] + children(pid):
        try:
            with open(f"/proc/{p}/stat", encoding="ascii",
                      errors="replace") as f:
                fields = f.read().rsplit(")", 1)[1].split()
        except FileNotFoundError:
            continue
        total += (int(fields[11]) + int(fields[12])) * TICK_S
    return total


def children(pid):
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/children",
                      encoding="ascii") as f:
                pids = [int(p) for p in f.read().split()]
        except FileNotFoundError:
            continue
        for p in pids:
            found += [p] + children(p)
    return found


def memory_mb(pid, what="VmRSS"):
    """VmRSS is now, VmHWM the peak."""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        for line in f:
            if line.startswith(what + ":"):
                return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def finish(command, **how):
    """Run COMMAND (argv) to its end: (exit code, seconds, CPU seconds, peak
    MB)."""
    start = time.perf_counter()
    process = Process("command", command, **how).start()
    _, status, used = os.wait4(process.pid, 0)
    return (os.waitstatus_to_exitcode(status), time.perf_counter() - start,
            used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


__all__ = ["Target", "Stage", "cpu_s", "memory_mb", "finish", "wait_until"]
