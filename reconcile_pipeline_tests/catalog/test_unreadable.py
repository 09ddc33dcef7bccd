"""An object that the server cannot describe degrades itself, never the run."""

from __future__ import annotations

import time

import psycopg
import pytest

from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.degrade import LOCKED
from reconcile_pipeline.catalog.model import Kind, ObjectId, Snapshot
from reconcile_pipeline.catalog.read import read, read_scope


def damage(connection: psycopg.Connection[object]) -> None:
    """Remove a function from under a view, as a damaged catalog would."""
    connection.execute("CREATE FUNCTION app.lost() RETURNS integer LANGUAGE sql AS 'SELECT 1'")
    connection.execute("CREATE VIEW app.broken AS SELECT app.lost() AS one")
    connection.execute("CREATE TABLE app.half (id integer, one integer DEFAULT app.lost())")
    connection.execute("ALTER TABLE app.half ADD CONSTRAINT bad CHECK (id > app.lost())")
    connection.execute("DELETE FROM pg_proc WHERE oid = 'app.lost()'::regprocedure")


def test_only_the_damaged_objects_are_missing(base: str, before: Snapshot) -> None:
    with psycopg.connect(base) as connection:
        damage(connection)
        after = read(connection)
        connection.rollback()
    assert [id for id, _ in after.unreadable] == [
        ObjectId(Kind.COLUMN, "app.half.one"),
        ObjectId(Kind.CONSTRAINT, "app.half.bad"),
        ObjectId(Kind.VIEW, "app.broken"),
    ]
    assert all("cache lookup failed for function" in reason for _, reason in after.unreadable)
    assert {d.id.identity for d in compare(before, after)} == {"app.half", "app.half.id"}
    position = after.kinds[Kind.COLUMN].facets.index("position")
    assert after.kinds[Kind.COLUMN].objects["app.half.id"][position] == 1


def test_a_scoped_reading_degrades_alike(base: str) -> None:
    with psycopg.connect(base) as connection:
        damage(connection)
        row = connection.execute("SELECT 'app.half'::regclass::oid::int8").fetchone()
        assert row is not None
        for _ in range(2):
            scoped = read_scope(connection, {"pg_class": [row[0]]})
            assert {id.identity for id, _ in scoped.unreadable} == {"app.half.one", "app.half.bad"}
            assert ObjectId(Kind.TABLE, "app.half") in scoped
        connection.execute("SELECT 1")  # the transaction is whole
        connection.rollback()


def test_an_idle_connection_degrades_as_well(copy: str) -> None:
    with psycopg.connect(copy, autocommit=True) as connection:
        damage(connection)
        assert len(read(connection).unreadable) == 3


def test_a_lost_connection_is_an_error(copy: str) -> None:
    with psycopg.connect(copy, autocommit=True) as connection:
        connection.execute("SET idle_in_transaction_session_timeout = 0")
        with psycopg.connect(copy, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
        with pytest.raises(psycopg.OperationalError):
            read(connection)


def test_a_locked_table_makes_its_view_unreadable_and_nobody_wait(copy: str) -> None:
    with psycopg.connect(copy) as holder, psycopg.connect(copy, autocommit=True) as connection:
        holder.execute("LOCK TABLE app.project IN ACCESS EXCLUSIVE MODE")
        connection.execute("SET lock_timeout = '1s'")
        began = time.monotonic()
        after = read(connection)
        waited = time.monotonic() - began
        holder.rollback()
        again = read(connection)
    missing = dict(after.unreadable)
    assert ObjectId(Kind.VIEW, "app.open_project") in missing
    assert set(missing.values()) == {LOCKED}
    assert ObjectId(Kind.TABLE, "app.project") in after
    assert again.unreadable == ()
    assert waited < 5, "the lock was waited for again, for each object and half that was tried"
