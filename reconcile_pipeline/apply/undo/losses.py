"""Rows that taking a plan back would lose: those that came, or were changed, after the plan.

A row carries the number of the transaction that wrote it (xmin). What our own transactions wrote
may go again; what anybody else wrote may not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.apply.names import Relation, find_relation
from reconcile_pipeline.apply.undo.deeds import Deed
from reconcile_pipeline.catalog.parameters import with_parameters

_KIND = "SELECT relkind FROM pg_catalog.pg_class WHERE oid = %s::bigint::oid"


def created_tables(done: Sequence[Deed]) -> tuple[str, ...]:
    """Tables that the deeds made, in order."""
    return tuple(dict.fromkeys(n for deed in done for n in deed.created if n.count(".") == 1))


def created_columns(done: Sequence[Deed]) -> tuple[tuple[str, str, Deed], ...]:
    """(table, column, deed) of columns that were added to tables that were there."""
    made = set(created_tables(done))
    found = []
    for deed in done:
        for name in deed.created:
            table, _, column = name.rpartition(".")
            if table.count(".") == 1 and table not in made:
                found.append((table, column, deed))
    return tuple(found)


def losses(connection: Connection[Any], done: Sequence[Deed]) -> Iterator[str]:
    """Each loss in a sentence; none where nothing of anybody else's would go. Only reads."""
    ours = [xid for deed in done for xid in deed.xids]
    for name in created_tables(done):
        if (table := _table(connection, name)) is None:
            continue
        row = connection.execute(
            with_parameters(
                SQL("SELECT count(*) FROM {} t WHERE t.xmin::text::bigint <> ALL (%s)").format(
                    table.identifier
                )
            ),
            (ours,),
        ).fetchone()
        if row and row[0]:
            yield f"{row[0]} rows of {name} came, or were changed, after the run"
    for name, column, deed in created_columns(done):
        if not deed.xids or (table := _table(connection, name)) is None:
            continue
        row = connection.execute(
            with_parameters(
                SQL(
                    "SELECT count(*) FROM {} t WHERE t.{} IS NOT NULL"
                    " AND pg_catalog.age(t.xmin) < pg_catalog.age(%s::text::xid)"
                    " AND t.xmin::text::bigint <> ALL (%s)"
                ).format(table.identifier, Identifier(column))
            ),
            (str(deed.xids[-1]), ours),
        ).fetchone()
        if row and row[0]:
            yield f"{row[0]} rows of {name} were written after the run, with a value in {column}"


def _table(connection: Connection[Any], name: str) -> Relation | None:
    """The table, where it is still there and holds rows itself."""
    found = find_relation(connection, name)
    if found is None:
        return None
    row = connection.execute(_KIND, (found.oid,)).fetchone()
    return found if row and row[0] in ("r", "p", "m") else None
