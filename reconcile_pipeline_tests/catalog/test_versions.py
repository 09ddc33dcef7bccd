"""Servers before 18 are read as well, and say the same of the same database."""

from __future__ import annotations

import re

import psycopg
import pytest

from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.fingerprint import trigger
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
