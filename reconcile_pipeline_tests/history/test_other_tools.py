"""The histories of other tools, on tables as the tools make them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from reconcile_pipeline.errors import HistoryError
from reconcile_pipeline.history import atlas, flyway, sqlx
from reconcile_pipeline.history.contents import file_bytes
from reconcile_pipeline.history.detect import by_name, detect
from reconcile_pipeline.history.model import HistoryRow
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.migrations.model import Layout, MigrationFile

SHA_A, SHA_B = "a" * 64, "b" * 64


class Case(NamedTuple):
    sql: str
    rows: tuple[HistoryRow, ...]
    newest_only: bool = False


CASES = {
    "flyway": Case(
        """CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50),
             description varchar(200) NOT NULL, type varchar(20) NOT NULL,
             script varchar(1000) NOT NULL, checksum int, installed_by varchar(100) NOT NULL,
             installed_on timestamp NOT NULL DEFAULT now(), execution_time int NOT NULL,
             success boolean NOT NULL);
           INSERT INTO flyway_schema_history
             (installed_rank, version, description, type, script, checksum, installed_by,
              execution_time, success) VALUES
             (1, '1', '<< Flyway Baseline >>', 'BASELINE', '', NULL, 'x', 0, true),
             (2, '2', 'two', 'SQL', 'V2__two.sql', -5, 'x', 1, false),
             (3, '2', 'two', 'SQL', 'V2__two.sql', -5, 'x', 1, true),
             (4, '3', 'three', 'SQL', 'V3__three.sql', 7, 'x', 1, true),
             (5, '3', 'three', 'UNDO_SQL', 'U3__three.sql', 8, 'x', 1, true),
             (6, NULL, 'views', 'SQL', 'R__views.sql', 9, 'x', 1, true),
             (7, '4', 'four', 'SQL', 'V4__four.sql', 6, 'x', 1, false)""",
        (
            HistoryRow("1", "<< Flyway Baseline >>"),
            HistoryRow("2", "two", checksum="-5"),
            HistoryRow("4", "four", checksum="6", applied=False),
        ),
    ),
    "liquibase": Case(
        """CREATE TABLE databasechangelog (id varchar(255), author varchar(255),
             filename varchar(255), dateexecuted timestamp, orderexecuted int, exectype varchar(10),
             md5sum varchar(35));
           INSERT INTO databasechangelog VALUES
             ('2', 'me', 'log.sql', now(), 2, 'MARK_RAN', NULL),
             ('1', 'me', 'log.sql', now(), 1, 'EXECUTED', '9:abc')""",
        (
            HistoryRow("1", "log.sql::me", checksum="9:abc"),
            HistoryRow("2", "log.sql::me", applied=False),
        ),
    ),
    "atlas": Case(
        """CREATE SCHEMA atlas_schema_revisions;
           CREATE TABLE atlas_schema_revisions.atlas_schema_revisions (version varchar PRIMARY KEY,
             description varchar, type bigint DEFAULT 2, applied bigint, total bigint,
             executed_at timestamptz, execution_time bigint, error text, error_stmt text,
             hash varchar, partial_hashes jsonb, operator_version varchar);
           INSERT INTO atlas_schema_revisions.atlas_schema_revisions
             (version, description, applied, total, error, hash) VALUES
             ('.atlas_cloud_identifier', '', 0, 0, NULL, ''), ('1', 'a', 2, 2, '', 'h'),
             ('2', 'b', 1, 2, 'no', 'g')""",
        (HistoryRow("1", "a", checksum="h"), HistoryRow("2", "b", checksum="g", applied=False)),
    ),
    "prisma": Case(
        """CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY,
             checksum varchar(64) NOT NULL, finished_at timestamptz,
             migration_name varchar(255) NOT NULL, logs text,
             rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(),
             applied_steps_count int NOT NULL DEFAULT 0);
           INSERT INTO _prisma_migrations
             (id, checksum, finished_at, migration_name, rolled_back_at, started_at) VALUES
             ('1', repeat('a', 64), NULL, '1_a', '2025-01-01', '2025-01-01'),
             ('2', repeat('b', 64), '2025-01-02', '1_a', NULL, '2025-01-02'),
             ('3', repeat('b', 64), NULL, '2_b', NULL, '2025-01-03')""",
        (
            HistoryRow("1_a", "a", checksum=SHA_B),
            HistoryRow("2_b", "b", checksum=SHA_B, applied=False),
        ),
    ),
    "drizzle": Case(
        """CREATE SCHEMA drizzle;
           CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL,
             created_at bigint);
           INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES
             (repeat('b', 64), 1735689600001), (repeat('a', 64), 1735689600000)""",
        (
            HistoryRow("1735689600000", checksum=SHA_A),
            HistoryRow("1735689600001", checksum=SHA_B),
        ),
    ),
    "sqlx": Case(
        """CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL,
             installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL,
             checksum bytea NOT NULL, execution_time bigint NOT NULL);
           INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (10, 'b', false, '\\xff', 1), (9, 'a', true, '\\x01', 1)""",
        (
            HistoryRow("9", "a", checksum="01"),
            HistoryRow("10", "b", checksum="ff", applied=False),
        ),
    ),
    "goose": Case(
        """CREATE TABLE goose_db_version (id int PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
             version_id bigint NOT NULL, is_applied boolean NOT NULL,
             tstamp timestamp NOT NULL DEFAULT now());
           INSERT INTO goose_db_version (version_id, is_applied) VALUES
             (0, true), (10, true), (9, true), (10, false)""",
        (HistoryRow("9"), HistoryRow("10", applied=False)),
    ),
    "golang-migrate": Case(
        """CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);
           INSERT INTO schema_migrations VALUES (10, false)""",
        (HistoryRow("10"),),
        newest_only=True,
    ),
    "dbmate": Case(
        """CREATE TABLE schema_migrations (version varchar(255) PRIMARY KEY);
           INSERT INTO schema_migrations VALUES ('9'), ('10')""",
        (HistoryRow("10"), HistoryRow("9")),
    ),
    "alembic": Case(
        """CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
           INSERT INTO alembic_version VALUES ('ae1027a6acf')""",
        (HistoryRow("ae1027a6acf"),),
        newest_only=True,
    ),
}
WRITABLE = {
    "flyway": (Layout.FLYWAY, "V20__more_text.sql", "20"),
    "prisma": (Layout.PRISMA, "20_more/migration.sql", "20_more"),
    "sqlx": (Layout.UP_DOWN, "020_more_text.up.sql", "20"),
    "goose": (Layout.GOOSE, "020_more.sql", "20"),
    "dbmate": (Layout.DBMATE, "020_more.sql", "020"),
}


def one_file(directory: Path, layout: Layout, name: str, data: bytes) -> MigrationFile:
    (directory / name).parent.mkdir(parents=True, exist_ok=True)
    (directory / name).write_bytes(data)
    (file,) = take_inventory(directory, layout).files
    return file


def run(connection: psycopg.Connection[Any], made: tuple[Any, ...]) -> None:
    for part in made:
        connection.execute(part)


@pytest.mark.parametrize("tool", CASES)
def test_read(tool: str, database: str) -> None:
    case = CASES[tool]
    with psycopg.connect(database) as connection:
        before = by_name(tool).read(connection)
        assert (before.tool, before.present, before.rows) == (tool, False, ())
        connection.execute(case.sql)
        state = by_name(tool).read(connection)
        assert (state.present, state.rows, state.newest_only) == (True, case.rows, case.newest_only)
        assert detect(connection).tool == tool


@pytest.mark.parametrize("tool", WRITABLE)
def test_record_and_forget(tool: str, database: str, tmp_path: Path) -> None:
    layout, name, version = WRITABLE[tool]
    file = one_file(tmp_path, layout, name, b"SELECT 1;\r\n")
    history = by_name(tool)
    with psycopg.connect(database) as connection:
        with pytest.raises(HistoryError, match="no history table"):
            history.record((file,), connection)
        connection.execute(CASES[tool].sql)
        before = history.read(connection)
        run(connection, history.record((file,), connection))
        after = history.read(connection)
        assert after.versions() == before.versions() | {version}
        run(connection, history.forget((version,), connection))
        assert history.read(connection) == before
        assert history.record((), connection) == history.forget((), connection) == ()


@pytest.mark.parametrize("tool", sorted(CASES.keys() - WRITABLE.keys()))
def test_what_cannot_be_written_version_by_version_is_refused(
    tool: str, database: str, tmp_path: Path
) -> None:
    file = one_file(tmp_path, Layout.FLAT, "1_a.sql", b"SELECT 1;")
    with psycopg.connect(database) as connection:
        connection.execute(CASES[tool].sql)
        with pytest.raises(HistoryError, match="cannot be written") as caught:
            by_name(tool).record((file,), connection)
        assert caught.value.hint.startswith("Use its own command: ")
        with pytest.raises(HistoryError, match="cannot be written"):
            by_name(tool).forget(("1",), connection)


def test_a_file_without_a_version_is_refused(database: str, tmp_path: Path) -> None:
    file = one_file(tmp_path, Layout.FLYWAY, "R__views.sql", b"SELECT 1;")
    with psycopg.connect(database) as connection:
        connection.execute(CASES["flyway"].sql)
        with pytest.raises(HistoryError, match="has no version"):
            by_name("flyway").record((file,), connection)


def test_flyways_row_is_as_of_a_successful_run(database: str, tmp_path: Path) -> None:
    file = one_file(tmp_path, Layout.FLYWAY, "V5_1__more_text.sql", b"SELECT 1;")
    with psycopg.connect(database) as connection:
        connection.execute(CASES["flyway"].sql)
        run(connection, by_name("flyway").record((file,), connection))
        row = connection.execute(
            "SELECT installed_rank, version, description, type, script, checksum, success "
            "FROM flyway_schema_history ORDER BY 1 DESC LIMIT 1"
        ).fetchone()
    assert row == (
        8, "5.1", "more text", "SQL", "V5_1__more_text.sql", flyway.checksum("SELECT 1;"), True,
    )  # fmt: skip


def test_a_history_in_another_schema_is_found_by_the_search_path(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE SCHEMA app")
        connection.execute("SET LOCAL search_path = app")
        connection.execute(CASES["goose"].sql)
        assert detect(connection).tool == "goose"


def test_supabases_own_tables_of_that_name_are_no_history(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE SCHEMA auth")
        connection.execute("CREATE TABLE auth.schema_migrations (version varchar PRIMARY KEY)")
        assert detect(connection).tool == "none"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("SELECT 1;", 78787420),
        ("\ufeffSELECT 1;\r\n", 78787420),
        ("SELECT\n 1;", 78787420),
        ("SELECT\r\n 1;\r\n", 78787420),
        ("SELECT\r 1;\n\n", 78787420),
        ("SELECT 1;\x0b", 654940649),
    ],
)
def test_flyways_checksum_knows_no_line_ends(text: str, expected: int) -> None:
    assert flyway.checksum(text) == expected


def test_atlas_sum_is_cumulative(tmp_path: Path) -> None:
    (tmp_path / "1_a.sql").write_bytes(b"CREATE TABLE a (x int);\n")
    (tmp_path / "2_b.sql").write_bytes(b"\xef\xbb\xbfCREATE TABLE b (x int);\r\n")
    files = take_inventory(tmp_path).files
    assert atlas.atlas_sum(files) == (
        "h1:93A8xZj5rxPvrRpv8+wnBmkEUO3KWKz7CYxiLvbvlRk=\n"
        "1_a.sql h1:ubPMOiJLBsIqJrGfVvkLP6ATWgqgq5t1vmhD/ycbRjo=\n"
        "2_b.sql h1:AyVCWPLdXnMEycfqO6dvu1RWxAS57mV9e25TAAMQjz8=\n"
    )
    assert atlas.hashes(files[:1])["1_a.sql"] == atlas.hashes(files)["1_a.sql"]
    assert atlas.hashes(files[1:])["2_b.sql"] != atlas.hashes(files)["2_b.sql"]


@pytest.mark.parametrize(
    "data",
    [b"SELECT 1;\r\n", b"\xef\xbb\xbfSELECT 1;", b"SELECT '\xe9\xff';", "SELECT 'é';".encode()],
)
def test_a_files_bytes_come_back_from_the_inventory(data: bytes, tmp_path: Path) -> None:
    file = one_file(tmp_path, Layout.FLAT, "1_a.sql", data)
    assert file_bytes(file) == data
    assert len(sqlx.checksum(file)) == 96
