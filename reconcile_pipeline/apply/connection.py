"""The connection that may write, and the places it refuses to write to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict

from reconcile_pipeline.apply import poolers
from reconcile_pipeline.catalog.session import TRANSACTION_TIMEOUT
from reconcile_pipeline.errors import TargetError
from reconcile_pipeline.redact import redact, well_formed

APPLICATION = "reconcile_pipeline"
OLDEST = 130000  # pg_xact_status(xid8)

# A commit that was answered must outlive a crash of the server: the journal calls it finished.
_KEPT = """
SELECT pg_catalog.set_config('synchronous_commit', 'on', false)
WHERE pg_catalog.current_setting('synchronous_commit') = 'off'
"""

TRANSACTION_PORTS = (6543,)  # Supavisor's transaction mode


def connect_to_write(dsn: str, *, timeout_s: int = 10) -> Connection[Any]:
    """A connection in autocommit, named `reconcile_pipeline`, to a server that may be written to.

    Raises TargetError where there is no way in, and for a transaction pooler, a read replica, a
    database that is read-only by default, or a server that counts no rows. No error quotes the
    connection string.
    """
    connection = open_connection(dsn, timeout_s=timeout_s)
    try:
        for reason in refusals(connection, dsn):
            raise reason
        settle(connection)
    except psycopg.Error as error:
        connection.close()
        raise _unreachable(error, dsn) from None
    except BaseException:
        connection.close()
        raise
    return connection


def open_connection(
    dsn: str, *, application: str = APPLICATION, timeout_s: int = 10
) -> Connection[Any]:
    """A connection in autocommit, unchecked but for its port; for the watcher and the above."""
    if not well_formed(dsn):
        raise TargetError(
            "The database's connection string is not valid.",
            hint="In a URL, write @ / : of a password as %40 %2F %3A.",
        )
    try:
        parts = conninfo_to_dict(dsn)
        _refuse_port(str(parts.get("port") or ""))
        return psycopg.connect(
            dsn,
            autocommit=True,
            prepare_threshold=None,
            application_name=application,
            client_encoding="utf8",
            connect_timeout=int(parts.get("connect_timeout") or timeout_s),
        )
    except psycopg.Error as error:
        raise _unreachable(error, dsn) from None


def settle(connection: Connection[Any]) -> None:
    """Forget what earlier statements SET; the role is the connected user's again.

    A migration file may `SET search_path` or `SET lock_timeout = 0` for its whole session.
    """
    connection.execute("RESET SESSION AUTHORIZATION")
    connection.execute("RESET ROLE")  # to what ALTER ROLE … SET role says, where it says anything
    connection.execute("RESET ALL")
    connection.execute("SET idle_in_transaction_session_timeout = '60s'")
    if connection.info.server_version >= TRANSACTION_TIMEOUT:
        connection.execute("SET transaction_timeout = 0")  # each statement has bounds of its own
    connection.execute("SET lock_timeout = '2s'")  # where a step sets no bound: for looking
    connection.execute(_KEPT)
    if connection.info.server_version >= 140000:
        with suppress(psycopg.Error):  # not on every platform
            # The server notices a killed client while it waits for a lock, and lets go.
            connection.execute("SET client_connection_check_interval = '500ms'")


def refusals(connection: Connection[Any], dsn: str) -> Iterator[TargetError]:
    """Why nothing may be written here, the gravest reason first; none where apply may go on.

    This is a read-only operation; it may open a second connection for a moment.
    """
    info = connection.info
    if info.port in TRANSACTION_PORTS:
        yield _pooler(f"Port {info.port}")
    elif poolers.shares_sessions(connection, dsn):
        yield _pooler(f"On port {info.port}")
    if info.server_version < OLDEST:
        yield TargetError(
            f"PostgreSQL {info.server_version // 10000} is too old.", hint="13 at least."
        )
    row = connection.execute(
        """SELECT pg_catalog.pg_is_in_recovery(),
                  pg_catalog.current_setting('default_transaction_read_only') = 'on',
                  pg_catalog.current_setting('track_counts') = 'on'"""
    ).fetchone()
    assert row is not None
    replica, read_only, counts = row
    if replica:
        yield TargetError(
            "This server is a read replica.", hint="Connect to the primary to apply a plan."
        )
    elif read_only:
        yield TargetError(
            "This database, or this role, is read-only by default.",
            hint="A hosted project is put into this state when its disk is full, for example; "
            "and the role that scans is so on purpose: apply has its own, apply_dsn_env.",
        )
    if not counts:
        yield TargetError(
            "This server does not count rows (track_counts is off).",
            hint="Switch track_counts on: without it nobody could tell that no row was lost.",
        )


def _refuse_port(port: str) -> None:
    for each in port.split(","):
        if each.isdigit() and int(each) in TRANSACTION_PORTS:
            raise _pooler(f"Port {each}")


def _pooler(where: str) -> TargetError:
    return TargetError(
        f"{where} is a transaction pooler: locks do not stay with a session there.",
        hint="To apply, use the direct connection or the session pooler (port 5432).",
    )


def _unreachable(error: psycopg.Error, dsn: str) -> TargetError:
    text = " ".join(redact(str(error), dsn).split())
    return TargetError(
        f"The database cannot be used: {text}",
        hint="Check the connection string's host, user and password, and that the server runs.",
    )
