"""The roles' rights, the timeouts, the history, and this machine, as the doctor sees them."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.flow.doctor import look_at_machine
from reconcile_pipeline.flow.doctor.model import Diagnosis, Level, exit_code
from reconcile_pipeline_tests.cli.conftest import reconcile
from reconcile_pipeline_tests.flow.doctor.servers import examined, target

SETUP = """
DO $$ BEGIN
  IF to_regrole('doc_owner') IS NULL THEN CREATE ROLE doc_owner LOGIN; END IF;
  IF to_regrole('doc_half') IS NULL THEN CREATE ROLE doc_half LOGIN; END IF;
  IF to_regrole('anon') IS NULL THEN CREATE ROLE anon; END IF;
END $$;
GRANT CREATE ON SCHEMA public TO doc_owner;
SET ROLE doc_owner;
CREATE TABLE public.open (id int);
CREATE TABLE public.hidden (id int);
ALTER TABLE public.hidden ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON public.open TO doc_half;
RESET ROLE;
"""


@pytest.fixture
def world(database: str) -> str:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SETUP)
    return database


def levels(found: list[Diagnosis]) -> list[str]:
    return [each.level.value for each in found]


def test_a_role_that_sees_half_is_found(world: str, tmp_path: Path) -> None:
    half = make_conninfo(world, user="doc_half")
    (found,) = examined(half, tmp_path)["Scan's role"]
    assert (found.level, "cannot read 1 of 2 tables" in found.figure) == (Level.PROBLEM, True)
    with psycopg.connect(world, autocommit=True) as connection:
        connection.execute("GRANT SELECT ON public.hidden TO doc_half")
    (found,) = examined(half, tmp_path)["Scan's role"]
    assert (found.level, "BYPASSRLS" in found.advice) == (Level.ADVICE, True)


def test_an_owner_may_apply_and_others_may_not(
    world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = make_conninfo(world, user="doc_owner")
    both = examined(scan, tmp_path)
    assert levels(both["Credentials"]) == ["advice"]
    assert both["Apply's role"][0].level is Level.OK
    assert "may write to 2 of 2" in both["Scan's role"][1].figure
    monkeypatch.setenv("DOC_URL", make_conninfo(world, user="doc_half"))
    found = examined(scan, tmp_path, apply_dsn_env="DOC_URL")
    assert levels(found["Apply's role"])[0] == "problem"
    assert "doc_owner (2)" in found["Apply's role"][0].figure
    monkeypatch.delenv("DOC_URL")
    (away,) = examined(scan, tmp_path, apply_dsn_env="DOC_URL")["Credentials"]
    assert (away.level, "DOC_URL is not set" in away.figure) == (Level.OK, True)


def test_two_credentials_of_two_databases_are_found(
    world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOC_URL", make_conninfo(world, dbname="postgres"))
    found = examined(world, tmp_path, apply_dsn_env="DOC_URL")["Credentials"]
    assert levels(found) == ["problem"]


def test_a_history_that_the_role_that_applies_cannot_write(world: str, tmp_path: Path) -> None:
    with psycopg.connect(world, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA supabase_migrations")
        connection.execute("CREATE TABLE supabase_migrations.schema_migrations (version text)")
        connection.execute("CREATE SCHEMA auth")
        connection.execute("CREATE TABLE auth.users (id uuid)")
        connection.execute("GRANT USAGE ON SCHEMA supabase_migrations TO doc_owner")
        connection.execute("GRANT SELECT ON supabase_migrations.schema_migrations TO doc_owner")
    found = examined(make_conninfo(world, user="doc_owner"), tmp_path)
    assert [each.advice for each in found["Apply's role"] if each.level is Level.PROBLEM] == [
        "GRANT SELECT, INSERT, UPDATE, DELETE ON supabase_migrations.schema_migrations"
        " TO doc_owner;"
    ]
    assert found["History"][0].figure == "supabase: 0 rows."
    assert levels(found["Users"]) == ["problem"]


def test_timeouts_are_told(world: str, tmp_path: Path) -> None:
    (found,) = examined(f"{world} options='-c lock_timeout=7s'", tmp_path)["Timeouts"]
    assert "lock_timeout is 7s" in found.figure
    assert "2,000 ms" in found.figure


def test_this_machine(tmp_path: Path) -> None:
    chosen = target("", tmp_path, layout="prisma")
    chosen.evidence.write_text("a file, where a folder is wanted")
    found = {each.name: each for each in look_at_machine(chosen, "supabase")}
    assert found["Shadow"].figure.startswith("PostgreSQL 18 answers")
    assert {"Migrations", "Disk", "Evidence", "Client"} <= found.keys()
    assert found["Migrations"].level is not Level.OK
    assert "GiB are free" in found["Disk"].figure


def test_a_shadow_server_that_is_not_there(
    world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ("doctor", "--database-url", world,
                 "--shadow-url", "postgresql://x:hunter2@127.0.0.1:1/x")  # fmt: skip
    result = reconcile(*arguments, "--format", "json")
    told = json.loads(result.stdout)
    by_name = {each["name"]: each for each in told["found"]}
    assert by_name["Shadow"]["level"] == by_name["Migrations"]["level"] == "problem"
    assert (result.exit_code, told["exit_code"]) == (2, 2)
    people = reconcile(*arguments)
    assert people.exit_code == 2
    assert "See: reconcile grants" in people.stdout
    assert "hunter2" not in result.output + people.output


def test_exit_codes() -> None:
    ok, advice, problem = (Diagnosis("x", level, "") for level in Level)
    assert [exit_code(each) for each in ((), (ok,), (ok, advice), (advice, problem))] == [
        0, 0, 1, 2,
    ]  # fmt: skip
