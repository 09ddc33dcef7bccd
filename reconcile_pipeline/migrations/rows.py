"""What a statement does to rows, as far as its text tells: for evidence to be looked up by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pglast import ast
from pglast.enums import OnConflictAction

from reconcile_pipeline.migrations.tree import Node, relation, texts, walk

MANY_ROWS = 1000


class RowAction(StrEnum):
    """What happens to a table's rows."""

    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    TRUNCATE = "truncate"
    MERGE = "merge"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class RowChange:
    """One change to one table's rows; all fields are SQL text but `table`, a raw identity.

    `target`: the table, quoted, with the alias that `where`, `sets` and `using` speak of.
    `columns`: raw names of the columns that are given values, in order; empty: all of them.
    `sets`: (column, expression) of UPDATE. `where`: empty where there is none. `using`: the further
    tables of UPDATE … FROM and DELETE … USING. `source`: the VALUES or SELECT of INSERT; empty for
    DEFAULT VALUES and for more than `MANY_ROWS` rows.
    `on_conflict`: `nothing`, `update` or empty. `self_contained`: False where the texts may use
    names from elsewhere: a WITH clause, the variables of a block, a cursor.
    """

    action: RowAction
    table: str
    target: str = ""
    columns: tuple[str, ...] = ()
    sets: tuple[tuple[str, str], ...] = ()
    where: str = ""
    using: str = ""
    source: str = ""
    on_conflict: str = ""
    self_contained: bool = True


def row_changes(node: Node, schema: str, *, in_block: bool = False) -> Iterator[RowChange]:
    """All changes that the statement makes to rows, those inside its WITH clause included."""
    for part in walk(node):
        contained = part is node and not in_block and getattr(node, "withClause", None) is None
        match part:
            case ast.InsertStmt():
                yield _insert(part, schema, contained)
            case ast.UpdateStmt():
                yield _update(part, schema, contained)
            case ast.DeleteStmt():
                yield RowChange(
                    RowAction.DELETE,
                    relation(part.relation, schema),
                    _target(part.relation, schema),
                    where=_sql(part.whereClause),
                    using=_list(part.usingClause),
                    self_contained=contained and not _positioned(part.whereClause),
                )
            case ast.MergeStmt():
                table = relation(part.relation, schema)
                yield RowChange(
                    RowAction.MERGE,
                    table,
                    _target(part.relation, schema),
                    using=_sql(part.sourceRelation),
                    where=_sql(part.joinCondition),
                    self_contained=contained,
                )
            case ast.TruncateStmt():
                for one in part.relations or ():
                    yield RowChange(RowAction.TRUNCATE, relation(one, schema), _target(one, schema))
            case ast.CopyStmt() if part.is_from and part.relation is not None:
                yield RowChange(
                    RowAction.COPY,
                    relation(part.relation, schema),
                    _target(part.relation, schema),
                    columns=texts(part.attlist),
                )


def _insert(node: Node, schema: str, contained: bool) -> RowChange:
    clause = node.onConflictClause
    conflict = ""
    if clause is not None:
        update = clause.action == OnConflictAction.ONCONFLICT_UPDATE
        conflict = "update" if update else "nothing"
    return RowChange(
        RowAction.INSERT,
        relation(node.relation, schema),
        _target(node.relation, schema),
        columns=tuple(str(column.name) for column in node.cols or ()),
        sets=tuple(_sets(clause.targetList)) if clause is not None else (),
        where=_sql(clause.whereClause) if clause is not None else "",
        source=_source(node.selectStmt),
        on_conflict=conflict,
        self_contained=contained,
    )


def _source(node: Node | None) -> str:
    rows = getattr(node, "valuesLists", None) or ()
    return _sql(node) if len(rows) <= MANY_ROWS else ""


def _update(node: Node, schema: str, contained: bool) -> RowChange:
    sets = tuple(_sets(node.targetList))
    return RowChange(
        RowAction.UPDATE,
        relation(node.relation, schema),
        _target(node.relation, schema),
        columns=tuple(column for column, _ in sets),
        sets=sets,
        where=_sql(node.whereClause),
        using=_list(node.fromClause),
        self_contained=contained and not _positioned(node.whereClause),
    )


def _sets(targets: tuple[Node, ...] | None) -> Iterator[tuple[str, str]]:
    """`a = x` as it stands; of `(a, b) = (x, y)` each with its part, where it can be told."""
    for target in targets or ():
        value = target.val
        if isinstance(value, ast.MultiAssignRef):
            number = int(value.colno or 1) - 1
            if isinstance(value.source, ast.RowExpr):
                yield str(target.name), _sql(value.source.args[number])  # type: ignore[index]
            else:
                yield str(target.name), ""
        elif target.indirection:
            yield str(target.name), ""  # part of an array or of a composite
        else:
            yield str(target.name), _sql(value)


def _positioned(where: Node | None) -> bool:
    return any(isinstance(part, ast.CurrentOfExpr) for part in walk(where))


def _target(node: Node, schema: str) -> str:
    name = f"{_quoted(node.schemaname or schema)}.{_quoted(node.relname)}"
    only = "" if node.inh else "ONLY "
    return f"{only}{name} AS {_quoted(node.alias.aliasname if node.alias else node.relname)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _list(nodes: tuple[Node, ...] | None) -> str:
    return ", ".join(map(_sql, nodes or ()))


def _sql(node: Node | None) -> str:
    if node is None:
        return ""
    from pglast.stream import RawStream  # slow to import

    return str(RawStream()(node))
