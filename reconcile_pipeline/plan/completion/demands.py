"""What a plan's statements ask of the rows that are there, read off the statements themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pglast import ast
from pglast.enums import AlterTableType as AT
from pglast.enums import ConstrType
from pglast.stream import RawStream

from reconcile_pipeline.migrations.tree import Node, parse, relation, texts, walk
from reconcile_pipeline.shadow.fit.demands import Demand, Need


def demands(statements: Iterable[str]) -> tuple[Demand, ...]:
    """Those of all statements, in order; a name without a schema counts as one of `public`.

    A NOT VALID constraint asks nothing yet, but its validation, mostly the next step's, does: it
    counts as well. What does not parse, or makes the column that it speaks of, asks for nothing.
    """
    return tuple(dict.fromkeys(each for sql in statements for each in _of(sql)))


def _of(sql: str) -> Iterator[Demand]:
    for node in parse(sql):
        if isinstance(node, ast.IndexStmt) and node.unique:
            exact = node.whereClause is None and all(each.name for each in node.indexParams or ())
            columns = _columns(node.indexParams)
            yield Demand(Need.UNIQUE, relation(node.relation), columns, exact=exact)
        elif isinstance(node, ast.InsertStmt) and isinstance(node.selectStmt, ast.SelectStmt):
            columns = tuple(column.name for column in node.cols or ())
            if any(taken := _constants(node.selectStmt.valuesLists or ())):
                yield Demand(Need.FREE, relation(node.relation), columns, taken=taken)
        elif isinstance(node, ast.AlterTableStmt):
            for command in node.cmds or ():
                yield from _command(relation(node.relation), command)


def _command(table: str, command: Node) -> Iterator[Demand]:
    if command.subtype == AT.AT_SetNotNull:
        yield Demand(Need.REQUIRED, table, (command.name,))
    elif command.subtype == AT.AT_AddConstraint:
        yield from _constraint(table, command.def_)


def _constraint(table: str, added: Node) -> Iterator[Demand]:
    if added.contype in (ConstrType.CONSTR_UNIQUE, ConstrType.CONSTR_PRIMARY):
        columns = texts(added.keys)
        if columns:  # none where it takes an index that is there
            yield Demand(Need.UNIQUE, table, tuple(columns))
        if added.contype == ConstrType.CONSTR_PRIMARY:
            yield from (Demand(Need.REQUIRED, table, (column,)) for column in columns)
    elif added.contype == ConstrType.CONSTR_NOTNULL:
        yield from (Demand(Need.REQUIRED, table, (c,)) for c in texts(added.keys))
    elif added.contype == ConstrType.CONSTR_CHECK:
        check = RawStream()(added.raw_expr)
        yield Demand(Need.CHECK, table, _columns(added.raw_expr), check=check)
    elif added.contype == ConstrType.CONSTR_EXCLUSION:
        yield Demand(Need.UNIQUE, table, _columns(added.exclusions), exact=False)
    elif added.contype == ConstrType.CONSTR_FOREIGN:
        yield Demand(
            Need.REFERENCE, table, tuple(texts(added.fk_attrs)),
            to=relation(added.pktable), theirs=tuple(texts(added.pk_attrs)),
        )  # fmt: skip


def _constants(rows: Sequence[Node]) -> tuple[tuple[str, ...], ...]:
    """The numbers and texts among what is to be inserted, column by column."""
    found: list[dict[str, None]] = [{} for _ in (rows[0] if rows else ())]
    for row in rows:
        for values, cell in zip(found, row, strict=False):
            constant = cell.val if isinstance(cell, ast.A_Const) else None
            if isinstance(constant, ast.Integer):
                values[str(constant.ival or 0)] = None
            elif isinstance(constant, ast.String):
                values[str(constant.sval)] = None
    return tuple(map(tuple, found))


def _columns(node: object) -> tuple[str, ...]:
    """The columns that an expression names, or an index is of."""
    found: dict[str, None] = {}
    for part in walk(node):
        if isinstance(part, ast.IndexElem) and part.name:
            found[part.name] = None
        elif isinstance(part, ast.ColumnRef) and part.fields:
            for name in texts(part.fields[-1:]):  # none of a star
                found[name] = None
    return tuple(found)
