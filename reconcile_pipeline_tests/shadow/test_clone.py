"""Copies of a structure, whatever a database is like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow import clone
from reconcile_pipeline.shadow.clone import dump
from reconcile_pipeline.shadow.servers.server import Server


@contextmanager
def encoded(server: Server, encoding: str) -> Iterator[str]:
    """The DSN of an empty database in this encoding."""
    name = f"in_{encoding.lower()}"
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'")
        try:
            yield server.dsn(name)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_database_in_another_encoding_could_not_be_copied(server: Server) -> None:
    with encoded(server, "LATIN1") as dsn:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("CREATE TABLE t (id int); COMMENT ON TABLE t IS 'Größe'")
        assert "IS 'Größe'" in dump(dsn)


def test_bytes_without_an_encoding_are_told_as_that(server: Server) -> None:
    with encoded(server, "SQL_ASCII") as dsn:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("SET client_encoding TO 'SQL_ASCII'")
            connection.execute("CREATE TABLE t (id int)")
            connection.execute(b"COMMENT ON TABLE t IS 'Gr\xf6\xdfe'")
        with pytest.raises(ShadowError) as refused:
            dump(dsn)
        assert "SQL_ASCII" in refused.value.hint


def test_one_table_that_may_not_be_read_stopped_the_whole_copy(
    server: Server, database: str
) -> None:
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute('CREATE TABLE "mine %s" (id int); CREATE TABLE "not "" mine" (id int)')
        admin.execute("CREATE SCHEMA hidden; CREATE TABLE hidden.far (id int)")
        admin.execute("CREATE ROLE scanner_of_some LOGIN")
        try:
            admin.execute('GRANT SELECT ON "mine %s" TO scanner_of_some')
            script = dump(make_conninfo(database, user="scanner_of_some"))
        finally:
            admin.execute("DROP OWNED BY scanner_of_some; DROP ROLE scanner_of_some")
    assert '"mine %s"' in script
    assert "not" not in re.findall(r"CREATE TABLE (.*) \(", script)
    assert "hidden.far" not in script


def test_a_lock_that_somebody_holds_was_waited_for_without_end(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clone, "LOCK_WAIT_MS", 100)
    with psycopg.connect(database) as holder:
        holder.execute("CREATE TABLE held (id int)")
        holder.commit()
        holder.execute("LOCK TABLE held IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(ShadowError) as refused:
            dump(database)
    assert "holds public.held" in refused.value.message
    assert "pg_stat_activity" in refused.value.hint
