"""Processes that a test starts: ready by condition, gone at the end."""

import ctypes
import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)
_ports = random.SystemRandom()


def wait_until(condition, what="the condition", timeout_s=60.0):
    """The first true value of condition(). Its exceptions count as "not yet";
    the last one tells why when time is up."""
    end = time.monotonic() + timeout_s
    pause_s, last = 0.02, None
    while True:
        try:
            value = condition()
            if value:
                return value
            last = value
        except Exception as e:  # noqa: BLE001 (whatever it is, it is "not yet")
            last = e
        if time.monotonic() > end:
            raise AssertionError(
                f"{what}: not within {timeout_s:.0f} s; last: {last!r}")
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.3, 0.3)


def handbook(title):
    """The blocks of commands that deploy/README.md gives under TITLE."""
    text = (ROOT / "deploy/README.md").read_text()
    section = text.split(f"\n## {title}\n")[1].split("\n## ")[0]
    return section.split("```")[1::2]


def free_port():
    """A port for a program that starts later: below those the system hands out
    by itself, or a connection of any other test could take it first."""
    while True:
        port = _ports.randrange(20000, 32000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """One program in a process group of its own, its output in a file."""

    def __init__(self, name, argv, log, env=None, cwd=None):
        self.name = name
        self.argv = [str(a) for a in argv]
        self.log = Path(log)
        self.env = env
        self.cwd = cwd
        self.popen = None

    def start(self):
        assert not self.running, f"{self.name} runs already"
        with open(self.log, "ab") as out:
            self.popen = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, cwd=self.cwd, env=self.env,
                start_new_session=True, preexec_fn=_die_with_parent)
        return self

    @property
    def running(self):
        return self.popen is not None and self.popen.poll() is None

    @property
    def pid(self):
        return self.popen.pid

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def tail(self, lines=40):
        return "\n".join(self.text().splitlines()[-lines:])

    def ready(self, condition, timeout_s=60.0):
        """Wait for condition(), or for the end of the process: a failure."""
        def either():
            if not self.running:
                return "gone"
            return condition() and "ready"
        try:
            outcome = wait_until(either, f"{self.name} ready", timeout_s)
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.tail()}") from None
        assert outcome == "ready", \
            f"{self.name} left with {self.popen.returncode}:\n{self.tail()}"
        return self

    def wait(self, timeout_s=20.0):
        """Its exit code, -N for signal N."""
        return self.popen.wait(timeout_s)

    def stop(self, timeout_s=20.0):
        """SIGTERM, as an operator would; returns the exit code."""
        if self.popen is None:
            return None
        if self.running:
            self.popen.send_signal(signal.SIGTERM)
            try:
                self.popen.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(
                    f"{self.name} did not leave on SIGTERM:\n{self.tail()}"
                ) from None
        self._reap_group()
        return self.popen.returncode

    def kill(self):
        """kill -9, workers included."""
        if self.popen is not None:
            self._reap_group()
            self.popen.wait(20)

    def freeze(self):
        """Alive, and hears nothing: SIGSTOP, its workers included."""
        os.killpg(self.popen.pid, signal.SIGSTOP)

    def thaw(self):
        os.killpg(self.popen.pid, signal.SIGCONT)

    def _reap_group(self):
        try:
            os.killpg(self.popen.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
