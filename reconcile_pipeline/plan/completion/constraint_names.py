"""Constraints without a name get the one that the replay shows, so that they can be named later.

What is to be validated, or to take over an index, must have a name first; the server chooses one
only when it adds the constraint.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reconcile_pipeline.attribution.model import StatementVerdict
from reconcile_pipeline.catalog.model import Change, Kind


def named(statement: StatementVerdict) -> StatementVerdict:
    """The statement; where it just adds one constraint without a name, with the name that it got
    in the replay.
    """
    from pglast import ast
    from pglast.enums import AlterTableType
    from pglast.parser import ParseError, parse_sql
    from pglast.stream import RawStream

    try:
        parsed = [raw.stmt for raw in parse_sql(statement.sql)]  # ours alone, to be changed
    except ParseError:
        return statement
    match parsed, list(made(statement)):
        case (
            [
                ast.AlterTableStmt(
                    cmds=(
                        ast.AlterTableCmd(
                            subtype=AlterTableType.AT_AddConstraint,
                            def_=ast.Constraint(conname=None, indexname=None) as constraint,
                        ),
                    )
                ) as alter
            ],
            [identity],
        ):
            constraint.conname = identity.rpartition(".")[2]
            return replace(statement, sql=str(RawStream()(alter)))
    return statement


def made(statement: StatementVerdict) -> Iterator[str]:
    """The constraints that it makes: `schema.table.name`."""
    for effect in statement.effects:
        if effect.kind == Kind.CONSTRAINT and effect.change is Change.CREATED:
            yield effect.identity
