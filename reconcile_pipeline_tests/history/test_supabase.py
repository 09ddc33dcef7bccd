"""Supabase's history on real tables of every shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconcile_pipeline.errors import HistoryError
from reconcile_pipeline.history.supabase import Supabase
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.migrations.model import MigrationFile
from reconcile_pipeline_tests.history import supabase_cli

CREATED_BY_CLI = """
    CREATE SCHEMA supabase_migrations;
    CREATE TABLE supabase_migrations.schema_migrations (version text NOT NULL PRIMARY KEY);
    ALTER TABLE supabase_migrations.schema_migrations ADD COLUMN statements text[];
    ALTER TABLE supabase_migrations.schema_migrations ADD COLUMN name text;
"""
ROWS = "SELECT version, name, statements FROM supabase_migrations.schema_migrations ORDER BY 1"


def files(directory: Path, **contents: bytes) -> tuple[MigrationFile, ...]:
    """Migrations `_VERSION_name` -> bytes, as the inventory reads them."""
    for name, data in contents.items():
        (directory / f"{name.lstrip('_')}.sql").write_bytes(data)
    return take_inventory(directory).files


def run(connection: psycopg.Connection[Any], made: tuple[Any, ...]) -> None:
    for part in made:
        connection.execute(part)


def test_a_missing_table_is_absent_and_does_not_abort_the_transaction(database: str) -> None:
    with psycopg.connect(database) as connection:
        assert not Supabase().read(connection).present
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_record_makes_the_table_exactly_as_the_cli_does(database: str, tmp_path: Path) -> None:
    some = files(tmp_path, _003_core=b"-- c\nSELECT 1;\nSELECT 'it''s';\n", _010_none=b"-- x")
    with psycopg.connect(database) as connection:
        run(connection, Supabase().record(some, connection))
        assert connection.execute(ROWS).fetchall() == [
            ("003", "core", ["-- c\nSELECT 1", "SELECT 'it''s'"]),
            ("010", "none", ["-- x"]),
        ]
        columns = connection.execute(
            "SELECT column_name, data_type, is_nullable FROM information_schema.columns "
            "WHERE table_schema = 'supabase_migrations' ORDER BY ordinal_position"
        ).fetchall()
        assert columns == [
            ("version", "text", "NO"), ("statements", "ARRAY", "YES"), ("name", "text", "YES"),
        ]  # fmt: skip


def test_record_twice_changes_nothing_and_forget_returns_to_the_start(
    database: str, tmp_path: Path
) -> None:
    some = files(tmp_path, _003_core=b"SELECT 1;", _004_more=b"")
    history = Supabase()
    with psycopg.connect(database) as connection:
        run(connection, history.record(some, connection))
        before = history.read(connection)
        run(connection, history.record(some, connection))
        assert history.read(connection) == before
        assert before.versions() == {"003", "004"}
        assert before.rows[1].statements == ()
        run(connection, history.forget(["004"], connection))
        assert history.read(connection).versions() == {"003"}


def test_a_hosted_table_keeps_the_columns_the_cli_does_not_write(
    database: str, tmp_path: Path
) -> None:
    (file,) = files(tmp_path, _003_core=b"SELECT 1;")
    with psycopg.connect(database) as connection:
        connection.execute(CREATED_BY_CLI)
        connection.execute(
            "ALTER TABLE supabase_migrations.schema_migrations ADD created_by text, "
            "ADD idempotency_key text UNIQUE, ADD rollback text[]"
        )
        connection.execute(
            "INSERT INTO supabase_migrations.schema_migrations VALUES ('003', NULL, 'old', 'me')"
        )
        assert Supabase().read(connection).rows[0].statements is None
        run(connection, Supabase().record((file,), connection))
        assert connection.execute(
            "SELECT name, statements, created_by FROM supabase_migrations.schema_migrations"
        ).fetchall() == [("core", ["SELECT 1"], "me")]


@pytest.mark.parametrize("rows", [0, 1])
def test_a_cloned_table_without_its_key_gets_no_second_row(
    database: str, tmp_path: Path, rows: int
) -> None:
    (file,) = files(tmp_path, _003_core=b"SELECT 1;")
    with psycopg.connect(database) as connection:
        connection.execute(CREATED_BY_CLI)
        connection.execute(
            "ALTER TABLE supabase_migrations.schema_migrations "
            "DROP CONSTRAINT schema_migrations_pkey"
        )
        if rows:
            connection.execute(
                "INSERT INTO supabase_migrations.schema_migrations VALUES ('003', NULL, 'old')"
            )
        run(connection, Supabase().record((file,), connection))
        assert connection.execute(ROWS).fetchall() == [("003", "core", ["SELECT 1"])]


def test_an_old_table_gets_the_columns_it_lacks(database: str, tmp_path: Path) -> None:
    (file,) = files(tmp_path, _003_core=b"SELECT 1;")
    with psycopg.connect(database) as connection:
        connection.execute("CREATE SCHEMA supabase_migrations")
        connection.execute(
            "CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY)"
        )
        connection.execute("INSERT INTO supabase_migrations.schema_migrations VALUES ('10'), ('9')")
        assert [row.version for row in Supabase().read(connection).rows] == ["10", "9"]
        run(connection, Supabase().record((file,), connection))
        assert connection.execute(ROWS).fetchall()[0] == ("003", "core", ["SELECT 1"])


def test_a_table_of_another_shape_is_refused(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE SCHEMA supabase_migrations")
        connection.execute("CREATE TABLE supabase_migrations.schema_migrations (id int)")
        with pytest.raises(HistoryError, match="no column version"):
            Supabase().read(connection)
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_table_we_may_not_read_is_an_error_that_says_so(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(CREATED_BY_CLI)
        connection.execute("CREATE ROLE may_not_read_history")
        connection.execute("SET ROLE may_not_read_history")
        with pytest.raises(HistoryError, match="may not be read"):
            Supabase().read(connection)
        assert connection.execute("SELECT 1").fetchone() == (1,)
        connection.rollback()


def test_a_file_the_cli_would_skip_cannot_be_recorded(database: str, tmp_path: Path) -> None:
    some = files(tmp_path, _fix_rls=b"SELECT 1;")
    with (
        psycopg.connect(database) as connection,
        pytest.raises(HistoryError, match=r"fix_rls\.sql cannot be recorded"),
    ):
        Supabase().record(some, connection)


def test_two_files_of_one_version_cannot_be_recorded(database: str, tmp_path: Path) -> None:
    some = files(tmp_path, _003_a=b"SELECT 1;", _003_b=b"SELECT 2;")
    with (
        psycopg.connect(database) as connection,
        pytest.raises(HistoryError, match="share version 003"),
    ):
        Supabase().record(some, connection)


def test_rows_of_all_cases_are_those_that_the_cli_recorded(database: str, tmp_path: Path) -> None:
    cases = supabase_cli.case_files()
    some = files(tmp_path, **{f"_{name[:-4]}": data for name, data in cases.items()})
    with psycopg.connect(database) as connection:
        run(connection, Supabase().record(some, connection))
        rows = connection.execute(ROWS).fetchall()
    assert len(rows) == len(cases)
    for version, name, statements in rows:
        assert f"{version}_{name}.sql" in cases
        assert statements == json.loads((supabase_cli.CASES / f"{name}.json").read_text())


@pytest.mark.skipif(
    supabase_cli.find_cli() is None,
    reason="the Supabase CLI is not installed (npm i supabase, or set SUPABASE_CLI)",
)
def test_the_real_cli_writes_the_same_rows(database: str, tmp_path: Path) -> None:
    cli = supabase_cli.find_cli()
    assert cli is not None
    cases = supabase_cli.case_files()
    some = files(tmp_path, **{f"_{name[:-4]}": data for name, data in cases.items()})
    with psycopg.connect(database) as ours:
        run(ours, Supabase().record(some, ours))
        expected = ours.execute(ROWS).fetchall()
    with supabase_cli.server_over_tcp() as url:
        supabase_cli.repair(cli, url, cases)
        with psycopg.connect(url) as theirs:
            assert theirs.execute(ROWS).fetchall() == expected
            assert Supabase().read(theirs).versions() == {name[:3] for name in cases}
