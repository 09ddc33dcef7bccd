"""A new snapshot from the last one: read again only what can have changed.

Row versions in 256 buckets of roots (see `versions.py`) say where something was inserted,
replaced or deleted. What lies in a bucket that differs is read again, then whatever speaks by name
of an object that turned out to differ. Where names are gone that can be spoken of anywhere (a
schema, a role, an extension), everything is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL

from reconcile_pipeline.catalog import prepared
from reconcile_pipeline.catalog.catalogs import (
    COMMENTED,
    HANGING,
    IN_SCHEMAS,
    KNOWN,
    NAMED_ANYWHERE,
    ON_OTHERS,
    ROOTED,
    SHAPING,
    WHOLE,
)
from reconcile_pipeline.catalog.merge import Merger, Root, below
from reconcile_pipeline.catalog.model import Kind, ObjectId, Snapshot
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.catalog.read import read, read_kinds
from reconcile_pipeline.catalog.scoped import read_scope
from reconcile_pipeline.catalog.session import reading
from reconcile_pipeline.catalog.versions import Versions, read_versions

Below = Mapping[Root, frozenset[ObjectId]]

_MANY = 4  # reading more than one root in this many again is no cheaper than reading all


@dataclass(frozen=True, slots=True)
class Tracked:
    """A snapshot with the row versions that it was read from.

    `below`: root -> the objects that have it. `sequences`: oids of all sequences. `schemas`: oid ->
    name of every schema, a platform's too.
    """

    snapshot: Snapshot
    versions: Versions
    below: Below
    sequences: frozenset[int]
    schemas: Mapping[int, str]


def track(connection: Connection[Any], *, managed: frozenset[str] = MANAGED_SCHEMAS) -> Tracked:
    """Read everything, to be refreshed later. Read-only."""
    with reading(connection):
        # Versions first: what changes between the two, in a transaction that sees it, counts as
        # changed next time.
        versions = read_versions(connection)
        snapshot = read(connection, managed=managed)
        found = _tracked(connection, snapshot, versions)
    prepared.confirm(connection)
    return found


def refresh(
    connection: Connection[Any], last: Tracked, *, managed: frozenset[str] = MANAGED_SCHEMAS
) -> Tracked:
    """The database as it is now; equal to what `track` gives, for a small part of its cost.

    `last` must be of the same database and read with the same `managed`. Read-only. Its queries are
    kept prepared where the connection may prepare statements, as in `read_scope`.
    """
    try:
        now = _refresh(connection, last, managed)
    except psycopg.errors.InvalidSqlStatementName:  # somebody deallocated what we had prepared
        prepared.forget_lost(connection)
        now = _refresh(connection, last, managed)
    prepared.confirm(connection)
    return now


def _refresh(connection: Connection[Any], last: Tracked, managed: frozenset[str]) -> Tracked:
    with reading(connection):
        versions = read_versions(connection, last.versions)
        catalogs = versions.changed_catalogs(last.versions)
        if last.versions.since is None or last.snapshot.unreadable or not catalogs <= KNOWN:
            merger = None  # extensions and their members, roles, languages, tablespaces
        else:
            written, older = _written(connection, last.versions.since, catalogs)
            if not catalogs and not written:
                return last
            sequences, given_away, schemas = last.sequences, False, last.schemas
            if "pg_sequence" in catalogs:
                sequences, altered = _sequences(connection, last.versions.since)
                # Its root may be another table than before.
                given_away = not altered.isdisjoint(last.sequences)
            if "pg_namespace" in catalogs:
                schemas = _schemas(connection)
            # What lies in a schema has no new row when it gets another name.
            if any(schemas.get(oid, name) != name for oid, name in last.schemas.items()):
                merger = None
            else:
                # All relations of before are there still where as many rows are as old as they.
                lost = "pg_class" in catalogs and older < last.versions.rows("pg_class")
                written |= _changed_roots(connection, last, versions, lost=lost)
                merger = _moved_on(connection, last, versions, written, given_away, managed)
        if merger is None:
            return _tracked(connection, read(connection, managed=managed), versions)
        return Tracked(merger.snapshot(), versions, merger.below, sequences, schemas)


def _tracked(connection: Connection[Any], snapshot: Snapshot, versions: Versions) -> Tracked:
    sequences, _ = _sequences(connection)
    return Tracked(snapshot, versions, below(snapshot), sequences, _schemas(connection))


def _moved_on(
    connection: Connection[Any],
    last: Tracked,
    versions: Versions,
    scope: set[Root],
    given_away: bool,
    managed: frozenset[str],
) -> Merger | None:
    """What has changed put into the last snapshot; None where only reading everything is safe.

    `scope`: the roots to read again first.
    """
    catalogs = versions.changed_catalogs(last.versions)
    kinds = {kind for catalog in catalogs for kind in WHOLE.get(catalog, ())}
    if any(not root for root, *_ in versions.changed_buckets(last.versions)):
        kinds.update(COMMENTED)
    if given_away:
        kinds.add(Kind.SEQUENCE)
    merger = Merger(last.snapshot, last.below)
    if kinds and not _read_whole(connection, merger, kinds, managed, written=True):
        return None
    seen: set[Root] = set()
    while scope:
        if len(scope) * _MANY > len(last.below) + 100:
            return None
        fresh = read_scope(connection, _by_catalog(scope), managed=managed)
        moved = merger.put(fresh, scope)
        if fresh.unreadable or moved.relabelled:
            return None
        # A platform's own are in no snapshot, which speaks of them by name all the same.
        unseen = {root for root in scope if ON_OTHERS.issuperset(merger.kinds_below(root))}
        seen |= scope
        if not moved.roots and not unseen:
            break
        gone = bool(moved.gone or unseen)
        roots, whole = _dependents(connection, moved.roots | unseen, gone)
        if whole and not _read_whole(connection, merger, whole, managed):
            return None
        scope = roots - seen
    return merger


def _read_whole(
    connection: Connection[Any],
    merger: Merger,
    kinds: set[Kind],
    managed: frozenset[str],
    *,
    written: bool = False,
) -> bool:
    """Read these kinds whole; False where that is not enough. `written`: rows of theirs were."""
    fresh = read_kinds(connection, kinds, managed=managed)
    moved = merger.put(fresh, (), kinds)
    if written and not moved.roots and kinds <= IN_SCHEMAS:
        return False  # it was a platform's, of which ours may speak
    return not fresh.unreadable and not any(id.kind in NAMED_ANYWHERE for id in moved.gone)


def _written(
    connection: Connection[Any], since: str, catalogs: frozenset[str]
) -> tuple[set[Root], int]:
    """The roots that a later transaction made or shaped; how many rows of pg_class are older."""
    asked = {catalog: str(catalog in catalogs) for catalog in SHAPING}
    found = prepared.fetch(connection, _text("written"), {"since": since, **asked})
    [older] = [number for catalog, number in found if not catalog]
    return {(catalog, oid) for catalog, oid in found if catalog}, older


def _changed_roots(
    connection: Connection[Any], last: Tracked, versions: Versions, *, lost: bool
) -> set[Root]:
    """The roots of before below which something may have been inserted, replaced or deleted, and
    those on which something hangs that may be new. `lost`: relations may be gone."""
    buckets: dict[str, set[int]] = {name: set() for name in (*ROOTED, *HANGING, "described")}
    for root, catalog, bucket in versions.changed_buckets(last.versions):
        if root:
            buckets[root].add(bucket)
            if catalog in HANGING:
                buckets[catalog].add(bucket)
            if catalog == "pg_description" and root == "pg_class":
                buckets["described"].add(bucket)
    found = {root for root in last.below if root[1] & 255 in buckets.get(root[0], ())}
    if any(buckets[name] for name in HANGING):
        hanging = {name: _array(sorted(buckets[name])) for name in HANGING}
        found |= set(prepared.fetch(connection, _text("hanging"), hanging))
    if buckets["described"]:
        described = {"described": sorted(buckets["described"])}
        found |= set(connection.execute(_sql("described"), described))
    if lost:
        # As one text: psycopg would look at each of thousands of numbers.
        relations = _array(oid for catalog, oid in last.below if catalog == "pg_class")
        found |= set(connection.execute(_sql("gone"), {"pg_class": relations}))
    return found


def _sequences(
    connection: Connection[Any], since: str | None = None
) -> tuple[frozenset[int], frozenset[int]]:
    """All sequences, and those that this transaction or a later one wrote."""
    row = connection.execute(_sql("sequences"), {"since": since}).fetchone() or ((), ())
    every, written = row
    return frozenset(every or ()), frozenset(written or ())


def _schemas(connection: Connection[Any]) -> dict[int, str]:
    return dict(connection.execute("SELECT oid, nspname::text FROM pg_namespace").fetchall())


def _by_catalog(roots: Iterable[Root]) -> dict[str, list[int]]:
    scope: dict[str, list[int]] = {}
    for catalog, oid in roots:
        scope.setdefault(catalog, []).append(oid)
    return scope


def _dependents(
    connection: Connection[Any], moved: Iterable[Root], gone: bool
) -> tuple[set[Root], set[Kind]]:
    """Roots, and kinds to be read whole, that may speak of these; `gone`: by a name of before."""
    given = _by_catalog(moved)
    parameters = {name: _array(given.get(name, ())) for name in ROOTED}
    parameters["gone"] = str(gone)
    roots: set[Root] = set()
    kinds: set[Kind] = set()
    for catalog, oid in prepared.fetch(connection, _text("dependents"), parameters):
        if catalog in ROOTED:
            roots.add((catalog, oid))
        else:
            kinds.update(WHOLE.get(catalog, ()))
    return roots, kinds


def _array(numbers: Iterable[int]) -> str:
    return f"{{{','.join(map(str, numbers))}}}"


def _sql(name: str) -> SQL:
    return SQL(_text(name))


@cache
def _text(name: str) -> str:
    return (files(__package__) / "sql" / "helpers" / f"{name}.sql").read_text(encoding="utf-8")
