"""The two roles that `reconcile grants` prints: made for real, one reads and the other applies.

That a whole story is planned by the first and applied by the second: test_story.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.config import Target
from reconcile_pipeline.errors import ConfigError
from reconcile_pipeline.flow.grants import APPLY, SCAN, Owner, Place, grants_sql, look_at
from reconcile_pipeline.flow.identity import identify
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.story import build_story
from reconcile_pipeline.story.world import drop_database

MIGRATIONS = Path(__file__).parents[2] / "migrations"
PLACE = Place(
    "shop", 180000, (Owner("shop_owner", 3, False, True, True),), True, False, ("public",),
    frozenset({"shop_owner"}),
)  # fmt: skip


def run_grants(dsn: str) -> str:
    """Print the SQL as this user, and run it as this user; what was printed."""
    text = grants_sql(look_at(target(dsn)))
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(text.encode())
    return text


def target(dsn: str, **settings: str) -> ResolvedTarget:
    """A target of which only the connection string matters."""
    return ResolvedTarget("t", Target.model_validate(settings), dsn, Path("/m"), Path("/e"))


@pytest.fixture(scope="module")
def story(server: Server) -> Iterator[str]:
    """The story's database, as superuser, with both roles made."""
    name = f"grants_{os.getpid()}"
    build_story(server, name, MIGRATIONS)
    run_grants(server.dsn(name))
    yield server.dsn(name)
    drop_database(server, name)


def test_the_scans_role_sees_what_the_owner_sees(story: str) -> None:
    seen = {identify(target(make_conninfo(story, user=u))).fingerprint for u in (SCAN, "postgres")}
    assert len(seen) == 1
    with psycopg.connect(story, user=SCAN) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM auth.users), (SELECT count(*) FROM public.clients),"
            " (SELECT count(*) FROM supabase_migrations.schema_migrations)"
        ).fetchone()
    assert row == (3, 1, 5)


def test_the_scans_role_can_write_nothing_anywhere(story: str) -> None:
    with psycopg.connect(story, user=SCAN, autocommit=True) as connection:
        with pytest.raises(errors.ReadOnlySqlTransaction):
            connection.execute("DELETE FROM public.clients")
        connection.execute("SET default_transaction_read_only = off")
        tables = connection.execute(
            "SELECT oid::regclass::text, relkind FROM pg_class WHERE relkind IN ('r', 'p', 'S')"
            " AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')"
            " AND relnamespace::regnamespace::text NOT LIKE 'pg_toast%'"
        ).fetchall()
        schemas = connection.execute("SELECT quote_ident(nspname) FROM pg_namespace").fetchall()
        roles = connection.execute(
            "SELECT quote_ident(rolname) FROM pg_roles"
            " WHERE rolname NOT IN ('reconcile_scan', 'pg_read_all_data')"
        ).fetchall()
        assert len(tables) > 15
        tries = [f"CREATE TABLE {schema}.made (id int)" for (schema,) in schemas
                 if not schema.startswith("pg_t")]  # fmt: skip
        tries += [f"SET ROLE {role}" for (role,) in roles]
        for name, kind in tables:
            if kind == "S":
                tries.append(f"SELECT nextval('{name}')")
            else:
                tries += [f"INSERT INTO {name} DEFAULT VALUES", f"TRUNCATE {name}",
                          f"ALTER TABLE {name} ADD made int",
                          f"REINDEX TABLE {name}"]  # fmt: skip
        for sql in tries:
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(sql.encode())


def test_the_role_that_applies_is_the_owner_and_by_itself_nobody(story: str) -> None:
    with psycopg.connect(story, user=APPLY, autocommit=True) as connection:
        assert connection.execute("SELECT current_user, session_user").fetchone() == (
            "postgres", APPLY,
        )  # fmt: skip
        connection.execute("SET ROLE none")
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("SELECT FROM auth.users")


def test_on_a_hosted_project_the_owner_prints_it_and_applies_himself(story: str) -> None:
    with psycopg.connect(story, autocommit=True) as connection:  # as the platform does
        connection.execute("GRANT pg_read_all_data TO postgres WITH ADMIN OPTION")
        connection.execute(f"DROP ROLE {SCAN}")
    text = run_grants(make_conninfo(story, user="postgres"))
    assert f'CREATE ROLE "{SCAN}"' in text
    assert f'ROLE "{APPLY}"' not in text
    assert "connect as postgres" in text
    assert f'ALTER ROLE "{SCAN}" LOGIN' in run_grants(story)  # it is there: no error, altered


def test_no_role_is_offered_that_could_become_a_superuser() -> None:
    text = grants_sql(replace(PLACE, owners=(Owner("root", 3, True, True, True),)))
    assert f'ROLE "{APPLY}"' not in text
    assert "superuser" in text


def test_a_line_break_in_a_roles_name_ended_the_comment() -> None:
    odd = Owner("owner\nDROP TABLE t; --", 3, False, True, True)
    text = grants_sql(replace(PLACE, owners=(odd,)))
    parsed = [line for line in text.splitlines() if not line.startswith("--")]
    assert not [line for line in parsed if line.startswith("DROP TABLE t; -- ")]
    assert sum(line.startswith("DROP TABLE") for line in parsed) == text.count('"owner\nDROP')


def test_names_are_quoted_and_an_older_server_gets_grants_by_schema() -> None:
    place = replace(PLACE, version=130000, schemas=('x"; DROP',), anyone_connects=False,
                    anyone_creates=True)  # fmt: skip
    text = grants_sql(place, scan='a"b')
    assert 'GRANT SELECT ON ALL TABLES IN SCHEMA "x""; DROP" TO "a""b";' in text
    assert 'GRANT CONNECT ON DATABASE "shop" TO "a""b";' in text
    assert "pg_read_all_data TO" not in text
    assert "SET TRUE" not in text


def test_each_credential_is_read_by_its_own_side_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APPLY_URL", raising=False)
    separate = target("host=scan", apply_dsn_env="APPLY_URL")
    assert separate.secrets == ("host=scan",)
    with pytest.raises(ConfigError, match="APPLY_URL"):
        _ = separate.apply_dsn
    monkeypatch.setenv("APPLY_URL", "host=apply password=hunter2")
    assert separate.dsn == "host=scan"
    assert separate.apply_dsn == "host=apply password=hunter2"
    assert "hunter2" not in repr(separate)
    assert target("host=both").apply_dsn == "host=both"
