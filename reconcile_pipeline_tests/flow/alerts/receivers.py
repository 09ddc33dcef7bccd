"""Real places for alerts: an HTTP server and an SMTP server on this machine."""

from __future__ import annotations

import email
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Inbox:
    """What arrived, in order. `url`: for Apprise. While `broken`, HTTP answers 500."""

    url: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    broken: bool = False

    @property
    def titles(self) -> list[str]:
        return [message["title"] for message in self.messages]


@contextmanager
def http() -> Iterator[Inbox]:
    """A server that takes Apprise's JSON."""
    inbox = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            if not inbox.broken:
                inbox.messages.append(json.loads(data))
            self.send_response(500 if inbox.broken else 200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        inbox.url = f"json://127.0.0.1:{server.server_port}/token-planted-77"
        yield inbox
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def smtp() -> Iterator[Inbox]:
    """A mail server that takes everything."""
    inbox = Inbox()

    class Handler:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            message = email.message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            part = message.get_body(("plain",))
            assert part is not None
            inbox.messages.append(
                {"title": str(message["Subject"]), "message": part.get_content(),
                 "to": envelope.rcpt_tos}
            )  # fmt: skip
            return "250 Taken"

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    controller = Controller(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        inbox.url = f"mailto://127.0.0.1:{port}?from=reconcile@example.com&to=team@example.com&mode=insecure"
        yield inbox
    finally:
        controller.stop()
