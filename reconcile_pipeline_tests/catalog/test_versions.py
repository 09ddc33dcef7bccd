"""Servers before 18 are read as well, and say the same of the same database."""

from __future__ import annotations

import re
from typing import Any

import psycopg
import pytest

from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.fingerprint import trigger
from reconcile_pipeline.catalog.incremental import refresh, track
from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline_tests.catalog.conftest import BASE
from reconcile_pipeline_tests.catalog.old_servers import running
from reconcile_pipeline_tests.catalog.test_definitions import check_definitions

#: They belong to the whole server, on which other tests leave theirs.
CLUSTER = {Kind.ROLE, Kind.ROLE_SETTING}

#: What an older server may say differently of the same database: how it writes definitions down,
#: and the locale that a collation keeps.
DEPARSED = {
    Kind.VIEW: {"definition"},
    Kind.MATERIALIZED_VIEW: {"definition"},
    Kind.COLLATION: {"locale", "lc_collate", "lc_ctype"},
}

#: Each writes pg_attrdef, which is not counted: the column's own row is.
DEFAULTS = (
    "ALTER TABLE app.project ALTER COLUMN title SET DEFAULT 'one'",
    "ALTER TABLE app.project ALTER COLUMN title SET DEFAULT 'another'",
    "ALTER TABLE app.project ALTER COLUMN title DROP DEFAULT",
    "ALTER VIEW app.open_project ALTER COLUMN title SET DEFAULT 'one'",
    "ALTER VIEW app.open_project ALTER COLUMN title SET DEFAULT 'another'",
    "ALTER VIEW app.open_project ALTER COLUMN title DROP DEFAULT",
    "CREATE TABLE app.sum (a integer, b integer GENERATED ALWAYS AS (a + 1) STORED)",
    "ALTER TABLE app.sum ADD COLUMN c integer DEFAULT 1",
    "ALTER TABLE app.sum ALTER COLUMN c TYPE bigint",
    "ALTER TABLE app.sum ALTER COLUMN b SET EXPRESSION AS (a + 2)",
    "ALTER TABLE app.sum ALTER COLUMN b DROP EXPRESSION",
)


@pytest.mark.parametrize("major", [15, 16])
def test_an_older_server_says_the_same(database: str, major: int) -> None:
    with running(major) as dsn, psycopg.connect(dsn, autocommit=True) as connection:
        contrib = connection.execute(
            "SELECT count(*) = 2 FROM pg_available_extensions WHERE name IN ('citext', 'pg_trgm')"
        ).fetchone()
        text = BASE if contrib == (True,) else re.sub(r"CREATE EXTENSION .*", "", BASE)
        connection.execute(text.encode())
        old = read(connection)
        calm = trigger(connection)
        connection.execute("ALTER TABLE app.project DROP COLUMN tags")
        assert trigger(connection) != calm
        check_defaults(connection)
        check_definitions(connection)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(text.encode())
        new = read(connection)
    assert old.server_version_num // 10000 == major
    assert old.unreadable == ()
    assert {k for k, rows in old.kinds.items() if rows.objects} - CLUSTER == {
        k for k, rows in new.kinds.items() if rows.objects
    } - CLUSTER
    different = [
        d
        for d in compare(old, new)
        if d.id.kind not in CLUSTER and not set(d.facets) <= DEPARSED.get(d.id.kind, set())
    ]
    assert different == []


def test_a_default_shows_in_its_columns_row(copy: str) -> None:
    with psycopg.connect(copy, autocommit=True) as connection:
        check_defaults(connection)


def check_defaults(connection: psycopg.Connection[Any]) -> None:
    """Every way to write a default changes the cheap fingerprint."""
    for sql in DEFAULTS:
        if "SET EXPRESSION" in sql and connection.info.server_version < 170000:
            continue
        last, calm = track(connection), trigger(connection)
        connection.execute(sql.encode())
        assert trigger(connection) != calm, sql
        assert refresh(connection, last).snapshot == read(connection), sql
