"""What plans did wrong on real directories that were drifted at random: `benchmarks/plans.py`."""

from __future__ import annotations

from pathlib import Path

import psycopg

from reconcile_pipeline.flow.plan import make_and_write_plan
from reconcile_pipeline.plan.impossible import not_completed
from reconcile_pipeline.plan.model import StepKind
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


def test_what_productions_rows_do_not_fit_failed_half_way(database: str, tmp_path: Path) -> None:
    # Each would have been found only by the step itself, after those before it were done.
    half = (
        "CREATE TABLE papers (id int, kind text, said text);\n"
        "CREATE INDEX papers_said ON papers (said);\n"
    )
    more = {
        "004_half.sql": half + "ALTER TABLE papers ADD CHECK (kind IN ('a', 'b'));\n",
        "005_half.sql": "CREATE TABLE letters (id int, paper int, sort text, said text);\n"
        "CREATE INDEX letters_said ON letters (said);\n"
        "CREATE UNIQUE INDEX one_each ON letters (sort);\n",
        "006_fine.sql": "CREATE TABLE fine (id int, said text);\n"
        "ALTER TABLE fine ALTER said SET NOT NULL;\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(
        database,
        half,
        "INSERT INTO papers VALUES (1, 'a', ''), (2, 'c', '')",
        "CREATE TABLE letters (id int, paper int, sort text, said text)",
        "CREATE INDEX letters_said ON letters (said)",
        "INSERT INTO letters VALUES (1, 1, 'x'), (2, 2, 'x')",
        "CREATE TABLE fine (id int, said text)",
        "INSERT INTO fine VALUES (1, 'something')",
    )
    plan = carry_out(made).plan
    assert plan.left == {
        "004": "the rows of public.papers do not fit it: some break CHECK (kind IN ('a', 'b'))",
        "005": "the rows of public.letters do not fit it: some are alike in sort",
    }
    assert {"002", "006"} <= {a for s in plan.steps for a in s.answers}


def test_one_object_that_cannot_be_put_back_failed_the_whole_restore(
    database: str, tmp_path: Path
) -> None:
    more = {
        "004_more.sql": "ALTER TABLE orders ADD COLUMN place text NOT NULL;\n"
        "ALTER TABLE orders ADD COLUMN sort int;\n"
        "CREATE VIEW sorts AS SELECT sort FROM orders;\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(
        database,
        more["004_more.sql"],
        "ALTER TABLE orders ALTER place DROP NOT NULL",
        "INSERT INTO orders VALUES (1, 1)",
        "ALTER TABLE orders DROP CONSTRAINT orders_person_fkey",
        "INSERT INTO orders VALUES (2, 77)",
        "COMMENT ON VIEW sorts IS 'somebody did'",
        "COMMENT ON TABLE orders IS 'somebody did'",  # its table would take the key along
    )
    planned = carry_out(made, "all")
    restored = {a for s in planned.plan.steps for a in s.answers if s.kind is StepKind.RESTORE}
    assert {"view public.sorts", "table public.orders"} <= restored
    assert planned.plan.left == {
        "column public.orders.place": "the rows of public.orders do not fit it: place is NULL in"
        " some",
        "constraint public.orders.orders_person_fkey": "the rows of public.orders do not fit it:"
        " some refer by person to a row that public.people does not have",
    }


def test_the_reconciliation_migration_made_otherwise_what_was_recorded_before_a_completion(
    database: str, tmp_path: Path
) -> None:
    # The view came before the column that is completed, and has all columns. The first UPDATE's
    # row was changed by a file of which nothing shows that it ran, so that it leaves the directory.
    more = {
        "004_wide.sql": "CREATE TABLE wide (id int);\nCREATE TABLE words (id int PRIMARY KEY,"
        " said text);\nINSERT INTO words VALUES (1, 'a'), (2, 'b');\n",
        "005_half.sql": "CREATE TABLE papers (id int);\nCREATE INDEX papers_id ON papers (id);\n"
        "ALTER TABLE wide ADD COLUMN later int;\n",
        "006_all.sql": "CREATE VIEW all_of_it AS SELECT * FROM wide;\n"
        "UPDATE words SET said = 'A' WHERE id = 1;\nUPDATE words SET said = 'B' WHERE id = 2;\n",
        "007_again.sql": "UPDATE words SET said = replace(said, 'A', 'AA');\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(
        database,
        more["004_wide.sql"],
        "CREATE TABLE papers (id int)",
        "CREATE INDEX papers_id ON papers (id)",
        more["006_all.sql"],
        more["007_again.sql"],
    )
    plan = carry_out(made).plan
    assert "007" in plan.declined
    assert plan.unshown == ("006, line 2",)
    assert "said = 'A'" not in plan.files[-1].content and "said = 'B'" in plan.files[-1].content
    assert any("all_of_it" in sql for sql in plan.amended)


