"""What plans did wrong on real directories that were drifted at random: `benchmarks/plans.py`."""

from __future__ import annotations

from pathlib import Path

import psycopg

from reconcile_pipeline.plan.model import StepKind
from reconcile_pipeline.plan.rehearsal import not_completed
from reconcile_pipeline_tests.flow.test_round import FILES, carry_out, target


def run(database: str, *statements: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        for sql in statements:
            connection.execute(sql.encode())


def test_what_a_completion_drops_was_made_again_by_the_reconciliation_migration(
    database: str, tmp_path: Path
) -> None:
    # Somebody had changed the foreign key that a half-applied file drops: it was adopted, too.
    half = (
        "CREATE TABLE papers (id int);\nALTER TABLE orders DROP CONSTRAINT orders_person_fkey;\n"
        "DROP VIEW totals;\nALTER TABLE people ADD COLUMN age int;\n"
    )
    made = target(database, tmp_path, {**FILES, "004_half.sql": half}, history="supabase")
    run(
        database,
        "CREATE TABLE papers (id int)",
        "ALTER TABLE orders DROP CONSTRAINT orders_person_fkey, ADD CONSTRAINT orders_person_fkey"
        " FOREIGN KEY (person) REFERENCES people ON UPDATE CASCADE",
        "COMMENT ON VIEW totals IS 'somebody did'",
    )
    plan = carry_out(made).plan
    assert (
        "ON UPDATE" not in plan.files[-1].content and "somebody did" not in plan.files[-1].content
    )
    dropped = next(s for s in plan.steps if any("orders_person_fkey" in x for x in s.statements))
    assert dropped.kind is StepKind.COMPLETION
    assert {"constraint public.orders.orders_person_fkey", "004"} <= set(dropped.answers)


def test_a_view_of_all_columns_in_another_order_made_the_whole_plan_fail(
    database: str, tmp_path: Path
) -> None:
    more = {
        "004_wide.sql": "CREATE TABLE wide (id int);\n",
        "005_a.sql": "ALTER TABLE wide ADD COLUMN a int;\n",
        "006_b.sql": "ALTER TABLE wide ADD COLUMN b int;\n",
        "007_all.sql": "CREATE TABLE papers (id int);\nALTER TABLE papers ADD COLUMN said text;\n"
        "CREATE VIEW all_of_it AS SELECT * FROM wide;\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(
        database,
        "CREATE TABLE wide (id int, b int, a int)",
        "CREATE TABLE papers (id int, said text)",
    )
    done = carry_out(made)
    assert done.plan.left.keys() == {"007"}
    assert "view public.all_of_it" in done.plan.declined["007"]
    completed = {a for s in done.plan.steps for a in s.answers if s.kind is StepKind.COMPLETION}
    assert "002" in completed and "007" not in completed
    assert not_completed(done.plan, done.rehearsal, {}) == {}


def test_what_cannot_run_in_the_directory_to_be_was_found_when_all_else_was_done(
    database: str, tmp_path: Path
) -> None:
    # Nothing of a table that never was made can be dropped: production has it so already, and the
    # step passed for done; but a replay of the directory fails there.
    more = {
        "004_never.sql": "CREATE TABLE gone (id int CONSTRAINT gone_key UNIQUE);\n",
        "005_half.sql": "CREATE TABLE papers (id int);\nALTER TABLE papers ADD COLUMN said text;\n"
        "ALTER TABLE gone DROP CONSTRAINT IF EXISTS gone_key;\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(database, "CREATE TABLE papers (id int, said text)")
    plan = carry_out(made).plan
    assert "gone" in plan.declined["005"]
