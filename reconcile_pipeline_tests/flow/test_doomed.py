"""How many rows a statement would delete: counted exactly, and nothing touched."""

from __future__ import annotations

import psycopg
import pytest

from reconcile_pipeline.flow.doomed import doomed_rows

TABLES = """
CREATE TABLE orgs (id int PRIMARY KEY, name text);
CREATE TABLE teams (id int PRIMARY KEY, org int REFERENCES orgs ON DELETE CASCADE);
CREATE TABLE people (id int PRIMARY KEY, team int REFERENCES teams ON DELETE CASCADE, nick text);
CREATE TABLE notes (id int PRIMARY KEY, org int REFERENCES orgs ON DELETE SET NULL);
CREATE TABLE loner (id int);
INSERT INTO orgs VALUES (1, 'a'), (2, 'b');
INSERT INTO teams VALUES (1, 1), (2, 1), (3, 2);
INSERT INTO people VALUES (1, 1, 'x'), (2, 2, NULL), (3, 3, 'z'), (4, 3, NULL);
INSERT INTO notes VALUES (1, 1);
INSERT INTO loner SELECT generate_series(1, 5);
"""
ALL = {"public.orgs": 2, "public.teams": 3, "public.people": 4}


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("TRUNCATE orgs CASCADE", {**ALL, "public.notes": 1}),
        ("TRUNCATE loner", {"public.loner": 5}),
        ("DELETE FROM orgs", ALL),
        (
            "DELETE FROM orgs WHERE name = 'a'",
            {"public.orgs": 1, "public.teams": 2, "public.people": 2},
        ),
        ("DELETE FROM orgs WHERE name LIKE '%nobody%'", {}),
        ("DELETE FROM loner WHERE id = 1 OR id > 3", {"public.loner": 3}),
        ("DROP TABLE people", {"public.people": 4}),
        ("ALTER TABLE people DROP COLUMN nick", {"public.people": 2}),
        ("DROP SCHEMA public CASCADE", {**ALL, "public.notes": 1, "public.loner": 5}),
        ("DO $$ BEGIN DELETE FROM loner; END $$", {"public.loner": 5}),
        ("DROP TABLE never_there", {}),
        ("CREATE TABLE other (id int)", {}),
    ],
)
def test_counts(database: str, sql: str, rows: dict[str, int]) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(TABLES)
        with connection.transaction(force_rollback=True):
            connection.execute("SET TRANSACTION READ ONLY")
            assert dict(doomed_rows(connection, sql)) == rows


def test_a_function_in_a_file_is_never_called_in_production(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(TABLES)
        connection.execute("CREATE SEQUENCE counter")
        sql = "DELETE FROM loner WHERE nextval('counter') > 0 AND id = 1"
        assert dict(doomed_rows(connection, sql)) == {"public.loner": 5}  # at most
        row = connection.execute("SELECT is_called FROM counter").fetchone()
        assert row == (False,)
