"""What plans got wrong about statements that came before what they are about."""

from __future__ import annotations

from pathlib import Path

import psycopg

from reconcile_pipeline_tests.flow.test_plans_found import run
from reconcile_pipeline_tests.flow.test_round import FILES, carry_out, target


def test_what_failed_for_want_of_a_column_that_a_plan_adds_stopped_it_half_way(
    database: str, tmp_path: Path
) -> None:
    # The UPDATE left nothing to be checked, until the column came: then the history was refused,
    # after all else was done. And what a completion leaves out may have run before, it said.
    more = {
        "004_boards.sql": "CREATE TABLE boards (id int);\nALTER TABLE boards ADD COLUMN n int;\n"
        "CREATE INDEX boards_n ON boards (n);\n",
        "005_seeds.sql": "CREATE TABLE seeds (id int);\nUPDATE boards SET n = 1 WHERE n IS NULL;\n",
        "006_fill.sql": "CREATE TABLE fill (id int);\nALTER TABLE fill ADD COLUMN n int;\n"
        "UPDATE fill SET n = id;\nCREATE INDEX fill_n ON fill (n);\n",
        "007_more.sql": "CREATE TABLE other (id int);\nCREATE INDEX other_id ON other (id);\n"
        "UPDATE other SET id = id + 1;\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    tables = (f"CREATE TABLE {name} (id int)" for name in ("boards", "seeds", "fill", "other"))
    run(database, *tables, "INSERT INTO boards VALUES (1)", "INSERT INTO fill VALUES (3)")
    plan = carry_out(made).plan
    assert "line 2, UPDATE, cannot have worked, since 004, line 2, runs" in plan.declined["005"]
    assert "line 3, UPDATE, cannot have worked, since 006, line 2, runs" in plan.declined["006"]
    assert {"004", "007"} <= set(plan.record) and not {"005", "006"} & set(plan.record)
    first, second, third = plan.warnings
    assert first.startswith("006, line 3: UPDATE is not run, and cannot have run before: line 2")
    assert (
        second == "007, line 3: UPDATE is not run, since nothing can tell whether it ran already."
    )
    assert "004, line 2, makes that only now, so what it does is not there" in third
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT id, n FROM boards UNION SELECT id, n FROM fill"
        ).fetchall()
    assert sorted(rows) == [(1, None), (3, None)]
