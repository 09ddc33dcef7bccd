"""The rows of one query as `Rows`."""

from __future__ import annotations

from typing import Any

from psycopg import Connection, Cursor
from psycopg.sql import SQL

from reconcile_pipeline.catalog import values
from reconcile_pipeline.catalog.model import Kind, ObjectId, Rows

LEADING = 5  # identity, parent_kind, parent_identity, root_catalog, root_oid; then the facets


def execute(connection: Connection[Any], text: str) -> Cursor[Any]:
    """Run one query of the reader on a cursor that loads its types as facets."""
    cursor = connection.cursor()
    values.register(cursor)
    return cursor.execute(SQL(text))


def to_rows(cursor: Cursor[Any]) -> Rows:
    """All rows of a query's result."""
    rows = cursor.fetchall()
    return rows_of(tuple(column.name for column in (cursor.description or ())[LEADING:]), rows)


def rows_of(facets: tuple[str, ...], rows: list[Any]) -> Rows:
    """Rows from tuples: identity, parent's kind, parent's identity, root's catalog, root's oid,
    then the facets."""
    objects = {row[0]: row[LEADING:] for row in rows}
    if len(objects) < len(rows):
        rows = _told_apart(rows)
        objects = {row[0]: row[LEADING:] for row in rows}
    parents: dict[str, ObjectId] = {}
    roots: dict[str, tuple[str, int]] = {}
    known: dict[str, ObjectId] = {}  # children share their parent's name, and their root
    shared: dict[int, tuple[str, int]] = {}
    for row in rows:
        if (name := row[2]) is not None:
            parent = known.get(name)
            if parent is None or parent[0] != row[1]:
                parent = known[name] = ObjectId(Kind(row[1]), name)
            parents[row[0]] = parent
        root = shared.get(row[4])
        if root is None or root[0] != row[3]:
            root = shared[row[4]] = row[3:LEADING]
        roots[row[0]] = root
    return Rows(facets, objects, parents, roots)


def _told_apart(rows: list[Any]) -> list[Any]:
    """Rows with identities that differ. Names with dots can read alike: `a.b` `c` and `a` `b.c`."""
    seen: dict[str, int] = {}
    apart = []
    for row in sorted(rows, key=lambda row: tuple(map(str, (row[0], row[2], *row[LEADING:])))):
        count = seen[row[0]] = seen.get(row[0], 0) + 1
        apart.append(row if count == 1 else (f"{row[0]} ({count})", *row[1:]))
    return apart
