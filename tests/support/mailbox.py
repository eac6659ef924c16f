"""A real mail server (aiosmtpd) that keeps what it is given."""

import email
import email.policy
import socket

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from .process import free_port


class Mailbox:
    USER, PASSWORD = "twinwire", "a password"

    def __init__(self, port=None, address="127.0.0.1"):
        self.port, self.address = port or free_port(), address
        self.url = f"smtp://127.0.0.1:{self.port}"
        self.mails = []  # (receivers, EmailMessage)
        self.refuse = False
        self.logins = []  # (name, password)
        self.controller = None

    def login(self, server, session, envelope, mechanism, who):
        self.logins.append((who.login.decode(), who.password.decode()))
        return AuthResult(success=self.logins[-1] == (
            self.USER, self.PASSWORD))

    async def handle_DATA(self, server, session, envelope):
        if self.refuse:
            return "451 not now"
        self.mails.append((envelope.rcpt_tos, email.message_from_bytes(
            envelope.original_content, policy=email.policy.default)))
        return "250 taken"

    def start(self):
        self.controller = Controller(
            self, hostname=self.address, port=self.port,
            auth_require_tls=False, authenticator=self.login)
        self.controller.start()
        return self

    def stop(self):
        if self.controller is not None:
            self.controller.stop()
            self.controller = None

    def subjects(self, to):
        return [m["Subject"] for rcpt, m in self.mails if to in rcpt]

    def text(self, to, n=-1):
        return [m.get_content() for rcpt, m in self.mails if to in rcpt][n]


def is_open(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0
