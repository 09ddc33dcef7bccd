"""The story's production is what DESIGN promises: counts, rights, and a 011 that really bites."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.story import ADMINS, applied, build_story
from reconcile_pipeline.story.world import create_platform, drop_database, execute, statements

MIGRATIONS = Path(__file__).parents[2] / "migrations"
LIVE = {"projects": 1, "videos": 1, "scripts": 1, "script_components": 4}
FILES = (
    "003_core_schema", "004_add_optimistic_locking", "005_yjs_documents_security_fix",
    "006_add_soft_delete", "007_knowledge_platform_schema", "008_add_script_status",
    "009_fix_rls_policies", "010_fix_foreign_keys_and_auth", "011_smartsuite_alignment",
    "012_system_defaults", "013_add_component_status", "016_make_last_edited_by_nullable",
    "020_enforce_auth_requirements", "021_enable_rls_policies",
)  # fmt: skip


@pytest.fixture(scope="module")
def story(server: Server) -> Iterator[str]:
    """Name of a database that holds the story; tests roll back what they change."""
    name = f"story_{os.getpid()}"
    build_story(server, name, MIGRATIONS)
    yield name
    drop_database(server, name)


@pytest.fixture
def owner(server: Server, story: str) -> Iterator[psycopg.Connection]:
    """A connection as `postgres`, rolled back at the end."""
    with psycopg.connect(server.dsn(story, "postgres")) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def admin(server: Server, story: str) -> Iterator[psycopg.Connection]:
    """A connection as the superuser, rolled back at the end."""
    with psycopg.connect(server.dsn(story)) as connection:
        yield connection
        connection.rollback()


def count(connection: psycopg.Connection, table: str) -> int:
    """Rows of a table in public."""
    query = sql.SQL("SELECT FROM {}").format(sql.Identifier("public", table))
    return len(connection.execute(query).fetchall())


def missing(*names: str) -> list[str]:
    """The statements of these files that the team never ran."""
    ran = applied()
    return [
        command
        for name in names
        for index, command in enumerate(statements(MIGRATIONS / name))
        if not any(first <= index <= last for first, last in ran.get(name, []))
    ]


def test_the_directory_holds_the_14_files() -> None:
    assert tuple(path.stem for path in sorted(MIGRATIONS.glob("*.sql"))) == FILES


def test_production_has_14_tables_and_26_policies(owner: psycopg.Connection) -> None:
    tables = {
        row[0]
        for row in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    }
    assert len(tables) == 14
    assert not tables & {"user_profiles", "smartsuite_sync_log"}
    policies = owner.execute("SELECT count(*) FROM pg_policies WHERE schemaname = 'public'")
    assert policies.fetchone() == (26,)


def test_production_has_the_storys_rows(owner: psycopg.Connection) -> None:
    expected = LIVE | {"clients": 1, "client_members": 3, "knowledge_tags": 3, "system_settings": 0}
    assert {table: count(owner, table) for table in expected} == expected
    emails = owner.execute("SELECT email FROM auth.users ORDER BY email").fetchall()
    assert tuple(email for (email,) in emails) == ADMINS


def test_history_names_003_to_007_with_their_statements(owner: psycopg.Connection) -> None:
    rows = owner.execute(
        "SELECT version, name, cardinality(statements)"
        " FROM supabase_migrations.schema_migrations ORDER BY version"
    ).fetchall()
    assert rows == [
        (file[:3], file[4:], len(statements(MIGRATIONS / f"{file}.sql"))) for file in FILES[:5]
    ]


def test_postgres_is_no_superuser_and_owns_what_is_in_public(owner: psycopg.Connection) -> None:
    rights = owner.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    assert rights == (False, True, True)
    owners = owner.execute(
        "SELECT DISTINCT relowner::regrole::text FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace"
    ).fetchall()
    assert owners == [("postgres",)]


def test_011_would_empty_four_live_tables(owner: psycopg.Connection) -> None:
    before = table_sizes(owner)
    for command in statements(MIGRATIONS / "011_smartsuite_alignment.sql"):
        execute(owner, command)
    emptied = {t: n for t, n in before.items() if n and not count(owner, t)}
    assert emptied == LIVE


def test_pushing_what_looks_pending_would_run_to_the_end_and_lose_rows(
    owner: psycopg.Connection,
) -> None:
    before = table_sizes(owner)
    for name in FILES[5:]:
        for command in statements(MIGRATIONS / f"{name}.sql"):
            if command not in {"BEGIN", "COMMIT"}:
                execute(owner, command)
    after = table_sizes(owner)
    assert {t for t in before if after[t] < before[t]} == set(LIVE)


def table_sizes(connection: psycopg.Connection) -> dict[str, int]:
    """Rows of each table in public."""
    names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {name: count(connection, name) for (name,) in names.fetchall()}


COMPLETED = tuple(
    f"{name}.sql" for name in FILES if name[:3] in {"009", "010", "013", "020", "021"}
)


def test_missing_statements_run_as_postgres_and_lose_nothing(owner: psycopg.Connection) -> None:
    before = table_sizes(owner)
    for command in missing(*COMPLETED):
        execute(owner, command)
    after = table_sizes(owner)
    assert after == before | {"user_profiles": 0}


def test_signup_makes_a_viewer_whatever_the_user_claims(admin: psycopg.Connection) -> None:
    complete(admin)
    admin.execute("SET LOCAL ROLE supabase_auth_admin")
    admin.execute(
        "INSERT INTO auth.users (id, email, raw_user_meta_data) VALUES"
        " ('f0000000-0000-4000-8000-000000000009', 'new@example.com',"
        '  \'{"role": "admin", "full_name": "New"}\')'
    )
    admin.execute("RESET ROLE")
    rows = admin.execute("SELECT role, display_name FROM public.user_profiles").fetchall()
    assert rows == [("viewer", "New")]


def test_anon_reads_nothing_of_user_profiles(admin: psycopg.Connection) -> None:
    complete(admin)
    admin.execute("SET LOCAL ROLE anon")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        admin.execute("SELECT * FROM public.user_profiles")


def test_users_see_their_own_profile_and_admins_see_all(admin: psycopg.Connection) -> None:
    complete(admin)
    admin.execute(
        "INSERT INTO public.user_profiles (id, role)"
        " SELECT id, CASE WHEN email = 'ada@example.com' THEN 'admin' ELSE 'viewer' END"
        " FROM auth.users"
    )
    seen = {}
    for number in (1, 2):
        user = f"a0000000-0000-4000-8000-00000000000{number}"
        admin.execute("SELECT set_config('request.jwt.claims', %s, true)", (f'{{"sub":"{user}"}}',))
        admin.execute("SET LOCAL ROLE authenticated")
        seen[number] = count(admin, "user_profiles")
        admin.execute("RESET ROLE")
    assert seen == {1: 3, 2: 1}


def test_users_cannot_make_themselves_admin(admin: psycopg.Connection) -> None:
    complete(admin)
    admin.execute("SET LOCAL ROLE authenticated")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        admin.execute("UPDATE public.user_profiles SET role = 'admin'")


def complete(connection: psycopg.Connection) -> None:
    """Run the missing statements of 020 and 021 as `postgres`, in the open transaction."""
    connection.execute("SET LOCAL ROLE postgres")
    for command in missing("020_enforce_auth_requirements.sql", "021_enable_rls_policies.sql"):
        execute(connection, command)
    connection.execute("RESET ROLE")


def test_the_whole_directory_replays_on_an_empty_platform(server: Server) -> None:
    name = f"replay_{os.getpid()}"
    create_platform(server, name)
    try:
        with psycopg.connect(server.dsn(name, "postgres"), autocommit=True) as connection:
            for path in sorted(MIGRATIONS.glob("*.sql")):
                for command in statements(path):
                    execute(connection, command)
            tables = table_sizes(connection)
            assert len(tables) == 16
            assert tables["clients"] == 1
            assert tables["system_settings"] == 3
    finally:
        drop_database(server, name)


def test_building_twice_gives_the_same_world(server: Server, story: str) -> None:
    build_story(server, story, MIGRATIONS)
    with psycopg.connect(server.dsn(story, "postgres")) as connection:
        assert len(table_sizes(connection)) == 14
