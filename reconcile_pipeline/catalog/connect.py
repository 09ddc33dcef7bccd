"""A connection that only reads, and errors that never quote a connection string."""

from __future__ import annotations

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


def connect_to_read(dsn: str, *, timeout_s: int = 10) -> Connection[Any]:
    """A connection in autocommit for read-only transactions; also through a transaction pooler.

    Raises TargetError where there is no way in.
    """
    if not well_formed(dsn):
        raise TargetError(
            "The database's connection string is not valid.",
            hint="In a URL, write @ / : of a password as %40 %2F %3A.",
        )
    try:
        return psycopg.connect(
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
