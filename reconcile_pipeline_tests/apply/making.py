"""Hand-made plans, and what it takes to apply them, for the tests of apply/."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection

from reconcile_pipeline.apply import lock
from reconcile_pipeline.apply.connection import connect_to_write
from reconcile_pipeline.apply.context import Context, Limits
from reconcile_pipeline.apply.facts import at_one_moment, system_identifier
from reconcile_pipeline.apply.journal import Journal
from reconcile_pipeline.catalog import fingerprint as catalog_fingerprint
from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.read import read_kinds
from reconcile_pipeline.plan.codec import plan_hash
from reconcile_pipeline.plan.model import Condition, Plan, Step, StepKind

QUICK = Limits(tries=3, first_pause_s=0.01, longest_pause_s=0.02)


#: What these tests change; reading all kinds would cost five times as much.
KINDS = (Kind.TABLE, Kind.COLUMN, Kind.CONSTRAINT, Kind.INDEX, Kind.TRIGGER, Kind.FUNCTION)


def fingerprint(connection: Connection[Any]) -> str:
    """The catalog's, of those kinds."""
    return catalog_fingerprint.fingerprint(read_kinds(connection, KINDS))


def step(id: str, *statements: str, **more: Any) -> Step:
    """A completion step; a purpose and short timeouts are added."""
    given: dict[str, Any] = {"lock_timeout_ms": 200, "statement_timeout_ms": 10_000, **more}
    return Step(id, given.pop("kind", StepKind.COMPLETION), f"step {id}", statements, (), **given)


def there(relation: str) -> Condition:
    """It holds that the relation exists."""
    return Condition(f"{relation} is there", f"SELECT to_regclass('{relation}') IS NOT NULL")


def plan(dsn: str, *steps: Step, **more: Any) -> Plan:
    """A plan for this database as it is now."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        given: dict[str, Any] = {
            "target": "test",
            "fingerprint": at_one_moment(connection, fingerprint),
            "inventory_sha256": "0" * 64,
            "system_identifier": system_identifier(connection),
            "database": connection.info.dbname,
            "files": (),
            "declined": {},
            **more,
        }
    return Plan(steps=steps, **given)


@contextmanager
def context(dsn: str, a_plan: Plan, folder: Path, limits: Limits = QUICK) -> Iterator[Context]:
    """A context that holds the target's lock and the plan's journal."""
    with (
        connect_to_write(dsn) as connection,
        Journal(folder / plan_hash(a_plan)[:12], plan_hash(a_plan)) as journal,
    ):
        lock.acquire(connection)
        yield Context(connection, a_plan, journal, fingerprint, limits=limits)


def sql(dsn: str, *statements: str) -> list[Any]:
    """Run statements in autocommit; the last one's rows."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for each in statements:
            cursor = connection.execute(each.encode())
        return cursor.fetchall() if cursor.description else []


def value(dsn: str, query: str) -> Any:
    """The one value of a query."""
    return sql(dsn, query)[0][0]


def unannounced(a_step: Step) -> Step:
    """The same step, saying nothing of rows."""
    return replace(a_step, rows=None, rewrites=())
