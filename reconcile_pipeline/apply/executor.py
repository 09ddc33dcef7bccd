"""Run a plan's SQL steps: each in one transaction, or, where PostgreSQL asks for it, in none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.pq import TransactionStatus

from reconcile_pipeline.apply.context import Context, StepResult
from reconcile_pipeline.apply.failures import failed
from reconcile_pipeline.apply.outside import run_outside
from reconcile_pipeline.apply.transaction import bound, run_step
from reconcile_pipeline.errors import ApplyError
from reconcile_pipeline.migrations.tags import TRANSACTION, tag
from reconcile_pipeline.plan.model import Step

#: What would end our transaction, or parts of it, by the first words; for what does not parse.
_CONTROL = TRANSACTION | {"SAVEPOINT", "RELEASE", "PREPARE", "DISCARD"}


def execute(context: Context, step: Step) -> StepResult:
    """Run one step of SQL statements, unless it is done already. Raises ApplyError, PlanError."""
    if not context.journal.reserve_left():
        raise ApplyError(
            "The disk of the evidence folder is full.",
            hint="Free some space, and run this again.",
            changed=context.changed(),
        )
    context.say(step.id, step.purpose)
    if not step.transactional:
        return run_outside(context, step)

    def body(connection: Connection[Any]) -> Mapping[str, Any]:
        return run_statements(connection, step)

    return run_step(context, step, body)


def run_statements(connection: Connection[Any], step: Step) -> Mapping[str, Any]:
    """The step's statements, one command each, inside the caller's transaction."""
    for number, sql in enumerate(step.statements, 1):
        if controls_transactions(sql):
            raise ApplyError(
                f"Step {step.id}, statement {number}, controls transactions.",
                hint="Make a new plan.",
            )
    affected = []
    for number, sql in enumerate(step.statements, 1):
        place = f"statement {number} of {len(step.statements)} ({tag(sql)})"
        bound(connection, step)
        try:
            # Binary results make psycopg use the extended protocol: one command and no second one.
            cursor = connection.execute(sql.encode(), binary=True)
        except psycopg.Error as error:
            raise failed(place, error, number) from None
        if connection.info.transaction_status is not TransactionStatus.INTRANS:
            raise ApplyError(f"Step {step.id}, {place}, ended our transaction.")
        affected.append(max(cursor.rowcount, 0))
    return {"statements": len(step.statements), "rows": affected}


def controls_transactions(sql: str) -> bool:
    """True for what would commit, prepare or undo our transaction, wherever it stands in the text:
    the server passes over an empty statement before it.
    """
    from pglast import ast, parse_sql
    from pglast.parser import ParseError

    try:
        parsed = [each.stmt for each in parse_sql(sql)]
    except ParseError:
        return tag(sql) in _CONTROL
    return any(isinstance(each, (ast.TransactionStmt, ast.DiscardStmt)) for each in parsed)
