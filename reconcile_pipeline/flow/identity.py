"""Which database a target really is: for the person who approves, and for the gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection

from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.catalog.degrade import check_unlocked
from reconcile_pipeline.catalog.ignored import NOTHING, Ignored
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.catalog.session import looking
from reconcile_pipeline.catalog.unread import unread
from reconcile_pipeline.drift.production import combined_fingerprint
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.history.detect import by_name, detect


@dataclass(frozen=True, slots=True)
class Identity:
    """A database as it names itself. `host` is where we connected to: a name or a socket folder.

    `system_identifier` is the cluster's own number, empty where the user may not read it.
    """

    host: str
    port: int
    user: str
    database: str
    system_identifier: str
    server_version: str
    fingerprint: str


def identify(target: ResolvedTarget) -> Identity:
    """Ask the database; it is only read. Raises TargetError."""
    with connect_to_read(target.dsn) as connection:
        try:
            with looking(connection, "60s"):
                fingerprint = fingerprint_of(connection, target.settings.history, target.ignored)
                version = connection.execute("SHOW server_version").fetchone()
                number = _system_identifier(connection)
        except psycopg.Error as error:
            raise unread(error, target.dsn) from None
        info = connection.info
        return Identity(
            info.host or info.hostaddr,
            info.port,
            info.user,
            info.dbname,
            number,
            f"PostgreSQL {version[0]}" if version else "",
            fingerprint,
        )


def fingerprint_of(connection: Connection[Any], history: str, ignored: Ignored = NOTHING) -> str:
    """Production's fingerprint as a scan computes it, in the caller's transaction. Only reads.

    Raises psycopg's LockNotAvailable where somebody's lock hides an object.
    """
    tool = detect(connection) if history == "auto" else by_name(history)
    state = tool.read(connection)
    snapshot = read(connection, managed=MANAGED_SCHEMAS)
    check_unlocked(snapshot)
    return combined_fingerprint(ignored.without(snapshot), state)


def _system_identifier(connection: Connection[Any]) -> str:
    try:
        with connection.transaction():
            row = connection.execute(
                "SELECT system_identifier::text FROM pg_catalog.pg_control_system()"
            ).fetchone()
    except psycopg.Error:
        return ""
    return str(row[0]) if row else ""
