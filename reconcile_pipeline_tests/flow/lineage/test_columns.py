"""Where a view's columns come from, by the definitions that PostgreSQL itself prints."""

from __future__ import annotations

import psycopg
import pytest

from reconcile_pipeline.flow.lineage.columns import view_sources

TABLES = {"public.a": ("id", "name", "b_id"), "public.b": ("id", "label")}
SETUP = """
CREATE TABLE a (id int, name text, b_id int); CREATE TABLE b (id int, label text);
"""

CASES = {
    "SELECT id, name AS title FROM a": {"id": {"a.id"}, "title": {"a.name"}},
    "SELECT * FROM a": {"id": {"a.id"}, "name": {"a.name"}, "b_id": {"a.b_id"}},
    "SELECT a.id, upper(b.label) || a.name AS both FROM a JOIN b ON b.id = a.b_id": {
        "id": {"a.id"}, "both": {"a.name", "b.label"},
    },
    "SELECT count(*) AS n, max(x.name) AS last FROM a x": {"n": set(), "last": {"a.name"}},
    "SELECT id FROM a UNION ALL SELECT id FROM b": {"id": {"a.id", "b.id"}},
    "WITH w AS (SELECT id AS k, label FROM b) SELECT k, label FROM w": {
        "k": {"b.id"}, "label": {"b.label"},
    },
    "WITH w(k) AS (SELECT b_id FROM a) SELECT k + 1 AS k FROM w": {"k": {"a.b_id"}},
    "SELECT s.name FROM (SELECT lower(name) AS name FROM a) s": {"name": {"a.name"}},
    "SELECT id, (SELECT label FROM b WHERE b.id = a.b_id) AS label FROM a": {
        "id": {"a.id"}, "label": {"b.label"},
    },
    "SELECT CASE WHEN a.id > 0 THEN b.label ELSE a.name END AS pick FROM a JOIN b USING (id)": {
        "pick": {"a.id", "a.name", "b.label"},
    },
    "SELECT 1 AS one": {"one": set()},
    "WITH RECURSIVE r AS (SELECT id FROM a UNION SELECT r.id FROM r) SELECT id FROM r": {
        "id": {"a.id"},
    },
}  # fmt: skip


@pytest.fixture
def printed(database: str) -> list[tuple[str, str]]:
    """Each case with the definition as PostgreSQL prints it, names qualified."""
    found = []
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SETUP.encode())
        for number, query in enumerate(CASES):
            connection.execute(f"CREATE VIEW public.v{number} AS {query}".encode())
            connection.execute("SET search_path = ''")
            shown = connection.execute(
                f"SELECT pg_get_viewdef('public.v{number}'::regclass)".encode()
            )
            row = shown.fetchone()
            assert row is not None
            found.append((query, str(row[0])))
            connection.execute("SET search_path = public")
    return found


def test_each_column_of_a_view_is_led_back_to_the_tables(printed: list[tuple[str, str]]) -> None:
    for query, definition in printed:
        _, outputs = view_sources(definition, TABLES)
        found = {
            name: {f"{table.removeprefix('public.')}.{column}" for table, column in origins}
            for name, origins in outputs
        }
        assert found == CASES[query], query


def test_tables_that_are_only_asked_in_a_condition_are_read_too() -> None:
    reads, outputs = view_sources(
        "SELECT id FROM public.a WHERE (EXISTS (SELECT 1 FROM public.b WHERE (b.id = a.b_id)))",
        TABLES,
    )
    assert reads == ("public.a", "public.b")
    assert outputs == [("id", frozenset({("public.a", "id")}))]


def test_what_does_not_parse_gives_nothing() -> None:
    assert view_sources("SELECT FROM WHERE", TABLES) == ((), [])
