"""Tables with rows, a step that makes one more, and what runs steps, for the tests."""

from __future__ import annotations

from pathlib import Path

from reconcile_pipeline.apply.context import Limits
from reconcile_pipeline.apply.executor import execute
from reconcile_pipeline.plan.model import Step
from reconcile_pipeline_tests.apply.making import QUICK, context, plan, sql, step, there

#: Makes a table; done where the table is there.
MAKE = step(
    "1", "CREATE TABLE public.made (id int PRIMARY KEY)", postcondition=there("public.made")
)


def tables(dsn: str) -> None:
    """Two tables with rows, one pointing at the other, and a partitioned one."""
    sql(
        dsn,
        "CREATE TABLE public.parent (id int PRIMARY KEY, note text)",
        "CREATE TABLE public.child (id int PRIMARY KEY,"
        " parent int REFERENCES public.parent ON DELETE CASCADE)",
        "INSERT INTO public.parent SELECT g, 'x' FROM generate_series(1, 5) g",
        "INSERT INTO public.child SELECT g, g FROM generate_series(1, 5) g",
        "CREATE TABLE public.parted (id int) PARTITION BY LIST (id)",
        "CREATE TABLE public.part_1 PARTITION OF public.parted FOR VALUES IN (1)",
    )


def run(dsn: str, folder: Path, *steps: Step, limits: Limits = QUICK) -> list[tuple[str, object]]:
    """Run the steps of a plan in turn; the outcome of each, and its counted rows."""
    with context(dsn, plan(dsn, *steps), folder, limits) as made:
        return [(r.outcome.value, dict(r.rows)) for r in (execute(made, each) for each in steps)]
