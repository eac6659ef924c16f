"""A member's system with a plain REST collection per kind of record, and a
switchboard for everything that goes wrong with such systems.

    GET    /<collection>?modified_after=&page=&per_page=   a page of the list
    GET    /<collection>/<id>                              one item, 404, 410
    PUT    /<collection>/<id>                              make or replace it
    POST   /<collection>                                   make it, our id
    DELETE /<collection>/<id>                              to the trash
    GET    /whoami                                         who am I, or 401
"""

import base64
import json
import socket
import ssl
import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from .process import wait_until


def now():
    return datetime.now(timezone.utc).isoformat(
        timespec="milliseconds").replace("+00:00", "Z")


class Request:
    """One line of the log. status is None where no answer was given."""

    def __init__(self, method, path, query, headers, body):
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.status = None
        self.at = time.monotonic()

    @property
    def is_write(self):
        return self.method not in ("GET", "HEAD", "OPTIONS")

    def json(self):
        return json.loads(self.body) if self.body else None

    def __repr__(self):
        return f"<{self.method} {self.path} {self.status}>"


class Fault:
    """What to do with the next requests that match, instead of answering."""

    def __init__(self, match, times, status=None, headers=None, body=None,
                 raw=None, close=False, commit=False, delay_s=0.0):
        self.match = match
        self.left = times  # None: until lifted
        self.status = status
        self.headers = headers or {}
        self.body = body
        self.raw = raw
        self.close = close
        self.commit = commit
        self.delay_s = delay_s


