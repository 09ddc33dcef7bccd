"""Made from nothing, dropped to nothing, and changed in every way, with names of every kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.model import Kind, Snapshot
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.catalog.write import create_objects, write_changes
from reconcile_pipeline_tests.catalog.conftest import BASE
from reconcile_pipeline_tests.catalog.write.conftest import EVERYTHING, PLATFORM
from reconcile_pipeline_tests.catalog.write.running import left, run, unexpected

CASES = sorted((Path(__file__).parent / "cases").glob("*.sql"))
_DECLINES = re.compile(r"^-- declines (back|forth)", re.MULTILINE)


@contextmanager
def holding(database: str, *scripts: str) -> Iterator[tuple[Connection[Any], Snapshot]]:
    """A transaction in which the scripts have run, and what is there then."""
    with psycopg.connect(database) as connection:
        for script in scripts:
            connection.execute(script.encode())
        yield connection, read(connection)
        connection.rollback()


def test_everything_is_made_from_nothing(database: str, odd: Snapshot) -> None:
    with holding(database, PLATFORM) as (connection, empty):
        changes = write_changes(empty, odd)
        run(connection, changes)
        assert (left(connection, odd), changes.declined) == ((), ())


def test_everything_is_dropped_without_cascade(database: str, odd_role: str) -> None:
    with holding(database, PLATFORM) as (connection, empty):
        connection.execute(EVERYTHING.encode())
        full = read(connection)
        changes = write_changes(full, empty)
        assert not any(re.match(r"(DROP|REVOKE)\b.* CASCADE", sql) for sql in changes.sql)
        run(connection, changes)
        assert (left(connection, empty), changes.declined) == ((), ())


def test_one_database_becomes_another(database: str, odd: Snapshot) -> None:
    with holding(database, BASE) as (connection, base):
        changes = write_changes(base, odd)
        run(connection, changes)
        assert (left(connection, odd), changes.declined) == ((), ())


def test_only_hidden_option_values_cannot_be_made_again(
    database: str, before: Snapshot, odd_role: str
) -> None:
    with holding(database, PLATFORM, EVERYTHING) as (connection, odd):
        # Roles are the server's: one that another database uses cannot be dropped.
        ids = [d.id for d in compare(odd, before) if d.id.kind is not Kind.ROLE]
        changes = write_changes(odd, before, ids)
        run(connection, changes)
        differing = {d.id for d in left(connection, before) if d.id.kind is not Kind.ROLE}
    assert differing == {one.id for one in changes.declined}
    assert {str(id) for id in differing} == {
        "foreign_server elsewhere",
        "user_mapping elsewhere.app_reader",
        "foreign_table app.remote",
        "column app.remote.id",
    }


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_change_goes_forth_and_back(path: Path, odd_database: str, odd: Snapshot) -> None:
    sql = path.read_text()
    declines = _DECLINES.findall(sql)
    with holding(odd_database, sql) as (connection, changed):
        assert compare(odd, changed)
        back = write_changes(changed, odd)
        run(connection, back)
        assert unexpected(left(connection, odd), back) == []
        assert bool(back.declined) == ("back" in declines), back.declined
    with holding(odd_database) as (connection, _):
        forth = write_changes(odd, changed)
        run(connection, forth)
        assert unexpected(left(connection, changed), forth) == []
        assert bool(forth.declined) == ("forth" in declines), forth.declined


def test_one_table_with_all_that_belongs_to_it(database: str, odd: Snapshot) -> None:
    """What it needs from others is made beside it; nothing else is."""
    tables = [id for id in odd.ids() if id == (Kind.TABLE, "odd.fleeting")]
    changes = create_objects(odd, tables)
    made = {"table", "column", "sequence", "constraint", "index"}
    assert {s.id.kind.value for s in changes.statements} <= made
    with holding(database, PLATFORM, "CREATE SCHEMA odd") as (connection, _):
        run(connection, changes)
        after = read(connection)
    for id in after.ids():
        if "fleeting" in id.identity:
            assert after.get(id) == odd.get(id)
    assert {id for id in odd.ids() if "fleeting" in id.identity} <= set(after.ids())
