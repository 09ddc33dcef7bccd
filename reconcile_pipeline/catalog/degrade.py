"""Read all the others when the server cannot describe an object.

That happens with a damaged catalog, or when the object is dropped or locked meanwhile.

A query for a whole kind fails as one, so the kind is read in halves until the object stands alone.
Asking for identities alone makes the planner leave the failing expressions out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import Connection, sql

from reconcile_pipeline.catalog.model import Kind, ObjectId, Rows, Scalar, Snapshot
from reconcile_pipeline.catalog.rows import execute, to_rows
from reconcile_pipeline.catalog.session import savepoint

#: Whoever holds a lock was waited for before, by the reading that failed. To wait again for each
#: object that is looked at, and for each half of those, would take minutes.
_IMPATIENT = "SELECT pg_catalog.set_config('lock_timeout', '20ms', true)"

#: The reason of what is locked, in our own words: the server's may be in any language.
LOCKED = "somebody holds a lock on it"

Unreadable = list[tuple[ObjectId, str]]


def read_apart(
    connection: Connection[Any], queries: Mapping[Kind, str]
) -> tuple[dict[Kind, Rows], Unreadable]:
    """Each kind by itself, and a failing kind piece by piece; with what could not be read.

    In the caller's transaction or savepoint, the rest of which waits for no lock.
    """
    kinds: dict[Kind, Rows] = {}
    unreadable: Unreadable = []
    connection.execute(_IMPATIENT)
    for kind, query in queries.items():
        rows = _attempt(connection, query)
        if isinstance(rows, str):
            rows, missing = _piecewise(connection, kind, query)
            unreadable += missing
        kinds[kind] = rows
    return kinds, unreadable


def _attempt(
    connection: Connection[Any], query: str, identities: list[str] | None = None
) -> Rows | str:
    """The rows of the query, of these identities if given, or the server's reason why not."""
    if identities is not None:
        chosen = sql.Literal(identities).as_string(connection)
        query = f"SELECT * FROM ({query}) q WHERE q.identity = ANY ({chosen})"  # noqa: S608
    try:
        with savepoint(connection):
            return to_rows(execute(connection, query))
    except psycopg.DatabaseError as error:
        if not concerns_an_object(error):
            raise
        return _reason(error)


def _piecewise(connection: Connection[Any], kind: Kind, query: str) -> tuple[Rows, Unreadable]:
    try:
        with savepoint(connection):
            names = f"SELECT q.identity FROM ({query}) q"  # noqa: S608
            found = execute(connection, names).fetchall()
    except psycopg.DatabaseError as error:
        if not concerns_an_object(error):
            raise
        return Rows((), {}), [(ObjectId(kind, "*"), _reason(error))]
    facets: tuple[str, ...] = ()
    objects: dict[str, tuple[Scalar, ...]] = {}
    parents: dict[str, ObjectId] = {}
    roots: dict[str, tuple[str, int]] = {}
    missing: Unreadable = []
    pending = [[row[0] for row in found]]
    while pending:
        chosen = pending.pop()
        rows = _attempt(connection, query, chosen)
        if isinstance(rows, Rows):
            facets = rows.facets
            objects |= rows.objects
            parents |= rows.parents
            roots |= rows.roots
        elif len(chosen) == 1:
            missing.append((ObjectId(kind, chosen[0]), rows))
        else:
            middle = len(chosen) // 2
            pending += [chosen[:middle], chosen[middle:]]
    return Rows(facets, objects, parents, roots), sorted(missing)


def concerns_an_object(error: psycopg.DatabaseError) -> bool:
    """True when reading something else may go well: a damaged or dropped or locked object. False
    for a lost connection, a timeout, a shut-down."""
    return isinstance(error, psycopg.errors.LockNotAvailable) or not isinstance(
        error, psycopg.OperationalError
    )


def _reason(error: psycopg.DatabaseError) -> str:
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return LOCKED
    return error.diag.message_primary or type(error).__name__


def check_unlocked(snapshot: Snapshot) -> None:
    """Raise psycopg's LockNotAvailable where somebody's lock kept an object from being read.

    Such a snapshot says nothing of whether production is as it was: what it lacks is there still.
    """
    for id, why in snapshot.unreadable:
        if why == LOCKED:
            raise psycopg.errors.LockNotAvailable(f"{id} is locked")
