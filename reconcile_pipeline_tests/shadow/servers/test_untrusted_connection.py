"""Hostile migration files do not get at the connection that replays them."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import Connection

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.replaying.statement import run
from reconcile_pipeline.shadow.servers.watchdog import Watchdog
from reconcile_pipeline_tests.shadow.running import execute, value


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1", "SJIS", "EUC_JP"])
def test_an_encoding_that_a_file_sets_does_not_outlive_its_statement(
    encoding: str, owner: Connection[Any]
) -> None:
    run(owner, f"SELECT set_config('client_encoding', '{encoding}', false)")
    assert value(owner, "SELECT 'ü'") == "ü"


@pytest.mark.parametrize("text", ["SELECT 1; COMMIT", "COMMIT; DROP TABLE a", "SELECT 1; SELECT 2"])
def test_one_statement_cannot_hide_another(text: str, owner: Connection[Any]) -> None:
    with pytest.raises(psycopg.errors.SyntaxError, match="multiple commands"), owner.transaction():
        run(owner, text)


def test_a_file_does_not_end_its_own_session(
    shadow: ShadowDatabase, owner: Connection[Any]
) -> None:
    (error,) = execute(shadow, owner, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity")
    assert isinstance(error, psycopg.errors.InsufficientPrivilege)


def test_rows_in_a_file_are_copied(shadow: ShadowDatabase, owner: Connection[Any]) -> None:
    text = "CREATE TABLE a (b int, c text);\nCOPY a FROM stdin;\n1\tx\n2\t\\N\n\\.\n\nSELECT 1;\n"
    assert execute(shadow, owner, text) == []
    assert value(owner, "SELECT count(*) FROM a") == 2
    (error,) = execute(shadow, owner, "COPY a FROM stdin;\nno number\n\\.\n")
    assert isinstance(error, psycopg.errors.InvalidTextRepresentation)
    assert execute(shadow, owner, "COPY a (c) FROM STDIN WITH (FORMAT csv);\n\\.\n") == []
    assert execute(shadow, owner, "DO $$ BEGIN EXECUTE 'COPY a TO STDOUT'; END $$") != []
    assert value(owner, "SELECT count(*) FROM a") == 2


def test_a_time_limit_that_a_file_sets_does_not_outlive_its_statement(
    owner: Connection[Any],
) -> None:
    for name in ("statement_timeout", "transaction_timeout", "lock_timeout"):
        run(owner, f"DO $$ BEGIN PERFORM set_config('{name}', '1h', false); END $$")
    assert value(owner, "SHOW statement_timeout") == "1min"
    assert value(owner, "SHOW transaction_timeout") == "0"
    assert value(owner, "SHOW lock_timeout") == "0"


def test_a_file_that_ends_its_session_all_the_same_ends_the_replay_with_a_hint(
    spoiled: ShadowDatabase,
) -> None:
    slow = "PERFORM set_config('transaction_timeout', '50ms', false); PERFORM pg_sleep(5);"
    with (
        pytest.raises(ShadowError, match="ended while"),
        Watchdog(spoiled),
        spoiled.connect_owner() as connection,
        connection.transaction(),
    ):
        run(connection, f"DO $$ BEGIN {slow} END $$")


def test_a_session_that_is_lost_between_two_statements_is_an_error_with_a_hint(
    spoiled: ShadowDatabase,
) -> None:
    with (
        pytest.raises(ShadowError, match="ended while"),
        Watchdog(spoiled),
        spoiled.connect_owner() as connection,
    ):
        with spoiled.cluster.connect_admin() as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
        connection.execute("SELECT 1")
