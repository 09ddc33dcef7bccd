"""Read a database's catalog into a `Snapshot`. Everything here is a read-only operation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
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
    major = connection.info.server_version // 10000
    texts = {kind: template.render(kind, major, managed) for kind in Kind}
    return _snapshot(connection, texts)


def read_kinds(
    connection: Connection[Any],
    kinds: Iterable[Kind],
    *,
    managed: frozenset[str] = MANAGED_SCHEMAS,
) -> Snapshot:
    """Only these kinds, of the whole database."""
    major = connection.info.server_version // 10000
    return _snapshot(connection, {k: template.render(k, major, managed) for k in kinds})


def _snapshot(connection: Connection[Any], queries: Mapping[Kind, str]) -> Snapshot:
    try:
        kinds = _read_together(connection, queries)
        unreadable: degrade.Unreadable = []
    except psycopg.DatabaseError as error:
        if not degrade.concerns_an_object(error):
            raise
        with reading(connection):
            kinds, unreadable = degrade.read_apart(connection, queries)
    info = connection.info
    return Snapshot(kinds, info.dbname, info.server_version, tuple(unreadable))


def _read_together(connection: Connection[Any], queries: Mapping[Kind, str]) -> dict[Kind, Rows]:
    """All kinds in a few messages. While the server works at one of them, a thread takes in the
    rows of the last."""
    taken: dict[Kind, Future[Rows]] = {}
    with (
        garbage.kept(),
        ThreadPoolExecutor(1) as taking,
        reading(connection, pipeline=True),
    ):

        def ask(kinds: Iterable[Kind], probe: str | None = None) -> Collection[Kind]:
            with connection.pipeline():  # which ends when all their answers are there
                there = execute(connection, probe) if probe else None
                cursors = {kind: execute(connection, queries[kind]) for kind in kinds}
            taken.update({kind: taking.submit(to_rows, cursor) for kind, cursor in cursors.items()})
            return [Kind(row[0]) for row in there] if there else ()

        seldom = [kind for kind in queries if rare.presence(kind)]
        if len(seldom) <= _FEW:
            seldom = []
        short = [kind for kind in queries if kind not in _LONG and kind not in seldom]
        if there := ask(short, rare.probe(seldom) if seldom else None):
            ask(there)
        for kind in _LONG:
            if kind in queries:
                ask([kind])
    return {
        kind: taken[kind].result() if kind in taken else Rows(rare.columns(query)[LEADING:], {})
        for kind, query in queries.items()
    }


__all__ = ["Scope", "read", "read_kinds", "read_scope"]
