"""Copies of a structure, whatever a database is like."""

from __future__ import annotations

import psycopg
import pytest

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow.clone import dump
from reconcile_pipeline.shadow.server import Server


def test_a_database_in_another_encoding_could_not_be_copied(server: Server) -> None:
    name = "in_latin1"
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
        try:
            with psycopg.connect(server.dsn(name), autocommit=True) as connection:
                connection.execute("CREATE TABLE t (id int); COMMENT ON TABLE t IS 'Größe'")
            assert "IS 'Größe'" in dump(server.dsn(name))
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_bytes_without_an_encoding_are_told_as_that(server: Server) -> None:
    name = "in_no_encoding"
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
        try:
            with psycopg.connect(server.dsn(name), autocommit=True) as connection:
                connection.execute("SET client_encoding TO 'SQL_ASCII'")
                connection.execute("CREATE TABLE t (id int)")
                connection.execute(b"COMMENT ON TABLE t IS 'Gr\xf6\xdfe'")
            with pytest.raises(ShadowError) as refused:
                dump(server.dsn(name))
            assert "SQL_ASCII" in refused.value.hint
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
