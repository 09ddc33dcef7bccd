"""What plans got wrong about files that stopped half way, on real directories that were drifted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg

from reconcile_pipeline.flow.plan import make_and_write_plan
from reconcile_pipeline_tests.flow.test_plans_found import run
from reconcile_pipeline_tests.flow.test_round import FILES, carry_out, target


def test_a_function_beside_one_of_its_name_was_never_completed(
    database: str, tmp_path: Path
) -> None:
    # Where it was to be made, it did not hold that it was not there yet; where nothing else was
    # missing, it passed for done.
    body = "RETURNS int LANGUAGE sql AS 'SELECT 1';\n"
    more = {
        "004_old.sql": f"CREATE FUNCTION pages(a int) {body}",
        "005_new.sql": "CREATE TABLE papers (id int);\nALTER TABLE papers ADD COLUMN said text;\n"
        f"CREATE OR REPLACE FUNCTION pages(a int, b text DEFAULT NULL) {body}",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(database, more["004_old.sql"], "CREATE TABLE papers (id int, said text)")
    plan = carry_out(made).plan
    assert "005" in plan.record and "005" not in plan.declined
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT to_regprocedure('pages(int, text)') IS NULL").fetchone()
    assert row == (False,)


def test_a_circle_of_policies_was_told_by_the_verification_when_all_was_done(
    database: str, tmp_path: Path
) -> None:
    # What the plan itself takes away is none that it leaves.
    more = {
        "004_teams.sql": "CREATE TABLE teams (id int);\nCREATE TABLE members (team int);\n"
        "ALTER TABLE teams ENABLE ROW LEVEL SECURITY;\n"
        "ALTER TABLE members ENABLE ROW LEVEL SECURITY;\n"
        "CREATE POLICY own ON teams USING (id IN (SELECT team FROM members));\n"
        "CREATE POLICY same ON members USING (team IN (SELECT id FROM teams));\n",
        "005_more.sql": "CREATE TABLE papers (id int);\nCREATE INDEX papers_id ON papers (id);\n"
        "CREATE INDEX papers_more ON papers (id) WHERE id > 0;\nDROP POLICY same ON members;\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(database, more["004_teams.sql"])
    planned = make_and_write_plan(made)
    (warning,) = planned.plan.warnings
    assert "same of public.members reads public.teams" in warning and "42P17" in warning
    run(database, *more["005_more.sql"].splitlines()[:3])
    plan = carry_out(made).plan
    assert "005" in plan.record and not plan.warnings


def test_a_file_that_stopped_before_it_makes_an_object_anew_was_not_completed(
    database: str, tmp_path: Path
) -> None:
    # Production was said to have it in another shape, of which somebody was to decide.
    tables = "CREATE TABLE {0} (id int);\nALTER TABLE {0} ENABLE ROW LEVEL SECURITY;\n"
    half = "CREATE TABLE {0} (id int);\nCREATE INDEX {0}_id ON {0} (id);\n"
    rest = "CREATE INDEX {0}_more ON {0} (id);\nCREATE TABLE more_{0} (id int);\n"
    more = {
        "004_first.sql": "CREATE SCHEMA storage;\n"
        + "".join(map(tables.format, ("storage.objects", "mine", "yours", "theirs")))
        + "".join(
            f"CREATE POLICY own ON {table} USING (id > 0);\n"
            for table in ("storage.objects", "mine", "yours", "theirs")
        )
        + "CREATE FUNCTION pages() RETURNS int LANGUAGE sql AS 'SELECT 1';\n",
        "005_half.sql": half.format("papers")
        + "".join(
            f"DROP POLICY IF EXISTS own ON {table};\nCREATE POLICY own ON {table} USING (id > 1);\n"
            for table in ("mine", "storage.objects")
        )
        + "DROP FUNCTION pages();\n"
        "CREATE FUNCTION pages() RETURNS text LANGUAGE sql AS $$SELECT '1'$$;\n"
        "ALTER TABLE papers ALTER id SET DEFAULT 1;\nALTER TABLE papers ALTER id SET DEFAULT 2;\n",
        "006_by_hand.sql": half.format("letters")
        + "DROP POLICY own ON yours;\nCREATE POLICY own ON yours USING (id > 1);\n"
        + rest.format("letters"),
        "007_overtaken.sql": half.format("sheets")
        + "DROP POLICY own ON theirs;\nCREATE POLICY own ON theirs USING (id > 1);\n"
        + rest.format("sheets"),
        "008_later.sql": "CREATE TABLE later (id int);\n"
        "DROP POLICY own ON theirs;\nCREATE POLICY own ON theirs USING (id > 2);\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(
        database,
        more["004_first.sql"],
        *(half.format(name) for name in ("papers", "letters", "sheets")),
        "ALTER POLICY own ON yours USING (id > 7)",
        more["008_later.sql"],
    )
    done = carry_out(made)
    plan = done.plan
    assert {"005", "008"} <= set(plan.record) and not {"006", "007"} & set(plan.record)
    for label, table in (("006", "yours"), ("007", "theirs")):
        assert f"policy public.{table}.own in another shape" in plan.declined[label]
    (step,) = (s for s in plan.steps if any("storage.objects" in sql for sql in s.statements))
    assert [sql.split()[0] for sql in step.statements] == ["DROP", "CREATE"]
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT c.relname || pg_get_expr(p.polqual, c.oid) FROM pg_policy p"
            " JOIN pg_class c ON c.oid = p.polrelid ORDER BY 1"
        ).fetchall()
    assert [row[0] for row in rows] == [
        "mine(id > 1)", "objects(id > 1)", "theirs(id > 2)", "yours(id > 7)",
    ]  # fmt: skip
    back = {sql for step in plan.steps for sql in step.undo if "mine" in sql}
    assert any("(id > 0)" in sql for sql in back)


def test_a_file_that_drops_what_one_before_it_is_to_make_was_not_run_with_it(
    database: str, tmp_path: Path
) -> None:
    # Production has nothing to drop yet, so that the DROP seemed to be done.
    table = "CREATE TABLE {0} (id int);\nALTER TABLE {0} ENABLE ROW LEVEL SECURITY;\n"
    more = {
        "004_rows.sql": f"{table.format('words')}CREATE POLICY own ON words USING (id > 0);\n",
        "005_more.sql": f"{table.format('links')}"
        "CREATE POLICY own ON links USING (id > 0);\n"
        "ALTER POLICY own ON words USING (id > 1);\n",
        "006_otherwise.sql": "DROP POLICY own ON links;\n"
        "CREATE POLICY own ON links USING (id > 2);\n"
        "ALTER POLICY own ON words USING (id > 2);\n",
    }
    files = {**FILES, **more}
    made = target(database, tmp_path, files, history="supabase", run_pending=["005", "006", "003"])
    run(database, more["004_rows.sql"])
    plan = carry_out(made).plan
    assert {"005", "006"} <= set(plan.record)
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT DISTINCT pg_get_expr(polqual, polrelid) FROM pg_policy"
        ).fetchall()
    assert rows == [("(id > 2)",)]


def test_what_a_later_file_took_away_already_was_blamed_on_the_order_of_columns(
    database: str, tmp_path: Path
) -> None:
    more = {
        "004_rows.sql": "CREATE TABLE words (id int);\n"
        "ALTER TABLE words ENABLE ROW LEVEL SECURITY;\n"
        "CREATE POLICY open ON words USING (true);\nCREATE TABLE more (id int);\n",
        "005_close.sql": "CREATE TABLE closed (id int);\nDROP POLICY IF EXISTS open ON words;\n"
        "CREATE POLICY own ON words USING (id > 0);\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(database, *more["004_rows.sql"].splitlines()[:2], more["005_close.sql"])
    planned = make_and_write_plan(made)
    assert planned.rehearsal.held, planned.rehearsal.problems
    assert planned.plan.declined["004"] == (
        "half_applied: what it lacks makes policy public.words.open, and 005, line 2 (DROP POLICY),"
        " which is to come after it, ran already"
    )


def test_a_file_was_left_and_nobody_said_which_one_makes_what_it_lacks(
    database: str, tmp_path: Path
) -> None:
    more = {
        "004_papers.sql": "CREATE TABLE papers (id int);\nCREATE INDEX papers_id ON papers (id);\n",
        "005_letters.sql": "CREATE TABLE letters (id int);\n"
        "CREATE INDEX letters_id ON letters (id);\nCREATE INDEX papers_two ON papers (id);\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    run(database, "CREATE TABLE letters (id int)")
    why = make_and_write_plan(made).plan.declined["005"]
    assert why.endswith(
        "004, line 1 (CREATE TABLE), makes it, and never ran: named in run_pending, it runs first."
    )
    settings = made.settings.model_copy(update={"run_pending": ("003", "004")})
    plan = carry_out(replace(made, settings=settings)).plan
    assert {"004", "005"} <= set(plan.record) and not plan.declined


def test_a_file_was_left_for_a_shape_that_a_later_file_gives_and_nobody_said_which(
    database: str, tmp_path: Path
) -> None:
    pages = "CREATE OR REPLACE FUNCTION pages() RETURNS int LANGUAGE sql AS 'SELECT {}';\n"
    papers = "CREATE TABLE papers (id int);\n"
    more = {
        "004_papers.sql": f"{papers}{pages.format(4)}CREATE TABLE more_papers (id int);\n",
        "005_later.sql": f"CREATE TABLE later (id int);\n{pages.format(5)}",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase", run_pending=["003"])
    run(database, papers, *more["005_later.sql"].splitlines())
    assert (
        make_and_write_plan(made)
        .plan.declined["004"]
        .endswith(
            "production has function public.pages() in another shape, that of 005, line 2; "
            "if that is the right one, take line 2 out of the file"
        )
    )
    path = made.directory / "004_papers.sql"
    path.write_text(path.read_text().replace(pages.format(4), ""))
    plan = carry_out(made).plan
    assert {"004", "005"} <= set(plan.record) and not plan.declined


def test_a_plan_advised_to_name_in_run_pending_what_it_does_not_run_then(
    database: str, tmp_path: Path
) -> None:
    # It then said "nothing of what it lacks can be run safely ()".
    more = {
        "004_gone.sql": "DROP TABLE IF EXISTS older;\n",
        "005_ask.sql": "GRANT SELECT ON not_there TO PUBLIC;\n",
        "006_more.sql": "CREATE TABLE papers (id int);\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    declined = make_and_write_plan(made).plan.declined
    assert declined["003"] == declined["006"]
    assert declined["006"].endswith(
        "it is kept out of the history; name it in run_pending to run it"
    )
    nothing = "nothing shows whether it ran"
    assert declined["004"].startswith(f"{nothing}, and it would delete data: it is kept out")
    by_hand = "run it by hand if it is wanted"
    assert declined["005"] == f"{nothing}: it is kept out of the history; {by_hand}"
    settings = made.settings.model_copy(update={"run_pending": ("005",), "history": "none"})
    declined = make_and_write_plan(replace(made, settings=settings)).plan.declined
    assert declined["005"] == f"pending: {nothing}; {by_hand}"
    assert "history" not in " ".join(declined.values())


def test_a_statement_that_no_replay_can_run_was_left_out_of_a_file_without_a_word(
    database: str, tmp_path: Path
) -> None:
    more = {
        "004_papers.sql": "CREATE TABLE papers (id int, said text);\n",
        "005_more.sql": "CREATE TABLE letters (id int);\n"
        "ALTER TABLE papers ADD COLUMN said text;\nCREATE INDEX letters_id ON letters (id);\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="none", run_pending=["005"])
    run(database, more["004_papers.sql"])
    (warning,) = make_and_write_plan(made).plan.warnings
    assert warning.startswith("005, line 2: ALTER TABLE is not run, since the shadow cannot run it")
    assert "already exists" in warning


def test_what_an_earlier_file_is_to_make_was_in_the_way_of_one_that_makes_it_anew(
    database: str, tmp_path: Path
) -> None:
    # The replay could not make it either, so that there the DROP did nothing, and it was left out.
    table = "CREATE TABLE {0} (id int);\nCREATE INDEX {0}_id ON {0} (id);\n"
    words, again = table.format("words"), table.format("again")
    function = "CREATE FUNCTION {0}() RETURNS bool LANGUAGE sql AS 'SELECT true';\n"
    more = {
        "004_words.sql": words,
        "005_allowed.sql": function.format("allowed"),
        "006_own.sql": "CREATE POLICY own ON words USING (allowed());\n"
        "CREATE TABLE own (id int);\n",
        "007_again.sql": f"{again}DROP POLICY IF EXISTS own ON words;\n"
        "CREATE POLICY own ON words USING (allowed() AND id > 0);\n",
        "008_tried.sql": "CREATE TABLE tried (id int);\n"
        "CREATE POLICY two ON words USING (allowed());\n",
    }
    pending = ["003", "005", "006"]
    made = target(database, tmp_path, {**FILES, **more}, history="supabase", run_pending=pending)
    run(database, words, again.splitlines()[0], "CREATE TABLE tried (id int)")
    plan = carry_out(made).plan
    assert {"005", "006", "007", "008"} <= set(plan.record)
    with psycopg.connect(database) as connection:
        row = connection.execute(
            "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'own'"
        ).fetchone()
    assert row == ("(allowed() AND (id > 0))",)
