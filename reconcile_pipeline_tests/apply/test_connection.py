"""Where apply refuses to write."""

from __future__ import annotations

import secrets

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.apply.connection import connect_to_write, settle
from reconcile_pipeline.apply.facts import system_identifier
from reconcile_pipeline.errors import TargetError
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline_tests.apply.making import sql


def test_it_is_named_and_in_autocommit(database: str) -> None:
    with connect_to_write(database) as connection:
        row = connection.execute("SHOW application_name").fetchone()
        assert row == ("reconcile_pipeline",)
        assert connection.autocommit


@pytest.mark.parametrize("port", ["6543", "5432,6543"])
def test_a_transaction_pooler_is_refused_before_connecting(port: str) -> None:
    host = ",".join(["127.0.0.1"] * len(port.split(",")))
    with pytest.raises(TargetError, match="transaction pooler"):
        connect_to_write(f"host={host} port={port} dbname=x")


def test_a_database_that_is_read_only_by_default_is_refused(database: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    sql(database, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    with pytest.raises(TargetError, match="read-only"):
        connect_to_write(database)


def test_a_server_that_counts_no_rows_is_refused(database: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    sql(database, f'ALTER DATABASE "{name}" SET track_counts = off')
    with pytest.raises(TargetError, match="track_counts"):
        connect_to_write(database)


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://u:{}@127.0.0.1:1/x",
        "host=127.0.0.1 port=1 user=u password={}",
        "postgresql://u:{}@ss@127.0.0.1:1/x",
        "postgresql://u:pw/{}@127.0.0.1:1/x",
        "postgresql://u:{}@127.0.0.1:no/x",
        "passwort {}",
    ],
)
def test_no_error_quotes_the_connection_string(dsn: str) -> None:
    secret = secrets.token_hex(8)
    with pytest.raises(TargetError) as caught:
        connect_to_write(dsn.format(secret), timeout_s=2)
    shown = f"{caught.value} {caught.value!r} {caught.value.__cause__}"
    assert secret not in shown
    assert "Nothing was changed." in str(caught.value)


def test_a_database_that_is_not_there(server: Server) -> None:
    with pytest.raises(TargetError, match="does not exist"):
        connect_to_write(server.dsn("nowhere"))


def test_settling_forgets_what_a_file_set(database: str) -> None:
    with connect_to_write(database) as connection:
        connection.execute(
            "SET lock_timeout = 0; SET search_path = pg_catalog; SET ROLE pg_monitor"
        )
        settle(connection)
        row = connection.execute("SELECT current_user = session_user, current_schema()").fetchone()
        assert row == (True, "public")


def test_an_owner_without_superuser_rights_may_ask_which_cluster_this_is(
    server: Server, database: str
) -> None:
    sql(
        database,
        "DO $$ BEGIN IF to_regrole('plain_owner') IS NULL THEN"
        " CREATE ROLE plain_owner LOGIN; END IF; END $$",
    )
    with connect_to_write(make_conninfo(database, user="plain_owner")) as connection:
        assert system_identifier(connection).isdigit()
