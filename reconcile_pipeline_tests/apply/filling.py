"""Users without profiles, the declaration that fills them, and what runs it, for the tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from reconcile_pipeline.apply.backfills.backfill import run_backfill
from reconcile_pipeline.apply.context import StepResult
from reconcile_pipeline.apply.progress import Event
from reconcile_pipeline.plan.backfill import admins_digest
from reconcile_pipeline.plan.model import Backfill, Plan, RoleRule, Step, StepKind
from reconcile_pipeline_tests.apply.making import context, plan, sql, step

ADMINS = ("Ada@Example.com", "kim@example.com", "nobody@example.com")
TARGET = "public.user_profiles"


def users(dsn: str) -> None:
    """Users with and without confirmed addresses, and an empty table of profiles."""
    sql(
        dsn,
        "CREATE SCHEMA auth",
        "CREATE TABLE auth.users (id uuid PRIMARY KEY, email varchar(255),"
        " email_confirmed_at timestamptz, raw_user_meta_data jsonb)",
        "CREATE TYPE public.role AS ENUM ('admin', 'viewer')",
        "CREATE TABLE public.user_profiles (id uuid PRIMARY KEY"
        " REFERENCES auth.users ON DELETE CASCADE,"
        " role public.role NOT NULL DEFAULT 'viewer', name text UNIQUE)",
        "INSERT INTO auth.users VALUES"
        " ('00000000-0000-0000-0000-000000000001', 'ada@example.com', now(),"
        '  \'{"name": "Ada"}\'),'
        " ('00000000-0000-0000-0000-000000000002', 'KIM@EXAMPLE.COM', NULL, '{}'),"
        " ('00000000-0000-0000-0000-000000000003', '\u212aim@example.com', now(), '{}'),"
        " ('00000000-0000-0000-0000-000000000004', 'eve@example.com', now(),"
        '  \'{"role": "admin", "name": "100%"}\'),'
        " ('00000000-0000-0000-0000-000000000005', NULL, NULL, NULL)",
    )


def many(dsn: str, count: int) -> None:
    """As many users more, without a confirmed address."""
    text = """INSERT INTO auth.users (id, email)
              SELECT gen_random_uuid(), 'u' || g || '@example.org' FROM generate_series(1, %s) g"""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(text, (count,))


def made(dsn: str, admins: Sequence[str] = ADMINS, **more: Any) -> Plan:
    """A plan of one step, which fills the profiles; `more` goes to the declaration."""
    base = plan(dsn)
    digest = admins_digest(admins, base.system_identifier, base.database)
    rule = RoleRule("role", "admin", "viewer", len(admins), digest)
    given: dict[str, Any] = {
        "columns": {"name": "source.raw_user_meta_data ->> 'name'"}, "role": rule, **more,
    }  # fmt: skip
    return replace(base, steps=(fill(Backfill(TARGET, "auth.users", "id", "id", **given)),))


def fill(backfill: Backfill, **more: Any) -> Step:
    """The step of a declaration."""
    return step("fill", kind=StepKind.BACKFILL, backfill=backfill, **more)


def run(
    dsn: str,
    a_plan: Plan,
    folder: Path,
    admins: Sequence[str] = ADMINS,
    seen: list[Event] | None = None,
) -> StepResult:
    """Run the plan's one step; its events are added to `seen`."""
    with context(dsn, a_plan, folder) as at:
        if seen is not None:
            at.progress = seen.append
        return run_backfill(at, a_plan.steps[0], admins)


def roles(dsn: str) -> list[Any]:
    """Every profile's role, in the order of the users."""
    return [role for (role,) in sql(dsn, "SELECT role::text FROM public.user_profiles ORDER BY id")]
