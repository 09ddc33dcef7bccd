"""Cheap looks at a target, for whoever watches many: may anything have changed since?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.catalog.connect import connect_to_read, cut_after
from reconcile_pipeline.catalog.fingerprint import trigger
from reconcile_pipeline.catalog.session import patience, reading
from reconcile_pipeline.catalog.unread import unread
from reconcile_pipeline.errors import DirectoryError
from reconcile_pipeline.flow.identity import fingerprint_of
from reconcile_pipeline.flow.target import ResolvedTarget

TIMEOUT_S = 5  # to connect; a target that is down must not hold up the others
LOOK_S = 25  # all of it, once connected

_VERSIONS = SQL(
    "SELECT count(*), coalesce(sum(hashtext(h.xmin::text || h.ctid::text)), 0) FROM {} AS h"
)


@dataclass(frozen=True, slots=True)
class Sight:
    """`trigger` stays the same only when neither catalog nor history can have changed.

    `fingerprint` is production's, as a scan computes it; None where the trigger made it needless.
    """

    trigger: str
    fingerprint: str | None


def look(target: ResolvedTarget, known: str = "") -> Sight:
    """Look at production, in one read-only transaction. `known`: the trigger of the last look.

    A changed trigger is no verdict: temporary tables change it, too. Only then the whole catalog is
    read for its fingerprint. Raises TargetError.
    """
    with connect_to_read(target.dsn, timeout_s=TIMEOUT_S) as connection:
        try:
            with cut_after(connection, LOOK_S), reading(connection):
                patience(connection, "20s", lock="1s")
                seen = hashlib.sha256(
                    f"{trigger(connection)} {_history(connection)}".encode()
                ).hexdigest()
                if seen == known:
                    return Sight(seen, None)
                return Sight(
                    seen,
                    fingerprint_of(connection, target.settings.history, target.ignored),
                )
        except psycopg.Error as error:
            raise unread(error, target.dsn) from None


def look_at_files(directory: Path) -> str:
    """sha256 (hex) over the SQL files' paths and contents. Raises DirectoryError."""
    digest = hashlib.sha256()
    try:
        if not directory.is_dir():
            raise DirectoryError(f"There is no directory {directory}.")
        for path in sorted(directory.rglob("*.sql")):
            if path.is_file():
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{path.relative_to(directory).as_posix()}\0{content}\n".encode())
    except OSError as error:
        raise DirectoryError(f"{directory} cannot be read: {error.strerror}.") from None
    return digest.hexdigest()


def _history(connection: Connection[Any]) -> str:
    """The row versions of every history table: any row written or deleted changes them."""
    query = (files("reconcile_pipeline.flow") / "sql/history_tables.sql").read_bytes()
    found = []
    for schema, name in connection.execute(query).fetchall():
        try:
            with connection.transaction():
                row = connection.execute(_VERSIONS.format(Identifier(schema, name))).fetchone()
        except psycopg.errors.InsufficientPrivilege:
            row = None
        found.append(f"{schema}.{name} {row}")
    return "; ".join(found)
