"""Who sees what: measured under row-level security, and a widening never passes unseen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.apply.access.matrix import Matrix, compare
from reconcile_pipeline.apply.access.read import read_access
from reconcile_pipeline.apply.access.subjects import pick_subjects
from reconcile_pipeline.apply.connection import connect_to_write
from reconcile_pipeline.plan.model import Backfill, RoleRule
from reconcile_pipeline_tests.apply.making import sql

ADA = "00000000-0000-0000-0000-000000000001"
RULE = RoleRule("role", "admin", "viewer", 1, "")
FILL = Backfill("public.user_profiles", "auth.users", "id", "id", {}, RULE)


@pytest.fixture
def world(database: str) -> str:
    """A platform's roles, and a table of notes that each user owns."""
    roles = "".join(
        f"IF to_regrole('{name}') IS NULL THEN CREATE ROLE {name} {more}; END IF; "
        for name, more in (("anon", ""), ("authenticated", ""), ("service_role", "BYPASSRLS"))
    )
    sql(
        database,
        f"DO $$ BEGIN {roles} END $$",
        "CREATE SCHEMA auth",
        "GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role",
        "CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT"
        " (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::uuid $$",
        "CREATE TABLE auth.users (id uuid PRIMARY KEY, email text, email_confirmed_at timestamptz)",
        "INSERT INTO auth.users VALUES"
        " ('00000000-0000-0000-0000-000000000001', 'Ada@example.com', now()),"
        " ('00000000-0000-0000-0000-000000000002', 'bob@example.com', now())",
        "CREATE TABLE public.notes (id int, owner uuid, body text)",
        "INSERT INTO public.notes SELECT g, '00000000-0000-0000-0000-000000000001', 'x'"
        " FROM generate_series(1, 3) g",
        "INSERT INTO public.notes VALUES (4, '00000000-0000-0000-0000-000000000002', 'x')",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON public.notes TO authenticated, service_role",
        "GRANT SELECT ON public.notes TO anon",
        "ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY own ON public.notes TO authenticated USING (owner = auth.uid())",
        "CREATE POLICY keep ON public.notes AS RESTRICTIVE FOR DELETE TO authenticated"
        " USING (notes.id > 1)",
    )
    return database


def matrix(dsn: str, admins: Sequence[str] = ("ada@example.com",)) -> Matrix:
    with connect_to_write(dsn) as connection:
        return read_access(connection, pick_subjects(connection, FILL, admins))


def reach(found: Matrix, table: str = "public.notes") -> dict[str, list[str]]:
    """Subject -> select, insert, update, delete, truncate."""
    rows: dict[str, list[str]] = {}
    for cell in found.cells:
        if cell.table == table:
            counted = f" {cell.rows}/{cell.of}" if cell.rows is not None else ""
            rows.setdefault(cell.subject, []).append(cell.reach.value + counted)
    return rows


def test_everyone_reaches_what_the_policies_say(world: str) -> None:
    assert reach(matrix(world)) == {
        "anon": ["none", "none", "none", "none", "none"],
        "authenticated, no profile": ["none 0/4", "some", "none 0/4", "none 0/4", "none"],
        "authenticated, admin": ["some 3/4", "some", "some 3/4", "some 2/4", "none"],
        "authenticated, viewer": ["some 1/4", "some", "some 1/4", "some 1/4", "none"],
        "service_role": ["all 4/4", "all", "all 4/4", "all 4/4", "none"],
    }


def test_nothing_is_changed_and_no_role_or_claim_stays(world: str) -> None:
    with connect_to_write(world) as connection:
        found = read_access(connection, pick_subjects(connection, FILL, ()))
        row = connection.execute(
            "SELECT current_user = session_user, current_setting('request.jwt.claims', true)"
        ).fetchone()
    assert found.probes
    assert row in ((True, None), (True, ""))


