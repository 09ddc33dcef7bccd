"""A step that lets anybody in whom its statements do not name is rolled back, whatever did it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconcile_pipeline.errors import ApplyError
from reconcile_pipeline.plan.model import Step
from reconcile_pipeline_tests.apply.making import sql, step, value
from reconcile_pipeline_tests.apply.stepping import run

# Roles are the server's: what one test grants to one for a moment, the others' role has as well.
pytestmark = pytest.mark.xdist_group("roles of the server")

ROLES = "DO $$ BEGIN " + "".join(
    f"IF to_regrole('{name}') IS NULL THEN CREATE ROLE {name} {more}; END IF; "
    for name, more in (
        ("anon", ""), ("authenticated", ""), ("service_role", "BYPASSRLS"),
        ("reader_of_all", "IN ROLE pg_read_all_data"),
    )
) + "END $$"  # fmt: skip

ACCESS = """
SELECT jsonb_build_object(
  'acl', (SELECT jsonb_agg(relacl::text ORDER BY relname) FROM pg_class
          WHERE relnamespace = 'public'::regnamespace),
  'policies', (SELECT jsonb_agg(polname || coalesce(pg_get_expr(polqual, polrelid), '')
                                ORDER BY polname) FROM pg_policy))::text
"""


@pytest.fixture
def world(database: str) -> str:
    """Notes that each user owns, ledgers that nobody reads, and what could open them unseen."""
    sql(
        database, ROLES,
        "CREATE TABLE public.notes (id int, owner text)",
        "ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY own ON public.notes TO authenticated USING (owner = current_user)",
        "CREATE POLICY few ON public.notes AS RESTRICTIVE TO authenticated USING (id < 9)",
        "GRANT SELECT, UPDATE ON public.notes TO anon, authenticated",
        "CREATE TABLE public.ledgers (id int)",
        "CREATE FUNCTION public.opens() RETURNS void LANGUAGE plpgsql AS"
        " $$ BEGIN GRANT SELECT ON public.ledgers TO anon; END $$",
        "CREATE FUNCTION public.counts() RETURNS bigint LANGUAGE sql SECURITY DEFINER"
        " SET search_path = '' AS 'SELECT count(*) FROM public.ledgers'",
        "REVOKE EXECUTE ON FUNCTION public.counts() FROM PUBLIC",
    )  # fmt: skip
    return database


def hidden(statement: str) -> str:
    """The statement where no plan's reader sees it."""
    return f"DO $do$ BEGIN {statement}; END $do$"


HIDDEN = (
    ("GRANT SELECT ON public.ledgers TO anon", "anon read every row of public.ledgers"),
    ("GRANT TRUNCATE ON public.notes TO PUBLIC", "truncate every row of public.notes"),
    ("GRANT UPDATE (id) ON public.ledgers TO authenticated", "authenticated change every row"),
    ("GRANT INSERT ON ALL TABLES IN SCHEMA public TO anon", "anon add every row of public.led"),
    ("ALTER TABLE public.notes DISABLE ROW LEVEL SECURITY", "every row of public.notes"),
    ("CREATE POLICY open ON public.notes FOR SELECT TO anon USING (true)", "anon read every row"),
    ("CREATE POLICY one ON public.notes FOR SELECT TO anon USING (id = 1)", "anon read rows"),
    ("ALTER POLICY own ON public.notes USING (true)", "authenticated read rows of public.notes"),
    ("DROP POLICY few ON public.notes", "authenticated read rows of public.notes"),
    ("GRANT EXECUTE ON FUNCTION public.counts() TO anon", "anon call public.counts"),
    ("GRANT service_role TO anon", "anon read"),
    ("CREATE VIEW public.v AS TABLE public.ledgers; GRANT SELECT ON public.v TO anon",
     "anon read every row of public.v"),
)  # fmt: skip


