"""What must still be as it was when the plan was made and approved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from reconcile_pipeline.errors import TargetError

#: Hash of production's catalog and history. It is also called inside our own transactions: it must
#: only read, and begin none of its own that asks for another isolation level.
Fingerprint = Callable[[Connection[Any]], str]

#: The same hash for a database that lacks the index of this name (`schema.index`): what an index
#: built outside a transaction leaves is told from what somebody else changed meanwhile.
WithoutIndex = Callable[[Connection[Any], str], str]


@dataclass(frozen=True, slots=True)
class Facts:
    """Production and the directory as they are now. Hashes as in `DriftReport` and `Plan`."""

    target: str
    database: str
    system_identifier: str
    fingerprint: str
    inventory_sha256: str


def gather(
    connection: Connection[Any],
    target: str,
    fingerprint: Fingerprint,
    inventory_sha256: Callable[[], str],
) -> Facts:
    """Read the facts anew; this is a read-only operation."""
    return Facts(
        target=target,
        database=connection.info.dbname,
        system_identifier=system_identifier(connection),
        fingerprint=at_one_moment(connection, fingerprint),
        inventory_sha256=inventory_sha256(),
    )


def at_one_moment(connection: Connection[Any], fingerprint: Fingerprint) -> str:
    """The fingerprint of an idle connection's database, read in one transaction."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return fingerprint(connection)


def system_identifier(connection: Connection[Any]) -> str:
    """The cluster's own number, made by initdb: the same on its replicas, on no other cluster."""
    row = connection.execute(
        "SELECT system_identifier::text FROM pg_catalog.pg_control_system()"
    ).fetchone()
    if row is None:
        raise TargetError("The server does not say which cluster it is.")
    return str(row[0])
