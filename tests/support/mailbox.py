"""A real mail server (aiosmtpd) that keeps what it is given."""

import email
import email.policy
import socket

from aiosmtpd.controller import Controller

from .process import free_port


class Mailbox:
    USER, PASSWORD = "twinwire", "a password"

    def __init__(self, port=None):
        self.port = port or free_port()
        self.url = f"smtp://127.0.0.1:{self.port}"
        self.mails = []  # (receivers, EmailMessage)
        self.refuse = False
        self.controller = None

    async def handle_DATA(self, server, session, envelope):
        if self.refuse:
            return "451 not now"
        self.mails.append((envelope.rcpt_tos, email.message_from_bytes(
            envelope.original_content, policy=email.policy.default)))
        return "250 taken"

    def start(self):
        self.controller = Controller(
            self, hostname="127.0.0.1", port=self.port)
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
