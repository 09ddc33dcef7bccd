"""Names of constraints that a statement leaves to the server, held against the server's own."""

from __future__ import annotations

import psycopg
import pytest

from reconcile_pipeline.migrations.server_names import server_names

_NAMES = """
SELECT n.nspname || '.' || c.relname || '.' || k.conname
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE k.contype <> 'n' AND n.nspname = 'public'"""


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE IF NOT EXISTS b (id int PRIMARY KEY, u int REFERENCES a (id), e text UNIQUE)",
        "CREATE TABLE b (x int, y int REFERENCES a, PRIMARY KEY (x, y), UNIQUE (y, x))",
        "CREATE TABLE b (x int, y int, FOREIGN KEY (x) REFERENCES a (id), CHECK (x > 0))",
        "CREATE TABLE b (x int CHECK (x BETWEEN 1 AND 5), y int, CHECK (x < y))",
        "ALTER TABLE a ADD COLUMN IF NOT EXISTS p int REFERENCES a (id), ADD COLUMN q int UNIQUE",
    ],
)
def test_the_server_gives_these_names(database: str, sql: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE a (id int CONSTRAINT named PRIMARY KEY)")
        connection.execute(sql.encode())
        there = {name for (name,) in connection.execute(_NAMES).fetchall()}
    assert server_names(sql) == there - {"public.a.named"}


def test_a_constraint_that_has_a_name_is_none_of_these() -> None:
    sql = "CREATE TABLE b (x int CONSTRAINT few CHECK (x < 9), CONSTRAINT one UNIQUE (x))"
    assert server_names(sql) == frozenset()
