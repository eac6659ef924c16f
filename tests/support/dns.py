"""A name server for names of a test's own, which can be slow, wrong or silent.
In a mount and a network namespace of the test's own alone: it takes port 53 and
lies over /etc/resolv.conf."""

import socket
import struct
import subprocess
import threading

NXDOMAIN, SERVFAIL = 3, 2


class Dns:
    def __init__(self, folder):
        self.names = {}  # name: address, error code, or None for no answer
        self.asked = []  # names, in order
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(0.1)
        self._socket.bind(("127.0.0.1", 53))
        self._is_over = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._conf = folder / "resolv.conf"
        self._conf.write_text("nameserver 127.0.0.1\n")

    def __enter__(self):
        self._thread.start()
        subprocess.run(["mount", "--bind", self._conf, "/etc/resolv.conf"],
                       check=True)
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", "/etc/resolv.conf"], check=True)
        self._is_over = True
        self._thread.join()
        self._socket.close()

    def _serve(self):
        while not self._is_over:
            try:
                query, client = self._socket.recvfrom(1500)
            except TimeoutError:
                continue
            name, kind, end = _question(query)
            self.asked.append(name)
            answer = self.names.get(name, NXDOMAIN)
            if answer is not None:
                self._socket.sendto(
                    _answer(query[:2], query[12:end], kind, answer), client)


def _question(query):
    """(name, type, where the question ends)"""
    labels, i = [], 12
    while query[i]:
        labels.append(query[i + 1:i + 1 + query[i]].decode())
        i += 1 + query[i]
    return ".".join(labels), struct.unpack(">H", query[i + 1:i + 3])[0], i + 5


def _answer(id, question, kind, answer):
    code = answer if isinstance(answer, int) else 0
    records = b""
    if not code and kind == 1:  # A; there is no AAAA
        records = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 0, 4) + \
            socket.inet_aton(answer)
    return id + struct.pack(">HHHHH", 0x8180 | code, 1, bool(records), 0, 0) \
        + question + records
