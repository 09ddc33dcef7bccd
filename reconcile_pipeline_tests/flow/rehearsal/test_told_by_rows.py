"""What made-up rows and functions have to do with a rehearsal, and production has not."""

from __future__ import annotations

from pathlib import Path

from reconcile_pipeline.flow.plan import make_and_write_plan
from reconcile_pipeline_tests.flow.test_plans_found import run
from reconcile_pipeline_tests.flow.test_round import FILES, carry_out, target

RATES = """
CREATE TABLE rates (code text PRIMARY KEY, rate int);
CREATE TABLE goods (id int PRIMARY KEY, code text);
CREATE FUNCTION rate_of(c text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
  BEGIN RETURN (SELECT rate FROM public.rates WHERE code = c); END $$;
CREATE FUNCTION is_known(c text) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN RETURN EXISTS (SELECT FROM public.rates WHERE code = c); END $$;
"""
ROWS = "INSERT INTO rates VALUES ('a', 1); INSERT INTO goods VALUES (1, 'a')"
RATED = (
    "CREATE TABLE shops (id int PRIMARY KEY);\n"
    "ALTER TABLE goods ADD COLUMN rate int GENERATED ALWAYS AS (rate_of(code)) STORED;\n"
)
CHECKED = (
    "CREATE TABLE shops (id int PRIMARY KEY);\n"
    "ALTER TABLE goods ADD CONSTRAINT known CHECK (is_known(code));\n"
)


def test_a_table_that_a_function_reads_kept_a_plan_from_ever_being_approved(
    database: str, tmp_path: Path
) -> None:
    files = {**FILES, "004_rates.sql": RATES, "005_rated.sql": RATED}
    made = target(
        database, tmp_path, files, history="supabase", allow_hazards=["rewrites_table"]
    )  # fmt: skip
    run(database, RATES, ROWS, "CREATE TABLE shops (id int PRIMARY KEY)")
    plan = carry_out(made).plan
    (step,) = [s for s in plan.steps if any("rate_of" in sql for sql in s.statements)]
    assert step.locks == {"public.goods": "ACCESS EXCLUSIVE", "public.rates": "ACCESS SHARE"}


def test_made_up_rows_in_an_empty_table_broke_a_check_that_calls_a_function(
    database: str, tmp_path: Path
) -> None:
    files = {**FILES, "004_rates.sql": RATES, "005_checked.sql": CHECKED}
    made = target(database, tmp_path, files, history="supabase")
    run(database, RATES, "CREATE TABLE shops (id int PRIMARY KEY)")
    planned = carry_out(made)
    assert "is empty in production" in planned.rehearsal.unfilled["public.goods"]


def test_where_production_has_rows_it_is_said_that_those_of_the_rehearsal_are_made_up(
    database: str, tmp_path: Path
) -> None:
    files = {**FILES, "004_rates.sql": RATES, "005_checked.sql": CHECKED}
    made = target(database, tmp_path, files, history="supabase")
    run(database, RATES, ROWS, "CREATE TABLE shops (id int PRIMARY KEY)")
    plan = make_and_write_plan(made).plan
    assert "rehearsal_rows = 0" in plan.declined["005"]