@pytest.mark.parametrize(
    ("statement", "changed"),
    [
        ("ALTER TABLE public.notes DISABLE ROW LEVEL SECURITY",
         {"anon select widened", "authenticated, viewer select widened",
          "authenticated, viewer insert widened", "authenticated, viewer delete widened"}),
        ("CREATE POLICY open ON public.notes FOR SELECT TO anon USING (true)",
         {"anon select widened"}),
        ("GRANT TRUNCATE ON public.notes TO anon", {"anon truncate widened"}),
        ("CREATE POLICY two ON public.notes FOR UPDATE TO authenticated USING (id < 4)",
         {"authenticated, viewer update changed"}),  # SELECT still hides the others' rows
        ("DROP POLICY keep ON public.notes", {"authenticated, admin delete widened"}),
        ("DROP POLICY own ON public.notes",
         {"authenticated, admin select narrowed", "authenticated, viewer insert narrowed"}),
        ("REVOKE DELETE ON public.notes FROM service_role", {"service_role delete narrowed"}),
        ("ALTER ROLE authenticated BYPASSRLS", {"authenticated, no profile select widened"}),
        ("CREATE TABLE public.made AS SELECT 1 AS x; GRANT SELECT ON public.made TO anon",
         {"anon select widened"}),
        ("CREATE VIEW public.v AS SELECT * FROM public.notes; GRANT SELECT ON public.v TO anon",
         {"anon select widened"}),
        ("CREATE SCHEMA s; CREATE TABLE s.t (); GRANT ALL ON s.t TO anon", set()),  # no USAGE
        ("GRANT SELECT (id) ON public.notes TO anon", set()),  # it had all of it
        ("CREATE POLICY mine ON public.notes FOR SELECT TO anon USING (owner = auth.uid())",
         set()),  # anon is nobody
    ],
)  # fmt: skip
def test_a_change_of_access_is_named(world: str, statement: str, changed: set[str]) -> None:
    before = matrix(world)
    sql(world, *statement.split("; "))
    try:
        seen = {
            f"{c.subject} {c.action.value} {c.direction.value}"
            for c in compare(before, matrix(world))
        }
    finally:
        sql(world, "ALTER ROLE authenticated NOBYPASSRLS")  # roles are the server's
    assert changed <= seen
    if not changed:
        assert not seen


def test_the_same_rules_over_more_rows_are_no_change(world: str) -> None:
    before = matrix(world)
    sql(world, "INSERT INTO public.notes VALUES (5, '00000000-0000-0000-0000-000000000002', 'x')")
    assert compare(before, matrix(world)) == ()


def test_a_wider_reach_that_comes_from_another_tables_rows_is_seen(world: str) -> None:
    sql(
        world,
        "CREATE TABLE public.user_profiles (id uuid PRIMARY KEY, role text)",
        "GRANT SELECT ON public.user_profiles TO authenticated",
        "CREATE POLICY admins ON public.notes FOR SELECT TO authenticated USING (EXISTS (SELECT 1"
        " FROM public.user_profiles p WHERE p.id = auth.uid() AND p.role = 'admin'))",
    )
    before = matrix(world)
    sql(
        world,
        "INSERT INTO public.user_profiles VALUES ('00000000-0000-0000-0000-000000000001', 'admin')",
        "INSERT INTO public.user_profiles"
        " VALUES ('00000000-0000-0000-0000-000000000002', 'viewer')",
    )
    changes = [c for c in compare(before, matrix(world)) if c.table == "public.notes"]
    assert [(c.subject, c.action.value, c.direction.value, c.before, c.after) for c in changes] == [
        ("authenticated, admin", "select", "widened", "some (3 of 4 rows)", "all (4 of 4 rows)")
    ]


def test_a_recursive_policy_is_noted_and_stops_nothing(world: str) -> None:
    sql(world, "CREATE POLICY loops ON public.notes FOR SELECT TO authenticated"
               " USING (EXISTS (SELECT 1 FROM public.notes n WHERE n.id = 1))")  # fmt: skip
    notes = {c.note for c in matrix(world).cells if c.subject == "authenticated, admin"}
    assert "SQLSTATE 42P17" in notes


def test_a_view_without_data_stopped_every_apply(world: str) -> None:
    sql(world, "CREATE MATERIALIZED VIEW public.late AS SELECT 1 AS one WITH NO DATA",
        "GRANT SELECT ON public.late TO anon")  # fmt: skip
    notes = {cell.note for cell in matrix(world).cells if cell.table == "public.late"}
    assert "SQLSTATE 55000" in notes


def test_a_role_that_we_may_not_take_on_is_said(world: str) -> None:
    sql(world, "DO $$ BEGIN IF to_regrole('plain') IS NULL THEN CREATE ROLE plain LOGIN;"
               " END IF; END $$",
        "GRANT USAGE ON SCHEMA auth TO plain", "GRANT SELECT ON auth.users TO plain")  # fmt: skip
    found = matrix(make_conninfo(world, user="plain"))
    assert "We may not act as anon: read from the catalog alone." in found.notes
    assert reach(found)["service_role"] == ["all", "all", "all", "all", "none"]
    assert reach(found)["authenticated, admin"][0] == "some"


def test_a_role_that_is_not_there_is_said(database: str) -> None:
    with connect_to_write(database) as connection:
        subjects = [
            s.__class__("x", "no_such_role", s.claims) for s in pick_subjects(connection, None, ())
        ]
        assert read_access(connection, subjects).notes == ("There is no role no_such_role.",)


def test_no_user_can_be_told_from_a_matrix(world: str) -> None:
    found = matrix(world)
    subjects: Any = None
    with connect_to_write(world) as connection:
        subjects = pick_subjects(connection, FILL, ["ada@example.com"])
    for text in (repr(found), repr(subjects)):
        assert "example" not in text
        assert ADA not in text
