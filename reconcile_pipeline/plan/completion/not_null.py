"""SET NOT NULL without a search under a lock that stops everybody.

It searches all rows while nobody may read the table, unless a valid CHECK says that there is none
to be found. So a check of ours is added NOT VALID, in a step of its own; the next one validates it
while others read and write, and only then takes the strong lock, for a moment. Source: PostgreSQL's
documentation, ALTER TABLE, SET NOT NULL; since version 12.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from psycopg import sql

from reconcile_pipeline.attribution.model import EffectVerdict, StatementVerdict, Verdict
from reconcile_pipeline.catalog.model import CatalogObject, Change, Kind, ObjectId, Snapshot
from reconcile_pipeline.plan.completion.validation import is_plain
from reconcile_pipeline.plan.model import Step

#: The name of the check is the column's with this.
SUFFIX = "_is_not_null__check"


def opens(text: str) -> bool:
    """Whether a statement begins the step that sets NOT NULL: it validates a check of ours."""
    return "VALIDATE CONSTRAINT" in text and text.endswith(f'{SUFFIX}"')


def closes(text: str) -> bool:
    """Whether it ends that step: it drops the check."""
    return "DROP CONSTRAINT" in text and text.endswith(f'{SUFFIX}"')


def check_of(drop: str) -> ObjectId:
    """The check that this last statement of a step drops."""
    from reconcile_pipeline.migrations.tree import parse, relation

    (statement,) = parse(drop)
    name = f"{relation(statement.relation)}.{statement.cmds[0].name}"
    return ObjectId(Kind.CONSTRAINT, name)


def column_of(constraint: Any) -> str:
    """The column that a check of ours is about; empty for other constraints."""
    from pglast import ast

    match constraint:
        case ast.Constraint(
            conname=str() as name,
            raw_expr=ast.NullTest(arg=ast.ColumnRef(fields=(ast.String(sval=str() as own),))),
        ) if name.endswith(SUFFIX):
            return own
        case _:
            return ""


def lasts(effect: EffectVerdict) -> bool:
    """False for the check, which is gone in the end: no condition may ask for it alone."""
    return not (effect.kind == Kind.CONSTRAINT and effect.identity.endswith(SUFFIX))


def by_check(statement: StatementVerdict, production: Snapshot) -> tuple[StatementVerdict, ...]:
    """Those that add the check, validate it, set NOT NULL and drop the check; the last three belong
    into one step.

    Empty where the statement does not just set one column of a plain table in production NOT NULL,
    and where the name is taken.
    """
    from pglast import ast
    from pglast.enums import AlterTableType

    from reconcile_pipeline.migrations.tree import parse, relation

    match parse(statement.sql):
        case (
            ast.AlterTableStmt(
                relation=ast.RangeVar() as range,
                cmds=(ast.AlterTableCmd(subtype=AlterTableType.AT_SetNotNull, name=str() as own),),
            ),
        ) if is_plain(table := relation(range), production):
            pass
        case _:
            return ()
    name = f"{own[:40]}{SUFFIX}"
    check = ObjectId(Kind.CONSTRAINT, f"{table}.{name}")
    column = production.get(ObjectId(Kind.COLUMN, f"{table}.{own}"))
    left = production.get(check)
    if column is None or not (left is None or _is_ours(left)):
        return ()
    schema, _, bare = table.partition(".")
    words = {
        "table": sql.Identifier(schema, bare),
        "column": sql.Identifier(own),
        "name": sql.Identifier(name),
    }
    add, validate, drop = (
        sql.SQL(f"ALTER TABLE {{table}} {text}").format(**words).as_string(None)
        for text in (
            "ADD CONSTRAINT {name} CHECK ({column} IS NOT NULL) NOT VALID",
            "VALIDATE CONSTRAINT {name}",
            "DROP CONSTRAINT {name}",
        )
    )
    made = EffectVerdict(Kind.CONSTRAINT, check.identity, Change.CREATED, Verdict.ABSENT)
    nothing = replace(statement, effects=(), rows=())
    rest = (replace(nothing, sql=validate), statement, replace(nothing, sql=drop))
    return (replace(nothing, sql=add, effects=(made,)), *rest) if left is None else rest


def leftovers(unexplained: Iterable[ObjectId], steps: Iterable[Step]) -> dict[ObjectId, str]:
    """Checks that an earlier plan left when it failed, and the step of this plan that drops each.

    Nobody made them by hand, so they are not adopted.
    """
    drops = {
        statement: step.id for step in steps for statement in step.statements if closes(statement)
    }
    return {
        id: step
        for id in unexplained
        if id.kind is Kind.CONSTRAINT
        for statement, step in drops.items()
        if statement == _drop(id)
    }


def _drop(check: ObjectId) -> str:
    schema, table, name = check.identity.split(".", 2)
    return (
        sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
        .format(sql.Identifier(schema, table), sql.Identifier(name))
        .as_string(None)
    )


def _is_ours(check: CatalogObject) -> bool:
    return str(check.facets["definition"]).endswith("IS NOT NULL)) NOT VALID")
