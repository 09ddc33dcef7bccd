"""A connection that only reads, and errors that never quote a connection string."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import Connection

from reconcile_pipeline.errors import TargetError
from reconcile_pipeline.redact import redact, well_formed

APPLICATION = "reconcile_pipeline scan"


class Reader(Connection[Any]):
    """A connection to production that can be had again where it was lost while nobody used it.

    A role's `idle_session_timeout`, a pooler or a firewall ends sessions that wait for a replay.
    """

    dsn = ""
    _next: Connection[Any] | None = None

    def alive(self) -> Connection[Any]:
        """This connection, or another one in its place where it is closed. Raises TargetError."""
        if not self.closed:
            return self
        if self._next is None or self._next.closed:
            self._next = connect_to_read(self.dsn)
        return self._next

    def close(self) -> None:
        """Close it, and what took its place."""
        if self._next is not None:
            self._next.close()
        super().close()


def alive(connection: Connection[Any]) -> Connection[Any]:
    """The same connection, or another to the same database where that can be had."""
    return connection.alive() if isinstance(connection, Reader) else connection


def hush() -> None:
    """What psycopg would print about a connection that is lost, our own errors say."""
    logger = logging.getLogger("psycopg")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def connect_to_read(dsn: str, *, timeout_s: int = 10) -> Reader:
    """A connection in autocommit for read-only transactions; also through a transaction pooler.

    Raises TargetError where there is no way in.
    """
    if not well_formed(dsn):
        raise TargetError(
            "The database's connection string is not valid.",
            hint="In a URL, write @ / : of a password as %40 %2F %3A.",
        )
    hush()
    try:
        reader = Reader.connect(
            dsn,
            autocommit=True,
            prepare_threshold=None,  # a transaction pooler keeps no prepared statements
            application_name=APPLICATION,
            client_encoding="utf8",
            connect_timeout=timeout_s,
        )
    except psycopg.Error as error:
        text = " ".join(redact(str(error), dsn).split())
        raise TargetError(
            f"The database cannot be reached: {text}",
            hint="Check the connection string's host, user and password, and that the server runs.",
        ) from None
    reader.dsn = dsn
    return reader


@contextmanager
def cut_after(connection: Connection[Any], seconds: float) -> Iterator[None]:
    """Cut the connection where what happens inside takes longer; psycopg.OperationalError then.

    `statement_timeout` is the server's own: a server that is frozen, or a network that swallows
    packets, never ends a statement, and the client waits for ever.
    """
    # A second descriptor of the same socket: the first may by then be closed, and be another file.
    wire = socket.socket(fileno=os.dup(connection.fileno()))

    def cut() -> None:
        with suppress(OSError):
            wire.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        wire.close()
