"""The raw names that make up an object's name.

An identity such as `a.b.c` does not say where one name ends: names may hold dots. A parent's
identity is a prefix of its children's, and schemas are known, so the rest follows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconcile_pipeline.catalog.model import Kind, ObjectId, Scalar, Snapshot
from reconcile_pipeline.catalog.write.tokens import leading_name, names

_GLOBAL = frozenset({
    Kind.SCHEMA, Kind.EXTENSION, Kind.EVENT_TRIGGER, Kind.PUBLICATION, Kind.DATABASE_SETTING,
    Kind.ROLE, Kind.FOREIGN_SERVER, Kind.FOREIGN_DATA_WRAPPER, Kind.CAST,
})  # fmt: skip
_ROUTINES = frozenset({Kind.FUNCTION, Kind.PROCEDURE, Kind.AGGREGATE})
_OF_RELATION = frozenset({
    Kind.COLUMN, Kind.CONSTRAINT, Kind.TRIGGER, Kind.RULE, Kind.POLICY,
})  # fmt: skip
_ROUTINE = re.compile(r"CREATE OR REPLACE (?:FUNCTION|PROCEDURE) ")
_STATISTICS = re.compile(r"CREATE STATISTICS (\S.*?) (?:\(| ON )")
_TOLD_APART = re.compile(r"(.*) \(\d+\)\Z", re.DOTALL)


def of(
    id: ObjectId, facets: Mapping[str, Scalar], snapshot: Snapshot, parent: ObjectId | None = None
) -> tuple[str, ...]:
    """Schema and name; for what belongs to a relation schema, relation and name."""
    parent = parent or snapshot.parent(id)
    kind, identity = id
    if kind in _GLOBAL:
        return (identity,)
    if kind in _OF_RELATION and parent is not None:
        above = relation(parent, snapshot)
        return (*above, identity[len(parent.identity) + 1 :])
    if kind in _ROUTINES:
        schema, rest = schema_and_rest(id, snapshot, parent)
        return (schema, _routine_name(facets, rest))
    if kind is Kind.STATISTICS and (match := _STATISTICS.match(str(facets["definition"]))):
        return tuple(names(match[1]))
    if kind is Kind.INDEX and parent is not None:  # an index lives where its table does
        schema = relation(parent, snapshot)[0]
        return (schema, identity[len(schema) + 1 :])
    if kind is Kind.SEQUENCE and parent is not None and parent.kind is Kind.COLUMN:
        schema = of(parent, {}, snapshot)[0]
        if identity.startswith(schema + "."):
            return (schema, identity[len(schema) + 1 :])
        return split_at_schema(identity, snapshot)
    schema, rest = schema_and_rest(id, snapshot, parent)
    if kind in (Kind.OPERATOR_CLASS, Kind.OPERATOR_FAMILY):
        rest = rest.rpartition(" USING ")[0]
    elif kind is Kind.OPERATOR:
        rest = rest.partition("(")[0]
    elif kind is Kind.TEXT_SEARCH:
        rest = rest.rpartition(":")[0]
    return (schema, rest)


def relation(id: ObjectId, snapshot: Snapshot) -> tuple[str, ...]:
    """Schema and name of a relation, also of one that the snapshot leaves out (a managed one)."""
    parent = snapshot.parent(id)
    if parent is None:
        return split_at_schema(id.identity, snapshot)
    return (parent.identity, id.identity[len(parent.identity) + 1 :])


def schema_and_rest(
    id: ObjectId, snapshot: Snapshot, parent: ObjectId | None = None
) -> tuple[str, str]:
    """The schema, and all that follows its dot."""
    parent = parent or snapshot.parent(id)
    if parent is not None and parent.kind is Kind.SCHEMA:
        return parent.identity, id.identity[len(parent.identity) + 1 :]
    return split_at_schema(id.identity, snapshot)


def split_at_schema(identity: str, snapshot: Snapshot) -> tuple[str, str]:
    """By the known schemas; of one that is not known, at the first dot."""
    rows = snapshot.kinds.get(Kind.SCHEMA)
    known = [name for name in rows.objects if identity.startswith(name + ".")] if rows else []
    schema = max(known, key=len, default=identity.partition(".")[0])
    return schema, identity[len(schema) + 1 :]


def signature(id: ObjectId, name: tuple[str, ...]) -> str:
    """Argument types of a routine as its identity holds them, e.g. `(integer,text)`."""
    return id.identity[len(".".join(name)) :]


def reads_alike(id: ObjectId, snapshot: Snapshot) -> bool:
    """Whether another object's full name is the same text, so that neither can be told by it."""
    rows = snapshot.kinds.get(id.kind)
    if rows is None:
        return False
    match = _TOLD_APART.match(id.identity)
    twin = bool(match and match[1] in rows.objects)
    return twin or f"{id.identity} (2)" in rows.objects


def _routine_name(facets: Mapping[str, Scalar], rest: str) -> str:
    definition = str(facets.get("definition") or "")
    if match := _ROUTINE.match(definition):
        _, end = leading_name(definition[match.end() :])
        return leading_name(definition[match.end() + end + 1 :])[0]
    return rest.partition("(")[0]
