"""The census sees every row that changed, and no change where there was none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.apply.connection import connect_to_write
from reconcile_pipeline.apply.rows.census import Census, compare, take_census
from reconcile_pipeline_tests.apply.making import sql


def census(dsn: str, like: Census | None = None, most_bytes: int = 1 << 30) -> Census:
    with connect_to_write(dsn) as connection:
        return take_census(connection, like=like, most_bytes=most_bytes)


@pytest.fixture
def world(database: str) -> str:
    sql(
        database,
        "CREATE TABLE public.a (id int PRIMARY KEY, at timestamptz, f float8, b bytea)",
        "INSERT INTO public.a SELECT g, '2026-01-01', g / 3.0, '\\x00ff'"
        " FROM generate_series(1, 9) g",
        "CREATE TABLE public.parted (id int) PARTITION BY LIST (id)",
        "CREATE TABLE public.part PARTITION OF public.parted FOR VALUES IN (1)",
        "INSERT INTO public.parted VALUES (1)",
        "CREATE SCHEMA auth",
        "CREATE TABLE auth.users (id int)",
        "CREATE TABLE auth.sessions (id int)",
    )
    return database


def test_all_tables_are_counted_but_the_platforms(world: str) -> None:
    rows = {name: each.rows for name, each in census(world).tables.items()}
    assert rows == {"public.a": 9, "public.part": 1, "auth.users": 0}


@pytest.mark.parametrize(
    "statement",
    [
        "VACUUM FULL public.a",
        "UPDATE public.a SET id = id",
        "CREATE TABLE public.b AS TABLE public.a; TRUNCATE public.a;"
        " INSERT INTO public.a SELECT * FROM public.b ORDER BY id DESC; DROP TABLE public.b",
        "ALTER TABLE public.a ADD COLUMN more text DEFAULT 'x'",
        "ALTER DATABASE postgres RESET ALL",
        "ALTER TABLE public.a RENAME COLUMN f TO g",
        "ALTER TABLE public.a RENAME COLUMN f TO x; ALTER TABLE public.a RENAME COLUMN b TO f;"
        " ALTER TABLE public.a RENAME COLUMN x TO b",
        "ALTER TABLE public.a RENAME TO c",
        "CREATE SCHEMA b; ALTER TABLE public.a SET SCHEMA b; CREATE TABLE public.a (id int)",
        "ALTER TABLE public.a RENAME TO old; CREATE TABLE public.a AS SELECT f, id, at, b FROM"
        " public.old; DROP TABLE public.old",
    ],
)
def test_equal_rows_are_equal(world: str, statement: str) -> None:
    before = census(world)
    sql(world, *statement.split("; "))
    assert compare(before, census(world, like=before)) == ()


def test_it_does_not_depend_on_the_askers_settings(world: str) -> None:
    odd = make_conninfo(
        world, options="-c DateStyle=German -c TimeZone=Asia/Tokyo -c bytea_output=escape"
    )
    assert compare(census(world), census(odd)) == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE public.a SET at = at + '1 us' WHERE id = 1",
        "UPDATE public.a SET f = NULL WHERE id = 1",
        "DELETE FROM public.a WHERE id = 1",
        "INSERT INTO public.a VALUES (10)",
        "DELETE FROM public.a WHERE id = 1; INSERT INTO public.a VALUES (1)",
        "ALTER TABLE public.a DROP COLUMN b",
        "TRUNCATE public.a",
        "DROP TABLE public.a",
        "ALTER TABLE public.a RENAME TO c; UPDATE public.c SET f = NULL WHERE id = 1",
        "ALTER TABLE public.a RENAME COLUMN f TO g; UPDATE public.a SET g = NULL WHERE id = 1",
    ],
)
def test_a_changed_row_is_seen(world: str, statement: str) -> None:
    before = census(world)
    sql(world, *statement.split("; "))
    (change,) = compare(before, census(world, like=before))
    assert (change.table, change.content) == ("public.a", "changed")


def test_a_big_table_is_left_to_the_counters_and_named(world: str) -> None:
    before = census(world, most_bytes=4096)
    assert before.tables["public.a"].reason == "too big: left to the counters"
    assert before.tables["public.a"].rows is None
    changes = {c.table: c.content for c in compare(before, census(world))}
    assert changes["public.a"] == "unknown"


def refuse(dsn: str) -> str:
    sql(
        dsn,
        "DO $$ BEGIN IF to_regrole('reader') IS NULL THEN CREATE ROLE reader LOGIN; END IF; END $$",
    )
    return make_conninfo(dsn, user="reader")


def hide(dsn: str) -> str:
    reader = refuse(dsn)
    sql(dsn, "GRANT SELECT ON public.a TO reader", "ALTER TABLE public.a ENABLE ROW LEVEL SECURITY")
    return reader


@pytest.mark.parametrize("arrange", [refuse, hide])
def test_rows_that_we_may_not_see_are_no_zero(world: str, arrange: Callable[[str], str]) -> None:
    found = census(arrange(world)).tables["public.a"]
    assert (found.rows, found.reason) == (None, "we may not read it")


def test_a_table_that_we_may_not_read_leaves_the_others_of_its_message_counted(world: str) -> None:
    reader = refuse(world)
    sql(
        world,
        "CREATE TABLE public.b AS SELECT 7 AS id",
        "GRANT SELECT ON public.b, public.part TO reader",
    )
    found = {name: each.rows for name, each in census(reader).tables.items()}
    assert found == {"public.a": None, "public.part": 1, "auth.users": None, "public.b": 1}
