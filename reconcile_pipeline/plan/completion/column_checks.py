"""Columns added without their checks, which then come as constraints of their own.

A check that is written with a new column is asked of all rows under the lock that the column needs,
though every row has the same value there. As a constraint of its own it can be added NOT VALID, and
validated while everybody reads and writes (validation.py).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconcile_pipeline.attribution.model import StatementVerdict
from reconcile_pipeline.catalog.model import Kind, Snapshot
from reconcile_pipeline.plan.completion.constraint_names import made
from reconcile_pipeline.plan.completion.validation import is_plain


def apart(statement: StatementVerdict, production: Snapshot) -> tuple[StatementVerdict, ...]:
    """The statement itself; or, where it just adds columns with checks to a plain table in
    production, the one that adds the columns, and one for each check.

    Only where the replay shows what each check is called: the server's name for one must be the
    one that it has here as well.
    """
    from pglast import ast
    from pglast.enums import AlterTableType, ConstrType
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
    checks: list[tuple[str, Any]] = []
    for command in commands or ():
        column = command.def_
        own = [c for c in column.constraints or () if c.contype == ConstrType.CONSTR_CHECK]
        checks += [(c.conname or f"{range.relname}_{column.colname}_check", c) for c in own]
        column.constraints = tuple(c for c in column.constraints or () if c not in own) or None
    names = [f"{table}.{name}" for name, _ in checks]
    if not names or sorted(names) != sorted(made(statement)):
        return (statement,)
    of_checks = [e for e in statement.effects if e.kind == Kind.CONSTRAINT and e.identity in names]
    columns = tuple(each for each in statement.effects if each not in of_checks)
    parts = [replace(statement, sql=str(RawStream()(alter)), effects=columns)]
    for name, check in checks:
        check.conname = name
        alter.cmds = (ast.AlterTableCmd(subtype=AlterTableType.AT_AddConstraint, def_=check),)
        effects = tuple(each for each in of_checks if each.identity == f"{table}.{name}")
        parts.append(replace(statement, sql=str(RawStream()(alter)), effects=effects, rows=()))
    return tuple(parts)
