"""The worse production holds every kind of drift that its truth names, and nothing is made up."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.world import create_platform, drop_database, execute, statements
from reconcile_pipeline.story.worse import build_worse, write_migrations

TRUTH = json.loads(Path(__file__).with_name("truth_worse.json").read_text("utf-8"))

# Whether production has the object, by kind; the parameter is its identity.
EXISTS = {
    "table": "SELECT to_regclass(%s) IS NOT NULL",
    "index": "SELECT to_regclass(%s) IS NOT NULL",
    "function": "SELECT to_regprocedure(%s) IS NOT NULL",
    "column": "SELECT count(*) = 1 FROM information_schema.columns"
    " WHERE table_schema || '.' || table_name || '.' || column_name = %s",
    "policy": "SELECT count(*) = 1 FROM pg_policies"
    " WHERE schemaname || '.' || tablename || '.' || policyname = %s",
    "trigger": "SELECT count(*) = 1 FROM information_schema.triggers"
    " WHERE event_object_schema || '.' || event_object_table || '.' || trigger_name = %s",
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worse world's migrations."""
    return tmp_path_factory.mktemp("worse")


@pytest.fixture(scope="module")
def worse(server: Server, directory: Path) -> Iterator[psycopg.Connection]:
    """The worse production, as `postgres`; nothing is changed in it."""
    name = f"worse_{os.getpid()}"
    build_worse(server, name, directory)
    with psycopg.connect(server.dsn(name, "postgres"), autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = on")
        yield connection
    drop_database(server, name)


def one(connection: psycopg.Connection, query: str, *values: str) -> Any:
    """The single value that a query gives."""
    row = connection.execute(query.encode(), values or None).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("entry", TRUTH["unexplained"], ids=lambda e: e["identity"])
def test_each_change_by_hand_is_there(worse: psycopg.Connection, entry: dict[str, str]) -> None:
    query = EXISTS[entry["kind"]]
    assert one(worse, query, entry["identity"]) == (entry["change"] != "removed")


@pytest.mark.parametrize(
    ("what", "query"),
    [
        (
            "tickets_member_read was replaced",
            "SELECT qual LIKE '%opened_by%' FROM pg_policies"
            " WHERE policyname = 'tickets_member_read'",
        ),
        (
            "comments_member_write was replaced",
            "SELECT with_check NOT LIKE '%tickets%' FROM pg_policies"
            " WHERE policyname = 'comments_member_write'",
        ),
        (
            "priority is text though the enum is there",
            "SELECT data_type = 'text' AND to_regtype('public.ticket_priority') IS NOT NULL"
            " FROM information_schema.columns"
            " WHERE table_name = 'tickets' AND column_name = 'priority'",
        ),
        (
            "log_change writes lower case",
            "SELECT prosrc LIKE '%lower(tg_op)%' FROM pg_proc WHERE proname = 'log_change'",
        ),
        (
            "row-level security of attachments is off",
            "SELECT NOT relrowsecurity FROM pg_class WHERE oid = 'public.attachments'::regclass",
        ),
        (
            "anon reads comments and no more",
            "SELECT has_table_privilege('anon', 'public.comments', 'SELECT')"
            " AND NOT has_table_privilege('anon', 'public.comments', 'INSERT')",
        ),
        (
            "009's policy is gone",
            "SELECT count(*) = 0 FROM pg_policies WHERE policyname = 'articles_public_read'",
        ),
        (
            "007 lacks its function and nothing else",
            "SELECT to_regproc('public.search_tickets') IS NULL"
            " AND to_regclass('public.tickets_search_idx') IS NOT NULL",
        ),
        ("008 is recorded and not there", "SELECT to_regclass('public.saved_views') IS NULL"),
        ("012's rows are there", "SELECT count(*) = 4 FROM public.close_reasons"),
        ("013 never ran", "SELECT to_regclass('public.tickets_due_idx') IS NULL"),
        ("014 never ran", "SELECT to_regclass('public.import_batches') IS NOT NULL"),
        ("014 would delete a row", "SELECT count(*) = 1 FROM public.comments WHERE hidden"),
    ],
)
def test_production_is_as_the_truth_says(worse: psycopg.Connection, what: str, query: str) -> None:
    assert one(worse, query) is True, what


def test_history_is_as_the_truth_says(worse: psycopg.Connection) -> None:
    rows = worse.execute("SELECT version FROM supabase_migrations.schema_migrations").fetchall()
    recorded = {m["version"] for m in TRUTH["migrations"] if m["recorded"]}
    assert {version for (version,) in rows} == recorded


def test_the_directory_replays_on_an_empty_platform(server: Server, tmp_path: Path) -> None:
    name = f"worse_replay_{os.getpid()}"
    create_platform(server, name)
    try:
        with psycopg.connect(server.dsn(name, "postgres"), autocommit=True) as connection:
            for path in write_migrations(tmp_path):
                for command in statements(path):
                    execute(connection, command)
    finally:
        drop_database(server, name)
