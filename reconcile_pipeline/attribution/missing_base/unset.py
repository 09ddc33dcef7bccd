"""A base without what files set of its objects: values of enums, NOT NULL, defaults, comments.

Production has them already, so on a base that has them too such a statement leaves nothing, and
nobody could tell that the file ran. They are taken out where production has them as the file says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from reconcile_pipeline.catalog.mentions import text
from reconcile_pipeline.catalog.model import Kind, ObjectId, Rows, Scalar, Snapshot
from reconcile_pipeline.migrations.model import MigrationFile

_SETS = re.compile(
    r"\badd\s+value\b|\bset\s+(?:not\s+null|default)\b|\bdrop\s+not\s+null\b|\bcomment\s+on\b",
    re.IGNORECASE,
)
_CAST = re.compile(r"::(?:\"[^\"]+\"|[\w.]+)(?: varying| precision)?(?:\([\d, ]+\))?(?:\[\])?")


@dataclass(frozen=True, slots=True)
class _Set:
    """One facet of an object that a statement sets: to that value."""

    id: ObjectId
    facet: str
    value: Scalar


def unset(base: Snapshot, files: Iterable[MigrationFile]) -> Snapshot:
    """The base without what the files set. Whether a column was NOT NULL, the first one tells.

    Values of enums come last: a default that a later file sets to one is none that needs it.
    """
    kinds = dict(base.kinds)
    first: set[ObjectId] = set()
    for one in sorted(_settings(files), key=lambda one: one.facet == "labels"):
        rows = kinds.get(one.id.kind)
        if one.facet == "not_null":
            if one.id in first:
                continue
            first.add(one.id)
        if rows is None or one.id.identity not in rows.objects or one.facet not in rows.facets:
            continue
        values = rows.objects[one.id.identity]
        place = rows.facets.index(one.facet)
        former = _former(replace(base, kinds=kinds), one, values[place])
        if former != values[place]:
            changed = (*values[:place], former, *values[place + 1 :])
            objects = {**rows.objects, one.id.identity: changed}
            kinds[one.id.kind] = replace(rows, objects=objects)
    return replace(base, kinds=kinds)


def _former(base: Snapshot, one: _Set, now: Scalar) -> Scalar:
    """What the facet was before, as far as can be told; `now` where nothing can."""
    if one.facet == "labels":
        labels = str(now or "").split("\n")
        left = [label for label in labels if label != one.value]
        used = len(left) in (0, len(labels)) or _speaks_of(base, f"'{one.value}'")
        return now if used else "\n".join(left)
    if one.facet == "not_null":
        return now if now != one.value or _in_a_key(base, one.id) else not now
    if one.facet == "default" and now is not None:
        return None if _bare(str(now)) == _bare(str(one.value)) else now
    return None if now == one.value else now


def _speaks_of(base: Snapshot, literal: str) -> bool:
    """Whether anything of the base is said with this literal: a column's default, a policy."""
    return any(
        literal in text(kind, dict(zip(rows.facets, values, strict=True)))
        for kind, rows in base.kinds.items()
        if kind is not Kind.ENUM
        for values in rows.objects.values()
    )


def _in_a_key(base: Snapshot, column: ObjectId) -> bool:
    """Whether it cannot but be NOT NULL: of a primary key, or an identity."""
    name = column.identity.rpartition(".")[2]
    parent = base.parent(column)
    columns = base.kinds[Kind.COLUMN]
    if columns.objects[column.identity][columns.facets.index("identity_kind")]:
        return True
    rows = base.kinds.get(Kind.CONSTRAINT, Rows((), {}))
    for identity, above in rows.parents.items():
        if above == parent and identity in rows.objects:
            facets = dict(zip(rows.facets, rows.objects[identity], strict=True))
            key = facets["type"] == "primary key"
            if key and re.search(rf"\b{re.escape(name)}\b", str(facets["definition"])):
                return True
    return False


def _bare(expression: str) -> str:
    """An expression without its casts, as the server writes it and as people do."""
    return re.sub(r"[\s()]", "", _CAST.sub("", expression)).lower()


def _settings(files: Iterable[MigrationFile]) -> Iterator[_Set]:
    from reconcile_pipeline.migrations.blocks import inner_statements
    from reconcile_pipeline.migrations.tree import parse

    for file in files:
        for statement in file.statements:
            if _SETS.search(statement.sql):
                inside = inner_statements(statement.sql) if statement.tag.upper() == "DO" else ()
                for sql in inside or (statement.sql,):
                    for node in parse(sql):
                        yield from _of_node(node)


def _of_node(node: object) -> Iterator[_Set]:
    from pglast import ast
    from pglast.enums import AlterTableType, ObjectType
    from pglast.stream import RawStream

    from reconcile_pipeline.migrations.tree import qualified, relation, texts

    if isinstance(node, ast.AlterEnumStmt) and node.newVal and not node.oldVal:
        yield _Set(ObjectId(Kind.ENUM, qualified(texts(node.typeName))), "labels", node.newVal)
    elif isinstance(node, ast.CommentStmt) and node.comment:
        names = texts(node.object)
        if node.objtype == ObjectType.OBJECT_COLUMN and len(names) > 1:
            column = f"{qualified(names[:-1])}.{names[-1]}"
            yield _Set(ObjectId(Kind.COLUMN, column), "comment", node.comment)
        elif node.objtype == ObjectType.OBJECT_TABLE:
            yield _Set(ObjectId(Kind.TABLE, qualified(names)), "comment", node.comment)
    elif isinstance(node, ast.AlterTableStmt) and node.relation is not None:
        for command in node.cmds or ():
            id = ObjectId(Kind.COLUMN, f"{relation(node.relation)}.{command.name}")
            if command.subtype == AlterTableType.AT_SetNotNull:
                yield _Set(id, "not_null", True)
            elif command.subtype == AlterTableType.AT_DropNotNull:
                yield _Set(id, "not_null", False)
            elif command.subtype == AlterTableType.AT_ColumnDefault and command.def_:
                value = command.def_
                while isinstance(value, ast.TypeCast):
                    value = value.arg
                yield _Set(id, "default", RawStream()(value))
