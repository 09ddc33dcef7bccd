"""The names that the server gives to constraints, and to the sequences of serial columns.

Source: makeObjectName and ChooseIndexColumnNames in PostgreSQL's indexcmds.c, and
ChooseConstraintName in pg_constraint.c. The numbers that it puts behind names that are taken, and
names that it has to shorten, are not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pglast import ast
from pglast.enums import ConstrType

from reconcile_pipeline.migrations.tree import DEFAULT_SCHEMA, Node, parse, relation, texts, walk

LONGEST = 63  # bytes of a name
_SERIAL = frozenset({"serial", "serial2", "serial4", "serial8", "bigserial", "smallserial"})


def server_names(sql: str, schema: str = DEFAULT_SCHEMA) -> frozenset[str]:
    """`schema.table.constraint` for each that the statement's new tables and columns come with."""
    found: set[str] = set()
    for node in parse(sql):
        if isinstance(node, ast.CreateStmt):
            found.update(_named(relation(node.relation, schema), node.tableElts or ()))
        elif isinstance(node, ast.AlterTableStmt):
            added = [command.def_ for command in node.cmds or ()]
            found.update(_named(relation(node.relation, schema), added))
    return frozenset(found)


def sequence_names(sql: str, schema: str = DEFAULT_SCHEMA) -> frozenset[str]:
    """`schema.sequence` for each serial column that the statement makes."""
    found: set[str] = set()
    for node in parse(sql):
        if isinstance(node, ast.CreateStmt):
            elements = node.tableElts or ()
        elif isinstance(node, ast.AlterTableStmt):
            elements = tuple(command.def_ for command in node.cmds or ())
        else:
            continue
        for element in elements:
            if isinstance(element, ast.ColumnDef) and _is_serial(element):
                name = f"{relation(node.relation, schema)}_{element.colname}_seq"
                if len(name.partition(".")[2].encode()) <= LONGEST:
                    found.add(name)
    return frozenset(found)


def _is_serial(column: Node) -> bool:
    return column.typeName is not None and texts(column.typeName.names)[-1] in _SERIAL


def _named(table: str, elements: Sequence[Node]) -> Iterator[str]:
    pairs: list[tuple[Node, tuple[str, ...]]]
    for element in elements:
        if isinstance(element, ast.ColumnDef):
            pairs = [
                (constraint, (str(element.colname),)) for constraint in element.constraints or ()
            ]
        elif isinstance(element, ast.Constraint):
            pairs = [(element, texts(element.fk_attrs or element.keys))]
        else:
            continue
        for constraint, columns in pairs:
            name = None if constraint.conname else _name(table, constraint, columns)
            if name and len(name.encode()) <= LONGEST:
                yield f"{table}.{name}"


def _name(table: str, constraint: Node, columns: Sequence[str]) -> str | None:
    bare = table.rpartition(".")[2]
    match constraint.contype:
        case ConstrType.CONSTR_PRIMARY:
            return f"{bare}_pkey"
        case ConstrType.CONSTR_UNIQUE:
            return "_".join((bare, *columns, "key"))
        case ConstrType.CONSTR_FOREIGN:
            return "_".join((bare, *columns, "fkey"))
        case ConstrType.CONSTR_CHECK:
            named = {
                texts(part.fields)[-1:]
                for part in walk(constraint.raw_expr)
                if isinstance(part, ast.ColumnRef)
            }
            return "_".join((bare, *(next(iter(named)) if len(named) == 1 else ()), "check"))
    return None
