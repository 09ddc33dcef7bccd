"""What plans for real directories got wrong about the history and about rows."""

from __future__ import annotations

from pathlib import Path

import psycopg

from reconcile_pipeline.flow.apply import apply_plan
from reconcile_pipeline.flow.approve import approve_plan
from reconcile_pipeline.flow.plan import make_and_write_plan
from reconcile_pipeline_tests.flow.test_plans_found import run
from reconcile_pipeline_tests.flow.test_round import FILES, target


def run_recorded(database: str, versions: tuple[str, ...], *statements: str) -> None:
    """Run them beside a history of Supabase's that names these versions."""
    run(
        database,
        "CREATE SCHEMA supabase_migrations",
        "CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY)",
        "INSERT INTO supabase_migrations.schema_migrations"
        f" SELECT unnest('{{{','.join(versions)}}}'::text[])",
        *statements,
    )


def test_a_version_that_two_files_share_was_taken_out_of_the_history_twice(
    database: str, tmp_path: Path
) -> None:
    more = {
        "004_a.sql": "CREATE TABLE a (id int);\nCREATE INDEX a_id ON a (id);\n",
        "004_b.sql": "CREATE TABLE b (id int);\nCREATE INDEX b_id ON b (id);\n",
        "005_c.sql": "CREATE TABLE c (id int);\nCREATE INDEX c_id ON c (id);\n",
        "005_d.sql": "CREATE TABLE d (id int);\nCREATE INDEX d_id ON d (id);\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run_recorded(
        database,
        ("001", "004", "005"),
        more["005_c.sql"],
    )
    planned = make_and_write_plan(made)
    assert planned.rehearsal.held, planned.rehearsal.problems
    assert planned.plan.forget == ("004",)
    assert "005_c.sql has it, too" in planned.plan.declined["005"]


