"""Which history a database has."""

from __future__ import annotations

import psycopg
import pytest

from reconcile_pipeline.errors import ConfigError
from reconcile_pipeline.history.detect import by_name, detect
from reconcile_pipeline_tests.history.test_supabase import CREATED_BY_CLI


def test_nothing_there_is_no_history(database: str) -> None:
    with psycopg.connect(database) as connection:
        assert detect(connection).tool == "none"
        assert not detect(connection).read(connection).present
        assert detect(connection).record((), connection) == ()
        assert detect(connection).forget(("1",), connection) == ()


def test_supabase_is_found_by_its_table(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(CREATED_BY_CLI)
        assert detect(connection).tool == "supabase"


def test_a_supabase_project_without_a_history_is_found_by_its_platform(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(
            "DO $$ BEGIN IF to_regrole('authenticator') IS NULL THEN "
            "CREATE ROLE authenticator; END IF; END $$"
        )
        connection.execute("CREATE SCHEMA auth")
        connection.execute("CREATE TABLE auth.users (id uuid PRIMARY KEY)")
        history = detect(connection)
        assert history.tool == "supabase"
        assert not history.read(connection).present
        connection.rollback()


def test_by_name() -> None:
    assert by_name("supabase").tool == "supabase"
    assert by_name("none").tool == "none"
    with pytest.raises(ConfigError, match="no history tool 'nosuch'"):
        by_name("nosuch")
