"""What the plan's user may not drop in production is left, and said before anybody approves."""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.config import Target
from reconcile_pipeline.flow.plan import make_and_write_plan
from reconcile_pipeline.flow.target import ResolvedTarget

PRODUCTION = """
DO $$ BEGIN
  IF to_regrole('app_user') IS NULL THEN CREATE ROLE app_user LOGIN; END IF;
  IF to_regrole('auth_keeper') IS NULL THEN CREATE ROLE auth_keeper; END IF;
END $$;
CREATE SCHEMA auth AUTHORIZATION auth_keeper;
CREATE TABLE auth.users (id int PRIMARY KEY);
ALTER TABLE auth.users OWNER TO auth_keeper;
GRANT USAGE ON SCHEMA auth TO app_user;
GRANT SELECT, TRIGGER ON auth.users TO app_user;
GRANT CREATE ON SCHEMA public TO app_user;
SET ROLE app_user;
CREATE TABLE public.notes (id int);
CREATE VIEW public.extra AS SELECT 1 AS one;
CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER noted AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.note();
"""


def test_a_trigger_of_the_platforms_table_stopped_the_apply_that_its_rehearsal_had_promised(
    database: str, tmp_path: Path
) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/001_notes.sql").write_text("CREATE TABLE public.notes (id int);\n")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(PRODUCTION)
    settings = Target.model_validate({"history": "none", "restore": ["all"]})
    dsn = make_conninfo(database, user="app_user")
    target = ResolvedTarget("app", settings, dsn, tmp_path / "migrations", tmp_path / "evidence")
    planned = make_and_write_plan(target)
    assert planned.rehearsal.held, planned.rehearsal.problems
    assert planned.plan.declined["trigger auth.users.noted"] == (
        "it cannot be restored: only auth_keeper, the owner of auth.users, may drop or change it"
    )
    assert "view public.extra" in planned.plan.steps[0].answers


def test_a_file_that_drops_a_trigger_of_the_platforms_table_stopped_the_apply(
    database: str, tmp_path: Path
) -> None:
    files = {
        "001_notes.sql": "CREATE TABLE public.notes (id int);\nCREATE VIEW public.extra AS SELECT 1"
        " AS one;\nCREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RETURN NEW; END';\nCREATE TRIGGER noted AFTER INSERT ON auth.users FOR EACH ROW"
        " EXECUTE FUNCTION public.note();\n",
        "002_gone.sql": "DROP VIEW IF EXISTS public.extra;\n"
        "CREATE TABLE public.later (id int);\nDROP TRIGGER IF EXISTS noted ON auth.users;\n",
        "003_half.sql": "CREATE TABLE public.half (id int);\nCREATE INDEX half_id ON half (id);\n",
    }
    (tmp_path / "migrations").mkdir()
    for name, text in files.items():
        (tmp_path / "migrations" / name).write_text(text)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(PRODUCTION)
        connection.execute("DROP VIEW extra; CREATE TABLE later (id int)")
        connection.execute("CREATE TABLE half (id int)")
    dsn = make_conninfo(database, user="app_user")
    settings = Target.model_validate({"history": "none"})
    target = ResolvedTarget("app", settings, dsn, tmp_path / "migrations", tmp_path / "evidence")
    planned = make_and_write_plan(target)
    assert planned.rehearsal.held, planned.rehearsal.problems
    assert planned.plan.declined["002"] == (
        "half_applied: only auth_keeper, the owner of auth.users, may drop or change its trigger"
        " noted"
    )
    assert planned.plan.steps[0].answers == ("003",)