class RestSite:
    USER, PASSWORD = "twinwire", "correct horse"

    def __init__(self, address="127.0.0.1", port=0, tls=None, said=None):
        """ADDRESS: where it listens; SAID: where it is found, if not there.
        TLS: (certificate, key), files; then it is https."""
        self.lock = threading.RLock()
        self.log = []
        self.faults = []
        self.collections = {}
        self._clock = 0
        site = self

        class Handler(_Handler):
            pass
        Handler.site = site
        self._server = _Server((address, port), Handler)
        self._thread = None
        self.port = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://{said or address}:{self.port}"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True)

    def start(self):
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # What a clerk does ----------------------------------------------------

    def put(self, collection, id, **fields):
        """Make an item or change fields of it."""
        with self.lock:
            items = self.collections.setdefault(collection, {})
            old = items.get(id, {})
            items[id] = old | fields | {
                "id": id, "modified": self._tick(), "trashed": False}
            return dict(items[id])

    def trash(self, collection, id):
        with self.lock:
            item = self.collections[collection][id]
            item["trashed"] = True
            item["modified"] = self._tick()

    def forget(self, collection, id):
        """Gone without a trace, as when someone cleans the database."""
        with self.lock:
            del self.collections[collection][id]

    def items(self, collection):
        """What stands on the site: {id: item}, trash left out."""
        with self.lock:
            return {i: dict(v)
                    for i, v in self.collections.get(collection, {}).items()
                    if not v["trashed"]}

    # What goes wrong --------------------------------------------------------

    def fail(self, status=None, *, times=1, when=None, method=None, path=None,
             **how):
        """The next TIMES requests (None: all, until recover()) get STATUS, or
        how=close=True (no answer), commit=True (done, then as said),
        body=b"..." (any bytes), raw=[b"...", ...] (all that goes over the
        connection, piece by piece), delay_s=, headers={}. Restricted by
        method, by a part of the path, or when(request)."""
        def match(r):
            return ((method is None or r.method == method)
                    and (path is None or path in r.path)
                    and (when is None or when(r)))
        with self.lock:
            self.faults.append(Fault(match, times, status, **how))

    def recover(self):
        with self.lock:
            self.faults.clear()

    # What was asked of it -----------------------------------------------------

    def requests(self, method=None, path=None, writes=None):
        with self.lock:
            return [r for r in self.log
                    if (method is None or r.method == method)
                    and (path is None or path in r.path)
                    and (writes is None or r.is_write == writes)]

    def writes(self, path=None):
        return self.requests(path=path, writes=True)

    def reads(self, path=None):
        return self.requests(path=path, writes=False)

    def polled(self, times=2, path=None):
        """Wait until TIMES further listings were answered: what a poll would
        have done, it has done."""
        def count():
            return len([r for r in self.reads(path) if r.status])
        seen = count()
        wait_until(lambda: count() >= seen + times,
                   f"{times} more polls of {self.url}")

    # The REST part ------------------------------------------------------------

    def _tick(self):
        """Modification times differ, as a database's sequence would."""
        t = max(self._clock + 1, int(time.time() * 1000))
        self._clock = t
        return datetime.fromtimestamp(t / 1000, timezone.utc).isoformat(
            timespec="milliseconds").replace("+00:00", "Z")

    def fault_for(self, request):
        with self.lock:
            for f in self.faults:
                if f.left != 0 and f.match(request):
                    if f.left is not None:
                        f.left -= 1
                    return f
        return None

    def authorized(self, headers):
        want = base64.b64encode(
            f"{self.USER}:{self.PASSWORD}".encode()).decode()
        return headers.get("Authorization") == f"Basic {want}"

    def answer(self, r):
        """(status, JSON or None) for a request, carried out."""
        if not self.authorized(r.headers):
            return 401, {"error": "who are you?"}
        parts = [unquote(p) for p in r.path.strip("/").split("/")]
        with self.lock:
            if parts == ["whoami"]:
                return 200, {"name": self.USER}
            if len(parts) == 1:
                return self._collection(r, parts[0])
            if len(parts) == 2:
                return self._item(r, *parts)
        return 404, {"error": "no such thing"}

    def _collection(self, r, name):
        items = self.collections.setdefault(name, {})
        if r.method == "POST":
            body = r.json()
            id = str(len(items) + 1)
            items[id] = body | {"id": id, "modified": self._tick(),
                                "trashed": False}
            return 201, items[id]
        if r.method != "GET":
            return 405, {"error": "only GET and POST"}
        after = r.query.get("modified_after", [""])[0]
        page = int(r.query.get("page", ["1"])[0])
        size = min(int(r.query.get("per_page", ["100"])[0]), 100)
        marker = r.query.get("marker", [None])[0]
        found = sorted(
            (i for i in items.values()
             if i["modified"] > after
             and (marker is None or i.get("marker") == marker)),
            key=lambda i: (i["modified"], i["id"]))
        first = (page - 1) * size
        return 200, {
            "items": found[first:first + size],
            "next": page + 1 if first + size < len(found) else None,
            "total": len(found)}

    def _item(self, r, name, id):
        items = self.collections.setdefault(name, {})
        item = items.get(id)
        if r.method == "PUT":
            body = r.json()
            if not isinstance(body, dict):
                return 400, {"error": "an object, please"}
            items[id] = body | {"id": id, "modified": self._tick(),
                                "trashed": False}
            return (200 if item else 201), items[id]
        if item is None:
            return 404, {"error": "no such item"}
        if item["trashed"]:
            return 410, {"error": "in the trash"}
        if r.method == "GET":
            return 200, item
        if r.method == "PATCH":
            item.update(r.json() | {"id": id, "modified": self._tick()})
            return 200, item
        if r.method == "DELETE":
            item["trashed"] = True
            item["modified"] = self._tick()
            return 200, item
        return 405, {"error": "no such method"}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *a):
        super().__init__(*a)
        self._open = set()

    def process_request(self, request, client_address):
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self):
        """A server that is gone keeps no connection alive."""
        for s in list(self._open):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def handle_error(self, *_):
        pass  # clients that go away are the tests' business


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one segment

    def log_message(self, *_):
        pass

    def _serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        split = urlsplit(self.path)
        r = Request(self.command, split.path, parse_qs(split.query),
                    dict(self.headers.items()), self.rfile.read(length))
        fault = self.site.fault_for(r)
        with self.site.lock:
            self.site.log.append(r)
        if fault and fault.delay_s:
            time.sleep(fault.delay_s)
        status, body, headers = None, None, {}
        if fault is None or fault.commit or fault.delay_s and not fault.status:
            status, value = self._carry_out(r)
            body = json.dumps(value, ensure_ascii=False).encode()
        if fault is not None:
            if fault.close or fault.raw is not None:
                self.close_connection = True
                self._send_raw(fault.raw or [])
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if fault.status or fault.body is not None:
                status = fault.status or 200
                body = (fault.body if fault.body is not None
                        else b'{"error": "as the test wishes"}')
            headers = fault.headers
        r.status = status
        self._send(status, body, headers)

    def _carry_out(self, r):
        try:
            return self.site.answer(r)
        except ValueError as e:
            return 400, {"error": str(e)}

    def _send_raw(self, pieces):
        """Until all is sent or nobody takes any more."""
        try:
            for piece in pieces:
                self.connection.sendall(piece)
        except OSError:
            pass

    def _send(self, status, body, headers):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = do_HEAD = _serve
