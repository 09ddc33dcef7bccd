"""A new snapshot from the last one: read again only what can have changed.

Row versions in 256 buckets of roots (see `sql/versions.sql`) say where something was inserted,
replaced or deleted. What lies in a bucket that differs is read again, then whatever speaks by name
of an object that turned out to differ. Where names are gone that can be spoken of anywhere (a
schema, a role, an extension), everything is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from psycopg import Connection
from psycopg.sql import SQL

from reconcile_pipeline.catalog.merge import Moved, merge
from reconcile_pipeline.catalog.model import Kind, Snapshot
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.catalog.read import read, read_kinds
from reconcile_pipeline.catalog.scoped import read_scope
from reconcile_pipeline.catalog.session import reading

Versions = Mapping[tuple[str, str, int], tuple[int, int]]
Root = tuple[str, int]

#: Catalogs that are counted as a whole, with the kinds that are read from them.
_WHOLE: Final[Mapping[str, tuple[Kind, ...]]] = {
    "pg_namespace": (Kind.SCHEMA,),
    "pg_event_trigger": (Kind.EVENT_TRIGGER,),
    "pg_publication": (Kind.PUBLICATION, Kind.PUBLICATION_TABLE, Kind.PUBLICATION_SCHEMA),
    "pg_publication_namespace": (Kind.PUBLICATION_SCHEMA,),
    "pg_default_acl": (Kind.DEFAULT_PRIVILEGES,),
    "pg_db_role_setting": (Kind.DATABASE_SETTING, Kind.ROLE_SETTING),
    "pg_auth_members": (Kind.ROLE,),
    "pg_shdescription": (Kind.ROLE,),
    "pg_foreign_server": (Kind.FOREIGN_SERVER,),
    "pg_foreign_data_wrapper": (Kind.FOREIGN_DATA_WRAPPER,),
    "pg_user_mappings": (Kind.USER_MAPPING,),
    "pg_cast": (Kind.CAST,),
    "pg_collation": (Kind.COLLATION,),
    "pg_operator": (Kind.OPERATOR,),
    "pg_opclass": (Kind.OPERATOR_CLASS,),
    "pg_opfamily": (Kind.OPERATOR_FAMILY,),
    "pg_amop": (Kind.OPERATOR_CLASS, Kind.OPERATOR_FAMILY),
    "pg_amproc": (Kind.OPERATOR_CLASS, Kind.OPERATOR_FAMILY),
    "pg_ts_config": (Kind.TEXT_SEARCH,),
    "pg_ts_config_map": (Kind.TEXT_SEARCH,),
    "pg_ts_dict": (Kind.TEXT_SEARCH,),
    "pg_ts_parser": (Kind.TEXT_SEARCH,),
    "pg_ts_template": (Kind.TEXT_SEARCH,),
    # Comments on what is neither a relation nor a type nor a routine.
    "pg_description": (
        Kind.SCHEMA, Kind.CONSTRAINT, Kind.TRIGGER, Kind.RULE, Kind.POLICY, Kind.STATISTICS,
        Kind.EVENT_TRIGGER, Kind.PUBLICATION, Kind.FOREIGN_SERVER, Kind.FOREIGN_DATA_WRAPPER,
        Kind.CAST, Kind.COLLATION, Kind.OPERATOR, Kind.OPERATOR_CLASS, Kind.OPERATOR_FAMILY,
        Kind.TEXT_SEARCH, Kind.DOMAIN,
    ),
}  # fmt: skip

#: Kinds whose names others speak of without a root of their own: when one is gone, read all.
_NAMED_ANYWHERE: Final = frozenset(
    {
        Kind.SCHEMA, Kind.COLLATION, Kind.OPERATOR, Kind.OPERATOR_CLASS, Kind.OPERATOR_FAMILY,
        Kind.FOREIGN_SERVER, Kind.FOREIGN_DATA_WRAPPER, Kind.TEXT_SEARCH,
    }
)  # fmt: skip

_MANY = 4  # reading more than one root in this many again is no cheaper than reading all


@dataclass(frozen=True, slots=True)
class Tracked:
    """A snapshot with the row versions that it was read from."""

    snapshot: Snapshot
    versions: Versions


def track(connection: Connection[Any], *, managed: frozenset[str] = MANAGED_SCHEMAS) -> Tracked:
    """Read everything, to be refreshed later. Read-only."""
    with reading(connection):
        # Versions first: what changes between the two, in a transaction that sees it, counts as
        # changed next time.
        versions = _versions(connection)
        return Tracked(read(connection, managed=managed), versions)


def refresh(
    connection: Connection[Any], last: Tracked, *, managed: frozenset[str] = MANAGED_SCHEMAS
) -> Tracked:
    """The database as it is now; equal to what `track` gives, for a small part of its cost.

    `last` must be of the same database and read with the same `managed`. Read-only.
    """
    with reading(connection):
        versions = _versions(connection)
        changed = {
            key
            for key in versions.keys() | last.versions.keys()
            if versions.get(key) != last.versions.get(key)
        }
        if not changed:
            return last
        snapshot = _moved_on(connection, last.snapshot, changed, managed)
        return Tracked(snapshot or read(connection, managed=managed), versions)


def _moved_on(
    connection: Connection[Any],
    last: Snapshot,
    changed: Iterable[tuple[str, str, int]],
    managed: frozenset[str],
) -> Snapshot | None:
    """The new snapshot, or None where only reading everything is safe."""
    buckets: dict[str, set[int]] = {"pg_class": set(), "pg_type": set(), "pg_proc": set()}
    kinds: set[Kind] = set()
    for root, catalog, bucket in changed:
        if root:
            buckets[root].add(bucket)
            if catalog == "pg_sequence":  # a sequence may have gone from one table to another
                kinds.add(Kind.SEQUENCE)
        elif catalog in _WHOLE:
            kinds.update(_WHOLE[catalog])
        else:  # extensions and their members, roles, languages, tablespaces, the reference
            return None
    if last.unreadable:
        return None
    moved = Moved()
    snapshot = last
    if kinds:
        fresh = read_kinds(connection, kinds, managed=managed)
        if fresh.unreadable:
            return None
        snapshot = merge(snapshot, fresh, kinds, frozenset(), moved)
        if any(id.kind in _NAMED_ANYWHERE for id in moved.gone):
            return None
    scope = _in_buckets(connection, last, buckets)
    seen: set[Root] = set()
    while scope:
        if len(scope) * _MANY > len(_roots(last)) + 100:
            return None
        fresh = read_scope(connection, _by_catalog(scope), managed=managed)
        if fresh.unreadable:
            return None
        moved = Moved()
        snapshot = merge(snapshot, fresh, (), frozenset(scope), moved)
        if moved.relabelled:
            return None
        seen |= scope
        if not moved.roots:
            break
        roots, whole = _dependents(connection, moved)
        if whole:
            fresh = read_kinds(connection, whole, managed=managed)
            moved = Moved()
            snapshot = merge(snapshot, fresh, whole, frozenset(), moved)
            if fresh.unreadable or any(id.kind in _NAMED_ANYWHERE for id in moved.gone):
                return None
        scope = roots - seen
    return snapshot


def _versions(connection: Connection[Any]) -> Versions:
    rows = connection.execute(_sql("versions")).fetchall()
    return {(root, catalog, bucket): (count, total) for root, catalog, bucket, count, total in rows}


def _roots(snapshot: Snapshot) -> set[Root]:
    return {root for rows in snapshot.kinds.values() for root in rows.roots.values()}


def _in_buckets(
    connection: Connection[Any], last: Snapshot, buckets: Mapping[str, set[int]]
) -> set[Root]:
    """The roots in these buckets, those of the last snapshot and those that there are now."""
    if not any(buckets.values()):
        return set()
    chosen = {catalog: sorted(numbers) for catalog, numbers in buckets.items()}
    now = {(c, oid) for c, oid in connection.execute(_sql("roots_in_buckets"), chosen)}
    return now | {
        root for root in _roots(last) if root[0] in buckets and root[1] & 255 in buckets[root[0]]
    }


def _by_catalog(roots: Iterable[Root]) -> dict[str, list[int]]:
    scope: dict[str, list[int]] = {}
    for catalog, oid in roots:
        scope.setdefault(catalog, []).append(oid)
    return scope


def _dependents(connection: Connection[Any], moved: Moved) -> tuple[set[Root], set[Kind]]:
    """Roots, and kinds to be read whole, that may speak of what differs."""
    given = _by_catalog(moved.roots)
    parameters = {name: given.get(name, []) for name in ("pg_class", "pg_type", "pg_proc")}
    roots: set[Root] = set()
    kinds: set[Kind] = set()
    for catalog, oid in connection.execute(
        _sql("dependents"), {**parameters, "gone": bool(moved.gone)}
    ):
        if catalog in parameters:
            roots.add((catalog, oid))
        else:
            kinds.update(_WHOLE.get(catalog, ()))
    return roots, kinds


@cache
def _sql(name: str) -> SQL:
    return SQL((files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8"))
