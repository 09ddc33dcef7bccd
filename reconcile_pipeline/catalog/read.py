"""Read a database's catalog into a `Snapshot`. Everything here is a read-only operation."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

import psycopg
from psycopg import Connection

from reconcile_pipeline.catalog import degrade, garbage, rare, template
from reconcile_pipeline.catalog.model import Kind, Rows, Snapshot
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.catalog.rows import LEADING, execute, to_rows
from reconcile_pipeline.catalog.scoped import Scope, read_scope
from reconcile_pipeline.catalog.session import reading

#: The kinds that the server works longest at; the one with the fewest rows comes last, since
#: nothing is left to do for the server while those are taken in.
_LONG: Final = (Kind.COLUMN, Kind.INDEX, Kind.CONSTRAINT, Kind.VIEW)

#: Rare kinds: no more than so many are asked for without asking first whether there are any.
_FEW: Final = 4


def read(connection: Connection[Any], *, managed: frozenset[str] = MANAGED_SCHEMAS) -> Snapshot:
    """The whole catalog, at one moment when the connection is idle.

    `managed`: schemas whose objects are left out, but for the user's own in them. An object that
    the server cannot describe is named in `Snapshot.unreadable`. Raises psycopg's errors where the
    connection or the statement as a whole fails (a lost connection, a statement_timeout).
    """
    return _snapshot(connection, tuple(Kind), managed)


def read_kinds(
    connection: Connection[Any],
    kinds: Iterable[Kind],
    *,
    managed: frozenset[str] = MANAGED_SCHEMAS,
) -> Snapshot:
    """Only these kinds, of the whole database."""
    return _snapshot(connection, tuple(kinds), managed)


def _snapshot(
    connection: Connection[Any], kinds: Collection[Kind], managed: frozenset[str]
) -> Snapshot:
    info = connection.info
    major = info.server_version // 10000
    unreadable: degrade.Unreadable = []
    try:
        found = _read_together(connection, kinds, major, managed)
    except psycopg.DatabaseError as error:
        if not degrade.concerns_an_object(error):
            raise
        queries = {kind: template.render(kind, major, managed) for kind in kinds}
        with reading(connection):
            found, unreadable = degrade.read_apart(connection, queries)
    return Snapshot(found, info.dbname, info.server_version, tuple(unreadable))


def _read_together(
    connection: Connection[Any], kinds: Collection[Kind], major: int, managed: frozenset[str]
) -> dict[Kind, Rows]:
    """All kinds in a few messages. While the server works at one of them, the next is written, and
    a thread takes in the rows of the last."""
    taken: dict[Kind, Future[Rows]] = {}
    with (
        garbage.kept(),
        ThreadPoolExecutor(1) as taking,
        reading(connection, pipeline=True),
    ):

        def ask(asked: Iterable[Kind], probe: str | None = None) -> Collection[Kind]:
            with connection.pipeline():  # which ends when all their answers are there
                there = execute(connection, probe) if probe else None
                cursors = {
                    kind: execute(connection, template.render(kind, major, managed))
                    for kind in asked
                }
            taken.update({kind: taking.submit(to_rows, cursor) for kind, cursor in cursors.items()})
            return [Kind(row[0]) for row in there] if there else ()

        seldom = [kind for kind in kinds if rare.presence(kind)]
        if len(seldom) <= _FEW:
            seldom = []
        short = [kind for kind in kinds if kind not in _LONG and kind not in seldom]
        there = ask(short, rare.probe(seldom) if seldom else None)
        for kind in seldom:
            if kind not in there:
                taken[kind] = taking.submit(_none, kind, major)
        if there:
            ask(there)
        for kind in _LONG:
            if kind in kinds:
                ask([kind])
    return {kind: taken[kind].result() for kind in kinds}


def _none(kind: Kind, major: int) -> Rows:
    return Rows(rare.columns(kind, major)[LEADING:], {})


__all__ = ["Scope", "read", "read_kinds", "read_scope"]