@pytest.mark.parametrize(("statement", "words"), HIDDEN)
def test_what_a_block_opens_unnamed_is_rolled_back_and_what_the_plan_names_is_done(
    world: str, tmp_path: Path, statement: str, words: str
) -> None:
    if statement.startswith("GRANT service_role"):
        sql(world, "GRANT SELECT ON public.ledgers TO service_role")
    before = value(world, ACCESS)
    opens = step("1", "CREATE TABLE public.made (id int)", hidden(statement))
    with pytest.raises(ApplyError, match="which the plan does not name") as refused:
        run(world, tmp_path / "hidden", opens)
    assert words in refused.value.message
    assert value(world, ACCESS) == before
    assert value(world, "SELECT to_regclass('public.made') IS NULL")
    assert not value(world, "SELECT pg_has_role('anon', 'service_role', 'MEMBER')")
    try:
        assert run(world, tmp_path / "named", step("1", *statement.split("; ")))[0][0] == "done"
    finally:
        sql(world, "REVOKE service_role FROM anon")  # roles are the server's


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (("GRANT SELECT ON public.notes TO authenticated", "SELECT public.opens()"), "ledgers"),
        (("CREATE POLICY p ON public.notes FOR SELECT TO anon USING (id = 1)",
          hidden("GRANT TRUNCATE ON public.notes TO anon")), "truncate every row of public.notes"),
        (("GRANT SELECT ON public.ledgers TO authenticated",
          hidden("GRANT SELECT ON public.ledgers TO anon")), "anon read"),
        (("GRANT SELECT ON public.ledgers TO anon",
          hidden("GRANT DELETE ON public.ledgers TO anon")), "anon delete"),
        (("GRANT USAGE ON SCHEMA pg_catalog TO anon", "SELECT public.opens()"), "anon read"),
        (("ALTER TABLE public.ledgers ADD note text", "SELECT public.opens()"), "anon read"),
    ],
)  # fmt: skip
def test_naming_one_thing_names_no_other(
    world: str, tmp_path: Path, statements: tuple[str, ...], words: str
) -> None:
    with pytest.raises(ApplyError, match="does not name") as refused:
        run(world, tmp_path, step("1", *statements))
    assert words in refused.value.message


MAKES = step("1", "CREATE TABLE public.made (id int)")


def test_a_new_table_is_open_as_default_privileges_say_and_no_further(
    world: str, tmp_path: Path
) -> None:
    sql(world, "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO anon")
    assert run(world, tmp_path / "a", MAKES)[0][0] == "done"
    sql(
        world, "DROP TABLE public.made",
        "CREATE FUNCTION public.generous() RETURNS event_trigger LANGUAGE plpgsql AS"
        " $$ BEGIN GRANT INSERT ON public.made TO anon; END $$",
        "CREATE EVENT TRIGGER generous ON ddl_command_end WHEN TAG IN ('CREATE TABLE')"
        " EXECUTE FUNCTION public.generous()",
    )  # fmt: skip
    with pytest.raises(ApplyError, match="anon add every row"):
        run(world, tmp_path / "b", MAKES)
    assert value(world, "SELECT to_regclass('public.made') IS NULL")


@pytest.mark.parametrize(
    "harmless",
    [
        step("1", "ALTER TABLE public.notes RENAME COLUMN owner TO who"),
        step("1", "ALTER TABLE public.notes RENAME TO pages"),
        step("1", hidden("REVOKE SELECT ON public.notes FROM anon")),
        step("1", hidden("DROP POLICY own ON public.notes")),
        step("1", "ALTER TABLE public.notes ALTER owner TYPE varchar(9)",
             rewrites=("public.notes",)),
    ],
    ids=["column renamed", "table renamed", "narrowed", "policy gone", "column retyped"],
)  # fmt: skip
def test_what_widens_nothing_is_done(world: str, tmp_path: Path, harmless: Step) -> None:
    if "TYPE" in harmless.statements[0]:
        sql(world, "DROP POLICY own ON public.notes")
    assert run(world, tmp_path, harmless)[0][0] == "done"