def test_what_a_file_makes_once_another_one_left_was_made_again_as_done_by_hand(
    database: str, tmp_path: Path
) -> None:
    # The memos are used before a file makes them, so they are taken from production, and its file
    # does nothing: the key seems to be made by hand. In the directory to be, the file makes both.
    more = {
        "004_uses.sql": "DELETE FROM memos WHERE id < 0;\nCOMMENT ON TABLE memos IS 'all';\n",
        "005_makes.sql": "CREATE TABLE IF NOT EXISTS memos (id int PRIMARY KEY,"
        " person int REFERENCES people, said text);\nCREATE INDEX memos_at ON memos (person);\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(database, more["005_makes.sql"], "ALTER TABLE memos DROP COLUMN said")
    planned = make_and_write_plan(made, restore=("all",))
    assert planned.rehearsal.held, planned.rehearsal.problems
    assert [sql for sql in planned.plan.needless if "memos_person_fkey" in sql]
    assert "memos_person_fkey" not in planned.plan.files[-1].content


def test_one_file_that_cannot_be_recorded_stopped_the_whole_plan(
    database: str, tmp_path: Path
) -> None:
    more = {
        "004_a.sql": "CREATE TABLE a (id int);\n",
        "004_b.sql": "CREATE TABLE b (id int);\n",
        "005_typo.sql": "CREATE TABLE c (id int);\nRAISE NOTICE 'no such command';\n",
        "unnamed.sql": "CREATE TABLE d (id int);\n",
        "006_fine.sql": "CREATE TABLE e (id int);\n",
        "007_later.sql": "CREATE TABLE f (id int);\nCREATE TABEL g (id int);\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(database, *(f"CREATE TABLE {name} (id int)" for name in "abcde"))
    plan = carry_out(made).plan
    assert "004_a.sql, 004_b.sql share the version 004" in plan.declined["004"]
    assert "005_typo.sql does not parse: line 2" in plan.declined["005"]
    assert "007_later.sql does not parse: line 2" in plan.declined["007"]
    assert any("unnamed.sql has no version" in why for why in plan.declined.values())
    assert {"001", "006"} <= set(plan.record)
    assert not {"004", "005", "007"} & set(plan.record)


def test_what_a_file_lacked_went_to_another_schema_than_its_search_path_says(
    database: str, tmp_path: Path
) -> None:
    # Tables of the same names are in public, too.
    tables = "CREATE TABLE {0}.papers (id int PRIMARY KEY, said text);\n"
    more = {
        "004_schema.sql": f"CREATE SCHEMA app;\n{tables.format('public')}{tables.format('app')}"
        "CREATE VIEW public.old AS SELECT 1 AS one;\nCREATE VIEW app.old AS SELECT 1 AS one;\n",
        "005_papers.sql": "SET search_path TO app, public;\n"
        "CREATE TABLE sheets (id int PRIMARY KEY, paper int);\n"
        "ALTER TABLE sheets ADD CONSTRAINT of_paper FOREIGN KEY (paper) REFERENCES papers;\n"
        "CREATE INDEX papers_said ON papers (said);\nALTER TABLE papers ADD COLUMN size int;\n"
        "ALTER TABLE papers ALTER COLUMN said SET NOT NULL;\nDROP VIEW old;\n"
        "CREATE OR REPLACE FUNCTION pages() RETURNS bigint LANGUAGE sql AS\n"
        "'SELECT count(*) FROM papers';\n"
        "COMMENT ON TABLE papers IS 'in app';\n",
        "006_later.sql": "CREATE TABLE more_papers (id int);\n"
        "SET search_path = app;\nCREATE TABLE letters (id int);\nCREATE TABLE stamps (id int);\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(
        database,
        more["004_schema.sql"],
        "CREATE TABLE app.sheets (id int PRIMARY KEY, paper int)",
        "CREATE TABLE more_papers (id int)",
    )
    done = carry_out(made)
    assert not {"005", "006"} & done.plan.declined.keys()
    with psycopg.connect(database) as connection:
        row = connection.execute(
            """SELECT to_regclass('app.papers_said') IS NOT NULL, to_regclass('app.old'),
                      to_regclass('public.old') IS NOT NULL, to_regprocedure('app.pages()')::text,
                      to_regclass('app.stamps') IS NOT NULL, to_regclass('public.stamps'),
                      obj_description('app.papers'::regclass)"""
        ).fetchone()
    assert row == (True, None, True, "app.pages()", True, None, "in app")


def test_a_completion_put_a_function_beside_those_that_a_later_file_drops_by_its_name(
    database: str, tmp_path: Path
) -> None:
    body = "RETURNS int LANGUAGE sql AS 'SELECT 1';\n"
    more = {
        "004_old.sql": f"CREATE TABLE papers (id int);\nCREATE FUNCTION pages(a int) {body}",
        "005_new.sql": f"CREATE FUNCTION pages(a text) {body}CREATE TABLE letters (id int);\n",
        "006_gone.sql": "DROP FUNCTION IF EXISTS pages;\nCREATE TABLE sheets (id int);\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(database, *(f"CREATE TABLE {name} (id int)" for name in ("papers", "letters", "sheets")))
    plan = carry_out(made).plan
    assert "a later file would not run" in plan.declined["004"]
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT to_regproc('pages')").fetchone() == (None,)
