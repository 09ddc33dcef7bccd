"""A type that teams come to regret: too small, padded, without a zone, without equality."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, texts, walk

NAME = "column_type"

_SMALL = "ends at {0}: bigint costs little more"
_SERIAL = "is a sequence with a default of its own: GENERATED … AS IDENTITY keeps them together"
_TYPES = {
    "int2": _SMALL.format("32,767"),
    "smallint": _SMALL.format("32,767"),
    "int4": _SMALL.format("2,147,483,647"),
    "integer": _SMALL.format("2,147,483,647"),
    "serial": _SERIAL, "serial2": _SERIAL, "serial4": _SERIAL, "serial8": _SERIAL,
    "bigserial": _SERIAL, "smallserial": _SERIAL,
    "bpchar": "pads with blanks, which no comparison sees: use text",
    "timestamp": "says no moment without its zone: use timestamptz",
    "json": "cannot be compared, so SELECT DISTINCT fails: use jsonb",
    "money": "depends on a setting of the server: use numeric",
}  # fmt: skip


def check(node: Node) -> Iterator[Hazard]:
    """Columns of CREATE TABLE and ADD COLUMN; new types of columns."""
    if not isinstance(node, ast.CreateStmt | ast.AlterTableStmt | ast.CreateForeignTableStmt):
        return
    for column in walk(node):
        if isinstance(column, ast.ColumnDef) and column.typeName is not None:
            name = texts(column.typeName)[-1]
            what = _TYPES.get(name, "")
            if name == "varchar" and column.typeName.typmods:
                what = "changes its length only under a lock: use text, with a CHECK"
            if what:
                place = column.colname or "the column"
                yield Hazard(NAME, Severity.NOTICE, f"The type of {place}, {name}, {what}.",
                             (place,))  # fmt: skip
