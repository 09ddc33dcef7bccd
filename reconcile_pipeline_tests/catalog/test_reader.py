"""Who may read, from where, and what a reading leaves behind."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo
from psycopg.pq import TransactionStatus

from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.fingerprint import trigger
from reconcile_pipeline.catalog.model import Kind, ObjectId, Snapshot
from reconcile_pipeline.catalog.read import read, read_scope
from reconcile_pipeline.catalog.session import glance

SETTINGS = (
    "search_path", "DateStyle", "TimeZone", "jit", "plan_cache_mode", "lock_timeout",
    "join_collapse_limit", "enable_mergejoin",
)  # fmt: skip


@pytest.fixture
def session(base: str) -> Iterator[Connection[object]]:
    """A connection to the base in a transaction that is taken back."""
    with psycopg.connect(base) as connection:
        connection.execute("SET LOCAL search_path = app")
        yield connection
        connection.rollback()


def settings(connection: Connection[object]) -> list[object]:
    """The settings that a reading changes for itself."""
    return [connection.execute(f"SHOW {name}").fetchone() for name in SETTINGS]


def test_an_ordinary_role_reads_all_but_secrets(base: str, before: Snapshot) -> None:
    with psycopg.connect(base, autocommit=True) as admin:
        admin.execute("CREATE ROLE reader_only LOGIN NOSUPERUSER")
        try:
            dsn = make_conninfo(base, user="reader_only")
            with psycopg.connect(dsn, autocommit=True) as connection:
                seen = read(connection)
                assert trigger(connection) == trigger(connection)
        finally:
            admin.execute("DROP ROLE reader_only")
    assert seen.unreadable == ()
    different = [d for d in compare(before, seen) if d.id != (Kind.ROLE, "reader_only")]
    assert [(d.id, d.facets) for d in different] == [
        (ObjectId(Kind.USER_MAPPING, "elsewhere.app_reader"), ("options",))
    ]


def test_secrets_show_only_as_hashes(session: Connection[object]) -> None:
    session.execute(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET app.jwt_secret = %L',"
        " current_database(), 'hidden-one'); END $$"
    )
    session.execute("ALTER ROLE app_reader SET app.api_key = 'hidden-two'")
    session.execute(
        "ALTER FOREIGN TABLE app.remote ALTER COLUMN id OPTIONS (ADD secret 'hidden-three')"
    )
    text = repr(read(session))
    assert "jwt_secret" in text and "api_key" in text and "password=sha256:" in text
    for secret in ("hidden-one", "hidden-two", "hidden-three", "not shown", "db.example.com"):
        assert secret not in text


def test_an_idle_connection_is_idle_again(base: str) -> None:
    for autocommit in (True, False):
        with psycopg.connect(base, autocommit=autocommit) as connection:
            connection.execute("SET search_path = app")
            connection.commit()
            was = settings(connection)
            connection.commit()
            read(connection)
            assert connection.info.transaction_status is TransactionStatus.IDLE
            read_scope(connection, {"pg_namespace": [2200]})
            assert connection.info.transaction_status is TransactionStatus.IDLE
            trigger(connection)
            assert connection.info.transaction_status is TransactionStatus.IDLE
            with pytest.raises(psycopg.errors.DivisionByZero):
                glance(connection, "SELECT 1 / 0")
            assert connection.info.transaction_status is TransactionStatus.IDLE
            assert settings(connection) == was


def test_a_transaction_under_way_keeps_its_settings_and_its_changes(
    session: Connection[object],
) -> None:
    session.execute("CREATE TABLE app.mine (id integer)")
    was = settings(session)
    oid = table_oid(session, "mine")
    for _ in range(3):
        assert ObjectId(Kind.TABLE, "app.mine") in read(session)
        assert ObjectId(Kind.TABLE, "app.mine") in read_scope(session, {"pg_class": [oid]})
        assert glance(session, "SELECT count(*) FROM app.mine -- ours") == [(0,)]
        with pytest.raises(psycopg.errors.UndefinedTable):
            glance(session, "TABLE mine")
        assert settings(session) == was
    assert session.execute("SELECT count(*) FROM mine").fetchone() == (0,)


def test_reading_works_through_a_transaction_pooler(base: str, before: Snapshot) -> None:
    with psycopg.connect(base, autocommit=True, prepare_threshold=None) as connection:
        assert compare(before, read(connection)) == ()
        for _ in range(10):
            scoped = read_scope(connection, {"pg_class": [table_oid(connection, "app.project")]})
        left = connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()
    assert left == (0,)
    assert len(scoped.kinds[Kind.POLICY].objects) == 2


def test_prepared_queries_that_somebody_deallocated_are_prepared_again(
    session: Connection[object],
) -> None:
    scope = {"pg_class": [table_oid(session, "project")]}
    first = read_scope(session, scope)
    session.execute("DEALLOCATE ALL")
    assert read_scope(session, scope) == first
    session.execute("CREATE SCHEMA passing")
    session.execute("DROP SCHEMA passing")  # psycopg deallocates what it prepared itself
    assert read_scope(session, scope) == first


def test_an_index_and_a_sequence_are_found_by_their_own_oid(session: Connection[object]) -> None:
    for name, kind in (("project_client_idx", Kind.INDEX), ("project_id_seq", Kind.SEQUENCE)):
        snapshot = read_scope(session, {"pg_class": [table_oid(session, name)]})
        assert list(snapshot.ids()) == [ObjectId(kind, f"app.{name}")]


def test_a_scope_holds_what_has_its_root_in_it(base: str, before: Snapshot) -> None:
    tables = before.kinds[Kind.TABLE].roots
    with psycopg.connect(base, autocommit=True) as connection:
        for identity, (catalog, oid) in tables.items():
            scoped = read_scope(connection, {catalog: [oid]})
            for kind, rows in before.kinds.items():
                below = {i: rows.objects[i] for i, root in rows.roots.items() if root[1] == oid}
                got = scoped.kinds[kind].objects if kind in scoped.kinds else {}
                assert got == below, (identity, kind)


def test_an_empty_scope_asks_nothing(session: Connection[object]) -> None:
    assert read_scope(session, {"pg_class": []}).kinds == {}
    assert not any(read_scope(session, {"pg_class": [4_000_000_000]}).ids())


def test_managed_schemas_are_read_when_nothing_is_managed(session: Connection[object]) -> None:
    snapshot = read(session, managed=frozenset())
    assert ObjectId(Kind.COLUMN, "auth.users.email") in snapshot
    assert ObjectId(Kind.TRIGGER, "auth.users.signup") in snapshot
    assert not any(re.match(r"(pg_\w+|information_schema)\.", id.identity) for id in snapshot.ids())


def test_an_odd_name_is_no_sql(session: Connection[object]) -> None:
    session.execute('CREATE SCHEMA "it\'s %s {odd} \\ "')
    session.execute('CREATE TABLE "it\'s %s {odd} \\ "."a ""b"" c" ("d.e" integer PRIMARY KEY)')
    session.execute('GRANT SELECT ON "it\'s %s {odd} \\ "."a ""b"" c" TO anon')
    schema = "it's %s {odd} \\ "
    snapshot = read(session)
    assert ObjectId(Kind.COLUMN, f'{schema}.a "b" c.d.e') in snapshot
    hidden = read(session, managed=frozenset({schema}))
    assert not any(id.identity.startswith(schema) for id in hidden.ids())


def test_names_with_dots_that_read_alike_are_both_kept(session: Connection[object]) -> None:
    session.execute('CREATE SCHEMA a; CREATE SCHEMA "a.b"')
    session.execute('CREATE TABLE a."b.c" (one integer); CREATE TABLE "a.b".c (two integer)')
    snapshot = read(session)
    tables = [i for i in snapshot.kinds[Kind.TABLE].objects if i.startswith("a.b.c")]
    assert tables == ["a.b.c", "a.b.c (2)"]


def table_oid(connection: Connection[object], name: str) -> int:
    """The oid of a relation."""
    row = connection.execute("SELECT %s::regclass::oid::int8", (name,)).fetchone()
    assert isinstance(row, tuple)
    return int(row[0])
