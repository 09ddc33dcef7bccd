"""Copies of a structure, whatever a database is like."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow.clone import dump
from reconcile_pipeline.shadow.server import Server


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
