"""Functions of production whose bodies name what is not there: what a plan makes of them."""

from __future__ import annotations

from pathlib import Path

import psycopg

from reconcile_pipeline.flow.identity import identify
from reconcile_pipeline.flow.replay import replayed
from reconcile_pipeline.flow.scan import scan_target
from reconcile_pipeline.plan.model import StepKind
from reconcile_pipeline_tests.flow.test_round import FILES, carry_out, target
from reconcile_pipeline_tests.flow.test_undo import take_back


def test_functions_whose_bodies_name_what_never_was_are_made_again_unchecked(
    database: str, tmp_path: Path
) -> None:
    # The shadow refused them: they were adopted as made by hand, and the replay failed at the file.
    counted = (
        "CREATE FUNCTION counted() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM never';"
        "\nCREATE TABLE counts (id int);\nCREATE INDEX counts_id ON counts (id);\n"
    )
    files = {**FILES, "000_off.sql": "SET check_function_bodies = off;\n", "004_count.sql": counted}
    made = target(database, tmp_path, files, history="supabase")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET check_function_bodies = off")
        for sql in counted.split("\n")[:2]:
            connection.execute(sql.encode())
    start = identify(made).fingerprint
    planned = carry_out(made)
    assert "004" in planned.plan.record and "counted" not in str(planned.plan.declined)
    assert any("004_count.sql, line 1: bodies" in warning for warning in planned.plan.warnings)
    written = planned.plan.files[-1].content
    set_off, function = (
        written.index("SET check_function_bodies = off;"),
        written.index("counted()"),
    )
    assert set_off < function < written.index("RESET check_function_bodies;")
    (step,) = [
        s for s in planned.plan.steps if s.kind is StepKind.COMPLETION and "004" in s.answers
    ]
    assert not any("counted" in sql for sql in step.statements)
    take_back(made, planned.run)
    assert identify(made).fingerprint == start


def test_an_unchecked_function_of_a_recorded_file_stays_and_the_replay_says_so(
    database: str, tmp_path: Path
) -> None:
    counted = (
        "CREATE FUNCTION counted() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM never'"
    )
    files = {"0001_count.sql": counted + ";\n", "005_off.sql": "SET check_function_bodies = off;\n"}
    made = target(database, tmp_path, {**FILES, **files}, history="supabase")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET check_function_bodies = off")
        connection.execute(counted.encode())
        connection.execute("CREATE SCHEMA supabase_migrations")
        connection.execute(
            "CREATE TABLE supabase_migrations.schema_migrations"
            " (version text PRIMARY KEY, statements text[], name text)"
        )
        connection.execute("INSERT INTO supabase_migrations.schema_migrations VALUES ('0001')")
    planned = carry_out(made)
    assert "counted" not in planned.plan.files[-1].content
    (told,) = replayed(scan_target(made)).unchecked
    assert told == (
        '0001_count.sql, line 1: CREATE FUNCTION fails (relation "never" does not exist)'
    )