def test_files_of_one_version_are_completed_each_for_itself(database: str, tmp_path: Path) -> None:
    # Their steps had one name, so that only the first was run; and what the third file, of which
    # nothing is there, makes came into the reconciliation migration.
    more = {
        f"004_{name}.sql": f"CREATE TABLE {name} (id int PRIMARY KEY);\n"
        f"CREATE INDEX {name}_id ON {name} (id);\nINSERT INTO {name} VALUES (1);\n"
        for name in ("a", "b", "c")
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run_recorded(
        database,
        ("001", "004"),
        "CREATE TABLE a (id int PRIMARY KEY)",
        "CREATE TABLE b (id int PRIMARY KEY)",
    )
    planned = make_and_write_plan(made)
    assert planned.rehearsal.held, planned.rehearsal.problems
    approve_plan(made, planned.run, "Ada")
    apply_plan(made, planned.run)
    with psycopg.connect(database) as connection:
        found = connection.execute(
            "SELECT to_regclass('a_id') IS NOT NULL, to_regclass('b_id') IS NOT NULL,"
            " to_regclass('c') IS NULL, (SELECT count(*) FROM b)"
        ).fetchone()
    assert found == (True, True, True, 1)


def test_what_a_later_file_did_to_rows_that_a_completion_brings_stopped_an_apply_half_way(
    database: str, tmp_path: Path
) -> None:
    # Nothing told before the rows were there: the history was refused after all else was done.
    more = {
        "004_words.sql": "CREATE TABLE words (id int PRIMARY KEY, said text, note text);\n"
        "CREATE TABLE papers (id int);\n"
        "INSERT INTO words (id, said) VALUES (1, 'a'), (2, 'b');\n"
        "CREATE INDEX papers_id ON papers (id);\n",
        "005_more.sql": "ALTER TABLE words ADD COLUMN more text;\n"
        "UPDATE words SET note = 'first' WHERE id = 1;\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(database, *more["004_words.sql"].split("\n")[:2], more["005_more.sql"])
    planned = make_and_write_plan(made)
    plan = planned.plan
    assert planned.rehearsal.held
    assert plan.unshown == ("005, line 2",)
    assert [w for w in plan.warnings if w.startswith("005, line 2: the rows that it changes come")]
    assert "UPDATE words" not in plan.files[-1].content and "005" not in plan.record
    assert "line 2, UPDATE, is not done to rows that come only now" in plan.declined["005"]


def test_rows_that_a_file_which_leaves_took_away_stopped_an_apply_half_way(
    database: str, tmp_path: Path
) -> None:
    # Without the file that empties the table, the one that stays had its rows missing.
    more = {
        "000_words.sql": "CREATE TABLE words (id int PRIMARY KEY, said text);\n"
        "INSERT INTO words VALUES (1, 'a'), (2, 'b');\n"
        "INSERT INTO words VALUES (3, 'c');\n",
        "005_clear.sql": "DELETE FROM words;\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run_recorded(
        database,
        ("000", "001"),
        *more["000_words.sql"].splitlines(),
        more["005_clear.sql"],
        "INSERT INTO words VALUES (9, 'said since')",
    )
    planned = make_and_write_plan(made)
    assert planned.rehearsal.held, planned.rehearsal.problems
    assert planned.plan.declined["000"].startswith("production lacks the rows of lines 2 and 3")
    approve_plan(made, planned.run, "Ada")
    apply_plan(made, planned.run)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT id FROM words").fetchall() == [(9,)]


def test_rows_that_refer_to_some_which_the_migration_leaves_out_made_it_fail(
    database: str, tmp_path: Path
) -> None:
    more = {
        "004_menu.sql": "CREATE TABLE nodes (id int PRIMARY KEY);\n"
        "CREATE TABLE entries (node int REFERENCES nodes, said text, PRIMARY KEY (node, said));\n"
        # More than the shadow makes up one by one for the keys that refer to them.
        "INSERT INTO nodes SELECT generate_series(1, 130);\n"
        "INSERT INTO entries SELECT n, 'said' FROM generate_series(1, 120) n;\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run_recorded(
        database,
        ("001", "004"),
        *more["004_menu.sql"].splitlines(),
        "DELETE FROM nodes WHERE id = 125",
    )
    planned = make_and_write_plan(made)
    assert planned.rehearsal.held, planned.rehearsal.problems
    assert planned.plan.unshown == ("004, line 3", "004, line 4")
    assert "INSERT INTO entries" not in planned.plan.files[-1].content


def test_rows_that_the_migration_takes_away_again_are_not_given_again(
    database: str, tmp_path: Path
) -> None:
    more = {
        "000_words.sql": "CREATE TABLE words (id int PRIMARY KEY, said text);\n"
        "INSERT INTO words VALUES (1, 'a'), (2, 'b');\n",
        "005_clear.sql": "DELETE FROM words;\nCREATE TABLE papers (id int);\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run_recorded(
        database, ("000", "001"), *more["000_words.sql"].splitlines(), more["005_clear.sql"]
    )
    planned = make_and_write_plan(made)
    assert planned.rehearsal.held, planned.rehearsal.problems
    assert "DELETE FROM words" in planned.plan.files[-1].content
    assert "000" not in planned.plan.declined


def test_what_a_completion_gave_another_name_counted_as_lost(database: str, tmp_path: Path) -> None:
    more = {
        "004_rows.sql": "CREATE TABLE words (id int, said text);\nCREATE TABLE old (id int);\n",
        "005_half.sql": "CREATE TABLE papers (id int);\nCREATE INDEX papers_id ON papers (id);\n"
        "ALTER TABLE words RENAME COLUMN said TO told;\nALTER TABLE old RENAME TO new;\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(
        database,
        more["004_rows.sql"],
        "CREATE TABLE papers (id int)",
        "CREATE INDEX papers_id ON papers (id)",
        "INSERT INTO words VALUES (1, 'a')",
        "INSERT INTO old VALUES (1)",
    )
    planned = make_and_write_plan(made)
    approve_plan(made, planned.run, "Ada")
    applied = apply_plan(made, planned.run)
    assert "005" in planned.plan.record
    assert all(promise.held for promise in applied.promises), applied.promises
    report = next(planned.run.evidence.glob("*.md")).read_text()
    assert "changed rows of public.words" not in report


def test_an_insert_of_what_other_rows_say_was_left_without_a_word(
    database: str, tmp_path: Path
) -> None:
    more = {
        "004_crews.sql": "CREATE TABLE crews (person int);\nCREATE INDEX of_crew ON crews (person);"
        "\nALTER TABLE crews ADD COLUMN hub text;\n"
        "INSERT INTO crews (person) SELECT id FROM people;\n"
        "INSERT INTO people VALUES (7, 'g@example.com');\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(database, "CREATE TABLE crews (person int)", "CREATE INDEX of_crew ON crews (person)")
    planned = make_and_write_plan(made)
    assert planned.rehearsal.held, planned.rehearsal.problems
    assert planned.plan.warnings == (
        "004, line 4: INSERT is not run, since nothing can tell whether it ran already.",
    )


def test_rows_that_somebody_deleted_were_said_to_be_replaced_by_a_later_migration(
    database: str, tmp_path: Path
) -> None:
    more = {
        "000_words.sql": "CREATE TABLE words (id int PRIMARY KEY, said text);\n"
        "INSERT INTO words VALUES (1, 'a'), (2, 'b');\nCREATE INDEX words_said ON words (said);\n",
        "004_half.sql": "CREATE TABLE papers (id int PRIMARY KEY);\n"
        "INSERT INTO papers VALUES (1), (2);\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run_recorded(
        database,
        ("000", "001"),
        *more.values(),
        "DELETE FROM words WHERE id = 1",
        "DELETE FROM papers WHERE id = 1",
    )
    planned = make_and_write_plan(made)
    assert planned.plan.declined["000"] == (
        "it is applied; rows that it wrote are gone or others now (line 2), and stay so"
    )
    assert planned.plan.declined["004"] == (
        "half_applied: line 2: production has some of the rows that it writes; decide which ones"
        " are right first"
    )


def test_rows_that_somebody_may_have_deleted_came_back_without_a_word(
    database: str, tmp_path: Path
) -> None:
    rows = "INSERT INTO {0} VALUES (1), (2);\n"
    more = {
        "004_words.sql": "CREATE TABLE words (id int PRIMARY KEY);\n" + rows.format("words"),
        "005_papers.sql": "CREATE TABLE papers (id int PRIMARY KEY);\n"
        "CREATE INDEX papers_id ON papers (id);\n" + rows.format("papers"),
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(database, *(f"CREATE TABLE {name} (id int PRIMARY KEY)" for name in ("words", "papers")))
    planned = make_and_write_plan(made)
    assert planned.rehearsal.held, planned.rehearsal.problems
    assert planned.plan.warnings == (
        "004, line 2: its rows are not there, so they are inserted; if they were deleted on"
        " purpose, take the statement out of the file.",
    )


def test_a_row_that_a_file_adds_to_a_table_of_the_platform_passed_for_one_that_was_lost(
    database: str, tmp_path: Path
) -> None:
    # No look counts that table's rows, and none before and after did not fit the one that came.
    more = {
        "004_bucket.sql": "CREATE TABLE photos (id int);\n"
        "INSERT INTO storage.buckets (id, name) VALUES ('photos', 'photos') ON CONFLICT DO NOTHING;"
        "\nCREATE INDEX photos_id ON photos (id);\n",
    }
    run(database, "CREATE SCHEMA storage", "CREATE TABLE storage.buckets (id text, name text)")
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(database, "CREATE TABLE photos (id int)")
    planned = make_and_write_plan(made)
    assert planned.rehearsal.held, planned.rehearsal.problems
    approve_plan(made, planned.run, "Ada")
    applied = apply_plan(made, planned.run)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM storage.buckets").fetchone() == (1,)
    (kept,) = (p for p in applied.promises if p.name == "Nothing lost")
    assert kept.held, kept.reasons
    assert "storage.buckets (the platform's)" in kept.figure
