"""Rows of production's that do not fit what a plan adds: a constraint cannot be added then.

Made-up rows are made to fit, so no rehearsal shows it; the step would fail on production, after
those before it were done. This is a read-only operation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Composable, Composed, Identifier

from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.flow.doomed import is_harmless
from reconcile_pipeline.plan.completion.demands import demands
from reconcile_pipeline.plan.model import Plan, StepKind
from reconcile_pipeline.shadow.fit.demands import Demand, Need

#: For each demand; what is not known by then is left to the apply, which rolls its step back.
TIMEOUT_MS = 5_000
_BOUNDS = (
    "SET LOCAL transaction_read_only = on; SET LOCAL lock_timeout = '1s';"
    f" SET LOCAL statement_timeout = {TIMEOUT_MS}; SET LOCAL row_security = off"
)


def misfits(dsn: str, plan: Plan, restores: Mapping[str, str]) -> dict[str, str]:
    """What the plan cannot do as production's rows are -> why: a migration to complete, or an
    object to restore. `restores`: statement -> the object that it puts back.

    Where an earlier statement of the plan adds rows, or what is asked for is not there yet, nobody
    can tell; nor where the answer takes too long, or a condition calls a function, which could do
    harm. Raises TargetError where production cannot be reached.
    """
    asked: list[tuple[tuple[str, ...], Demand]] = []
    written: set[str] = set()
    for step in plan.steps:
        if step.kind not in (StepKind.COMPLETION, StepKind.RESTORE):
            continue
        written |= (step.rows or {}).keys()
        for sql in step.statements:
            of = step.answers if step.kind is StepKind.COMPLETION else (restores.get(sql, ""),)
            asked += [
                (of, demand)
                for demand in demands([sql])
                if any(of) and written.isdisjoint((demand.table, demand.to))
            ]
    found: dict[str, str] = {}
    if asked:
        with connect_to_read(dsn) as connection:
            for of, demand in asked:
                if (query := _query(demand)) is not None and _any(connection, query):
                    found |= dict.fromkeys(of, _words(demand))
    return found


def empty(dsn: str, tables: Collection[str]) -> frozenset[str]:
    """Those of these tables, `schema.table`, that have no row in production."""
    if not tables:
        return frozenset()
    with connect_to_read(dsn) as connection:
        return frozenset(t for t in sorted(tables) if _is_empty(connection, t))


def _is_empty(connection: Connection[Any], table: str) -> bool:
    # Whether it is, not whether it is not: where that cannot be asked, the answer is no.
    query = SQL("SELECT NOT EXISTS (SELECT FROM {})").format(Identifier(*table.split(".", 1)))
    return _any(connection, query)


def _query(demand: Demand) -> Composed | None:
    """Whether there is a row that does not fit; None where that cannot be asked."""
    table = Identifier(*demand.table.split(".", 1))
    columns = [Identifier(name) for name in demand.columns]
    nulls = SQL(" OR ").join(SQL("t.{} IS NULL").format(c) for c in columns)
    match demand.need:
        case Need.REQUIRED:
            condition: Composable = nulls
        case Need.CHECK:
            if not is_harmless(demand.check):
                return None
            condition = SQL("NOT ({})").format(SQL(demand.check))
        case Need.UNIQUE:
            if not demand.exact:
                return None
            return SQL("SELECT EXISTS (SELECT FROM {} t WHERE NOT ({}) GROUP BY {} {})").format(
                table, nulls, SQL(", ").join(columns), SQL("HAVING count(*) > 1")
            )
        case Need.FREE:  # the scan has looked these rows up
            return None
        case Need.REFERENCE:
            if len(demand.theirs) != len(columns):
                return None
            pairs = zip(columns, map(Identifier, demand.theirs), strict=True)
            condition = SQL("NOT ({}) AND NOT EXISTS (SELECT FROM {} r WHERE {})").format(
                nulls,
                Identifier(*demand.to.split(".", 1)),
                SQL(" AND ").join(SQL("r.{} = t.{}").format(theirs, own) for own, theirs in pairs),
            )
    return SQL("SELECT EXISTS (SELECT FROM {} t WHERE {})").format(table, condition)


def _any(connection: Connection[Any], query: Composed) -> bool:
    """The answer; no, where the question cannot be answered."""
    try:
        with connection.transaction():
            connection.execute(_BOUNDS.encode())
            row = connection.execute(query).fetchone()
    except psycopg.Error:
        return False
    return bool(row and row[0])


def _words(demand: Demand) -> str:
    columns = ", ".join(demand.columns)
    match demand.need:
        case Need.REQUIRED:
            what = f"{columns} is NULL in some"
        case Need.CHECK:
            what = f"some break CHECK ({demand.check})"
        case Need.UNIQUE:
            what = f"some are alike in {columns}"
        case Need.FREE:
            what = f"some have {columns} of the rows to insert"
        case Need.REFERENCE:
            what = f"some refer by {columns} to a row that {demand.to} does not have"
    return f"the rows of {demand.table} do not fit it: {what}"
