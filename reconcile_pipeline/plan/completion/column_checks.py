"""Columns added without their checks and keys, which then come as constraints of their own.

A check that is written with a new column is asked of all rows under the lock that the column needs,
though every row has the same value there. As a constraint of its own it can be added NOT VALID, and
validated while everybody reads and writes (validation.py). So can the index of a column that is
UNIQUE be built meanwhile (by_index.py).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconcile_pipeline.attribution.model import StatementVerdict
from reconcile_pipeline.catalog.model import Kind, Snapshot
from reconcile_pipeline.plan.completion.constraint_names import made
from reconcile_pipeline.plan.completion.validation import is_plain


def apart(statement: StatementVerdict, production: Snapshot) -> tuple[StatementVerdict, ...]:
    """The statement itself; or, where it just adds columns with checks or UNIQUE to a plain table
    in production, the one that adds the columns, and one for each constraint.

    Only where the replay shows what each is called: the server's name for one must be the one that
    it has here as well.
    """
    from pglast import ast
    from pglast.enums import AlterTableType
    from pglast.parser import ParseError, parse_sql
    from pglast.stream import RawStream

    from reconcile_pipeline.migrations.tree import relation

    try:
        parsed = [raw.stmt for raw in parse_sql(statement.sql)]  # ours alone, to be changed
    except ParseError:
        return (statement,)
    match parsed:
        case [ast.AlterTableStmt(relation=ast.RangeVar() as range, cmds=commands) as alter] if all(
            each.subtype == AlterTableType.AT_AddColumn for each in commands or ()
        ) and is_plain(table := relation(range), production):
            pass
        case _:
            return (statement,)
    found = [constraint for each in commands or () for constraint in _taken(range, each.def_)]
    names = [f"{table}.{each.conname}" for each in found]
    if not names or sorted(names) != sorted(made(statement)):
        return (statement,)
    apart = [e for e in statement.effects if e.kind == Kind.CONSTRAINT and e.identity in names]
    columns = tuple(each for each in statement.effects if each not in apart)
    parts = [replace(statement, sql=str(RawStream()(alter)), effects=columns)]
    for name, constraint in zip(names, found, strict=True):
        alter.cmds = (ast.AlterTableCmd(subtype=AlterTableType.AT_AddConstraint, def_=constraint),)
        effects = tuple(each for each in apart if each.identity == name)
        parts.append(replace(statement, sql=str(RawStream()(alter)), effects=effects, rows=()))
    return tuple(parts)


def _taken(table: Any, column: Any) -> list[Any]:
    """The column's checks and UNIQUE, taken away from it, named, and as a table's constraints.

    None where one says when it is to be checked: that stands beside it, as if it were another.
    """
    from pglast import ast
    from pglast.enums import ConstrType

    endings = {ConstrType.CONSTR_CHECK: "check", ConstrType.CONSTR_UNIQUE: "key"}
    timed = {
        ConstrType.CONSTR_ATTR_DEFERRABLE,
        ConstrType.CONSTR_ATTR_NOT_DEFERRABLE,
        ConstrType.CONSTR_ATTR_DEFERRED,
        ConstrType.CONSTR_ATTR_IMMEDIATE,
    }
    written = column.constraints or ()
    if any(each.contype in timed for each in written):
        return []
    taken = [each for each in written if each.contype in endings]
    column.constraints = tuple(each for each in written if each not in taken) or None
    for each in taken:
        ending = endings[each.contype]
        each.conname = each.conname or f"{table.relname}_{column.colname}_{ending}"
        if ending == "key":
            each.keys = (ast.String(sval=column.colname),)
    return taken
