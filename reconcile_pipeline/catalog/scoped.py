"""Read what belongs to a few objects: thousands of times in a replay, so with as little as can be.

Two messages to the server a reading: one that sets the settings and asks which kinds there are, one
that asks for those kinds and takes the settings back; for few kinds a single one. The queries may
be prepared, since planning them costs ten times what running them does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache, partial
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import Connection, Cursor
from psycopg.pq import TransactionStatus
from psycopg.sql import SQL

from reconcile_pipeline.catalog import degrade, prepared, session, template, values
from reconcile_pipeline.catalog.model import Kind, Rows, Snapshot
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.catalog.rows import LEADING, rows_of

Scope = Mapping[str, Iterable[int]]
Chosen = tuple[Kind, tuple[str, ...]]  # a kind, and the catalogs that select its objects

_FEW = 3  # kinds: so many are asked for at once
_TAKE_BACK = ["ROLLBACK TO SAVEPOINT reconcile_reading", "RELEASE SAVEPOINT reconcile_reading"]

_facets: dict[tuple[Kind, int], tuple[str, ...]] = {}


def read_scope(
    connection: Connection[Any],
    scope: Scope,
    *,
    managed: frozenset[str] = MANAGED_SCHEMAS,
    kinds: Collection[Kind] | None = None,
    prepare: bool | None = None,
) -> Snapshot:
    """Only what belongs to the given objects: catalog name (`pg_class`, …) -> oids.

    A table's oid gives the table with its columns, constraints, indexes, sequences, policies and so
    on; an index's or a sequence's own oid gives that one. Kinds that have nothing are left out.

    `kinds`: only these of them; few are asked for without asking first which there are.
    `prepare`: keep the queries prepared on the connection (SQL PREPARE, names `reconcile_…`), for a
    session of one's own; by default when the connection itself may prepare statements. psycopg
    drops all prepared statements after a DROP unless its `prepare_threshold` is None.
    """
    oids = {
        catalog: "{" + ",".join(str(int(oid)) for oid in sorted(chosen)) + "}"
        for catalog, given in scope.items()
        if (chosen := set(given))
    }
    if prepare is None:
        prepare = connection.prepare_threshold is not None
    if connection.info.transaction_status is TransactionStatus.IDLE:
        with session.reading(connection):
            return _read(connection, oids, kinds, managed, prepare)
    return _read(connection, oids, kinds, managed, prepare)


def kinds_of(catalog: str) -> frozenset[Kind]:
    """The kinds that `read_scope` can give for objects of this catalog; none for unknown ones."""
    return frozenset(kind for kind, _ in _kinds((catalog,)))


def _read(
    connection: Connection[Any],
    oids: dict[str, str],
    only: Collection[Kind] | None,
    managed: frozenset[str],
    prepare: bool,
) -> Snapshot:
    chosen = [c for c in _kinds(tuple(sorted(oids))) if only is None or c[0] in only]
    try:
        kinds = _attempt(connection, oids, chosen, managed, prepare)
    except psycopg.errors.InvalidSqlStatementName:  # somebody deallocated what we had prepared
        _take_back(connection)
        kinds = _attempt(connection, oids, chosen, managed, prepare)
    except psycopg.DatabaseError as error:
        if not degrade.concerns_an_object(error):
            raise
        _take_back(connection)
        with session.reading(connection):
            texts = _literal(connection, oids, chosen, managed)
            kinds, unreadable = degrade.read_apart(connection, texts)
        return _snapshot(connection, kinds, unreadable)
    prepared.confirm(connection)
    return _snapshot(connection, kinds, [])


def _attempt(
    connection: Connection[Any],
    oids: dict[str, str],
    chosen: list[Chosen],
    managed: frozenset[str],
    prepare: bool,
) -> dict[Kind, Rows]:
    major = connection.info.server_version // 10000
    # psycopg throws away what it has prepared itself when a command is rolled back.
    at_once = len(chosen) <= _FEW and connection.prepare_threshold is None
    with connection.cursor() as cursor:
        values.register(cursor)
        opening = ["SAVEPOINT reconcile_reading", session.SETTINGS if at_once else session.SWAP]
        closing = _TAKE_BACK
        if not at_once:
            if "pg_class" in oids:
                opening += _call(connection, _probe(), oids, prepare)
            _send(connection, cursor, opening)
            cursor.nextset()
            was = cursor.fetchone()
            closing = [session.restore(was or ()), "RELEASE SAVEPOINT reconcile_reading"]
            if "pg_class" in oids:
                cursor.nextset()
                _skip_preparation(cursor)
                there = set(str((cursor.fetchone() or ("",))[0]).split())
                chosen = [(k, c) for k, c in map(partial(_without, there), chosen) if c]
            opening = []
        asking = list(opening)
        for kind, catalogs in chosen:
            text = template.render(kind, major, managed, catalogs)
            asking += _call(connection, text, oids, prepare)
        _send(connection, cursor, [*asking, *closing])
        for _ in opening:
            cursor.nextset()
        kinds: dict[Kind, Rows] = {}
        for kind, _ in chosen:
            _skip_preparation(cursor)
            if (facets := _facets.get((kind, major))) is None:
                facets = tuple(column.name for column in (cursor.description or ())[LEADING:])
                _facets[kind, major] = facets
            kinds[kind] = rows_of(facets, cursor.fetchall())
            cursor.nextset()
        return kinds


def _without(there: set[str], chosen: Chosen) -> Chosen:
    """Do not ask by relation for a kind that none of the relations has."""
    kind, catalogs = chosen
    if kind.value in there:
        return chosen
    return kind, tuple(catalog for catalog in catalogs if catalog != "pg_class")


def _send(connection: Connection[Any], cursor: Cursor[Any], statements: Iterable[str]) -> None:
    # Without parameters psycopg sends one simple message, however many statements it holds.
    cursor.execute(SQL(";\n".join(statements)), prepare=False)


def _skip_preparation(cursor: Cursor[Any]) -> None:
    while cursor.statusmessage == "PREPARE":  # it answers, without rows
        cursor.nextset()


@cache
def _kinds(catalogs: tuple[str, ...]) -> list[Chosen]:
    """The kinds that these catalogs select, each with those of them that it knows."""
    found = [(kind, tuple(c for c in catalogs if c in template.scopes(kind))) for kind in Kind]
    return [(kind, known) for kind, known in found if known]


@cache
def _probe() -> str:
    return (files(__package__) / "sql" / "helpers" / "probe.sql").read_text(encoding="utf-8")


def _call(
    connection: Connection[Any], text: str, oids: Mapping[str, str], prepare: bool
) -> list[str]:
    """The statements that run a query: itself, or EXECUTE, with PREPARE before where needed."""
    if not prepare:
        return [template.with_literals(text, oids)]
    name, catalogs, preparation = _preparation(text)
    call = f"EXECUTE {name} (" + ", ".join(f"'{oids[catalog]}'" for catalog in catalogs) + ")"
    if prepared.is_known(connection, name):
        return [call]
    prepared.note(connection, name)
    return [preparation, call]


@cache
def _preparation(text: str) -> tuple[str, tuple[str, ...], str]:
    """Name, parameters (catalogs) and PREPARE statement of a query."""
    numbered, catalogs = template.with_numbers(text)
    name = prepared.named(text)
    types = ", ".join("oid[]" for _ in catalogs)
    return name, catalogs, f"PREPARE {name} ({types}) AS {numbered}"


def _literal(
    connection: Connection[Any],
    oids: Mapping[str, str],
    chosen: Iterable[Chosen],
    managed: frozenset[str],
) -> dict[Kind, str]:
    major = connection.info.server_version // 10000
    return {
        kind: template.with_literals(template.render(kind, major, managed, catalogs), oids)
        for kind, catalogs in chosen
    }


def _take_back(connection: Connection[Any]) -> None:
    connection.execute("ROLLBACK TO SAVEPOINT reconcile_reading", prepare=False)
    connection.execute("RELEASE SAVEPOINT reconcile_reading", prepare=False)
    prepared.forget_lost(connection)


def _snapshot(
    connection: Connection[Any], kinds: dict[Kind, Rows], unreadable: degrade.Unreadable
) -> Snapshot:
    info = connection.info
    return Snapshot(kinds, info.dbname, info.server_version, tuple(unreadable))
