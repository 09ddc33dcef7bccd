"""Run what was written, and see what is left."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.model import Difference, Kind, ObjectId, Snapshot
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.catalog.write import Changes


def run(connection: Connection[Any], changes: Changes) -> None:
    """Every statement, in order."""
    for statement in changes.statements:
        connection.execute(statement.sql.encode())


def left(connection: Connection[Any], wanted: Snapshot) -> tuple[Difference, ...]:
    """What still differs from the wanted catalog."""
    return compare(read(connection), wanted)


def unexpected(differences: tuple[Difference, ...], changes: Changes) -> list[ObjectId]:
    """What differs and was not declined. A column that was added at the end moves others."""
    declined = {one.id for one in changes.declined}
    moved = {id.identity.rpartition(".")[0] for id in declined if id.kind is Kind.COLUMN}
    return [
        d.id
        for d in differences
        if d.id not in declined
        and not (d.facets == ("position",) and d.id.identity.rpartition(".")[0] in moved)
    ]
