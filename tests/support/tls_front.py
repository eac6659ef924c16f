"""TLS in front of a plain server, with whatever certificate a test wants."""

import socket
import ssl
import threading
import warnings

OLD = "ALL:@SECLEVEL=0"  # what nobody should take any more


class TlsFront:
    """Passes on to 127.0.0.1:PORT what comes over TLS. PEM: certificate and
    key. CLIENT_CA: who calls must have a certificate of it. `refused` counts
    handshakes that failed, `taken` those that did not."""

    def __init__(self, port, pem, client_ca=None, newest=None):
        self.port_behind = port
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_ciphers(OLD)
        self.context.load_cert_chain(pem)
        if newest is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                self.context.minimum_version = newest
                self.context.maximum_version = newest
        if client_ca is not None:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(client_ca)
        self.taken = self.refused = 0
        self._listen = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listen.getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}"

    def start(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def stop(self):
        self._listen.close()

    def _accept(self):
        while True:
            try:
                raw, _ = self._listen.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(raw,),
                             daemon=True).start()

    def _serve(self, raw):
        try:
            raw.settimeout(20)
            client = self.context.wrap_socket(raw, server_side=True)
            # With TLS 1.3 a client that says no is heard of only now.
            first = client.recv(65536)
            if not first:
                raise OSError("no request")
        except OSError:
            self.refused += 1
            raw.close()
            return
        self.taken += 1
        server = socket.create_connection(("127.0.0.1", self.port_behind))
        server.sendall(first)
        back = threading.Thread(target=self._pass, args=(server, client),
                                daemon=True)
        back.start()
        self._pass(client, server)
        back.join()
        client.close()
        server.close()

    @staticmethod
    def _pass(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass
