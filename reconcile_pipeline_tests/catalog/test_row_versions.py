"""What row versions tell of rows that were added, lost, or written beside a long transaction."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.sql import SQL

from reconcile_pipeline.catalog import incremental
from reconcile_pipeline.catalog.incremental import refresh, track
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.catalog.versions import read_versions


def test_rows_that_were_only_added_are_counted_as_a_whole_count_would(copy: str) -> None:
    with psycopg.connect(copy, autocommit=True) as connection:
        last = track(connection)
        connection.execute("CREATE TABLE app.fresh (id bigserial PRIMARY KEY, note text UNIQUE)")
        connection.execute("COMMENT ON TABLE app.fresh IS 'New'")
        last = refresh(connection, last)
        assert last.versions == read_versions(connection)


@pytest.mark.parametrize(
    ("sql", "asked"),
    [
        ("CREATE TABLE app.fresh (id bigserial PRIMARY KEY)", False),
        ("CREATE TABLE app.fresh (id integer); DROP TABLE app.log", True),
        ("CREATE VIEW app.fresh AS SELECT 1 AS one; DROP VIEW app.open_project CASCADE", True),
    ],
)
def test_whether_relations_are_gone_is_asked_only_where_rows_are_lost(
    copy: str, sql: str, asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[str] = []
    text = incremental._sql

    def noted(name: str) -> SQL:
        questions.append(name)
        return text(name)

    monkeypatch.setattr(incremental, "_sql", noted)
    with psycopg.connect(copy, autocommit=True) as connection:
        last = track(connection)
        connection.execute(sql.encode())
        assert refresh(connection, last).snapshot == read(connection)
    assert ("gone" in questions) == asked


def test_a_constraint_that_came_between_two_looks_is_missed_when_it_goes(copy: str) -> None:
    with psycopg.connect(copy, autocommit=True) as connection:
        last = track(connection)
        for sql in (
            "ADD CONSTRAINT brief CHECK (length(line) < 9)",
            "DROP CONSTRAINT brief",
            "ADD CONSTRAINT brief CHECK (length(line) < 9)",
            "DROP CONSTRAINT brief, ADD CONSTRAINT a CHECK (id > 0),"
            " ADD CONSTRAINT b CHECK (id > 1)",
        ):
            connection.execute(f"ALTER TABLE app.log {sql}".encode())
            last = refresh(connection, last)
            assert last.snapshot == read(connection)


def test_what_was_written_beside_a_long_transaction_is_missed_when_it_goes(copy: str) -> None:
    with (
        psycopg.connect(copy) as long,
        psycopg.connect(copy, autocommit=True) as connection,
    ):
        long.execute("SELECT pg_current_xact_id()")
        connection.execute("ALTER TABLE app.log ADD CONSTRAINT late CHECK (id > 0)")
        last = track(connection)  # whose horizon is older than the constraint
        connection.execute(
            "ALTER TABLE app.log DROP CONSTRAINT late, ADD CONSTRAINT a CHECK (id > 1),"
            " ADD CONSTRAINT b CHECK (id > 2)"
        )
        last = refresh(connection, last)
        assert last.snapshot == read(connection)
        assert last.versions == read_versions(connection)
