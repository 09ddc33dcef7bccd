"""What is written, how, and what becomes of the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.model import Kind, ObjectId, Snapshot
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.catalog.write import write_change, write_changes
from reconcile_pipeline_tests.catalog.write.running import left, run

PROJECT = ObjectId(Kind.TABLE, "app.project")


@pytest.fixture
def connection(base: str) -> Iterator[Connection[Any]]:
    """The base database in a transaction that is taken back."""
    with psycopg.connect(base) as opened:
        yield opened
        opened.rollback()


def rows(connection: Connection[Any], query: str) -> list[Any]:
    return connection.execute(query.encode()).fetchall()


def add_projects(connection: Connection[Any]) -> None:
    connection.execute("INSERT INTO app.client (id, name) VALUES (1, 'one')")
    connection.execute(
        "INSERT INTO app.project (client_id, title, tags, status, price)"
        " VALUES (1, 'a', 'x', 'draft', 1), (1, 'b', NULL, 'final', 2)"
    )


def test_an_enum_made_anew_keeps_the_rows(connection: Connection[Any], before: Snapshot) -> None:
    add_projects(connection)
    connection.execute("ALTER TYPE app.status ADD VALUE 'lost'")
    run(connection, write_changes(read(connection), before))
    assert left(connection, before) == ()
    assert rows(connection, "SELECT status::text FROM app.project ORDER BY id") == [
        ("draft",),
        ("final",),
    ]


def test_an_enum_label_that_a_row_holds_is_not_taken_away(copy: str, before: Snapshot) -> None:
    with psycopg.connect(copy, autocommit=True) as connection:
        connection.execute("ALTER TYPE app.status ADD VALUE 'lost'")
        connection.execute("INSERT INTO app.client (id, name) VALUES (1, 'one')")
        connection.execute("INSERT INTO app.project (client_id, status) VALUES (1, 'lost')")
        drifted = read(connection)
        changes = write_changes(drifted, before)
        with pytest.raises(psycopg.errors.InvalidTextRepresentation), connection.transaction():
            run(connection, changes)
        assert left(connection, drifted) == ()
    assert any("a value that the new type does not know" in s.note for s in changes.statements)


@pytest.mark.parametrize(
    ("there", "back"),
    [
        ("tags TYPE text[] USING string_to_array(tags, '')", [("{x}",), (None,)]),
        ("price TYPE integer", [("1.00",), ("2.00",)]),
        ("status TYPE text", [("draft",), ("final",)]),
    ],
)
def test_values_survive_the_way_back_of_a_type(
    there: str, back: list[Any], connection: Connection[Any], before: Snapshot
) -> None:
    add_projects(connection)
    connection.execute("DROP VIEW app.open_project; DROP INDEX app.project_open_idx")
    connection.execute("DROP POLICY project_write ON app.project")
    connection.execute("ALTER PUBLICATION app_changes DROP TABLE app.project")
    connection.execute("ALTER TABLE app.project DROP COLUMN tax, ALTER status DROP DEFAULT")
    connection.execute(f"ALTER TABLE app.project ALTER {there}".encode())
    column = there.split()[0]
    ids = [ObjectId(Kind.COLUMN, f"app.project.{column}")]
    run(connection, write_changes(read(connection), before, ids))
    query = SQL("SELECT {}::varchar FROM app.project ORDER BY id").format(Identifier(column))
    assert connection.execute(query).fetchall() == back


def test_a_column_renamed_by_hand_keeps_its_values(
    connection: Connection[Any], before: Snapshot
) -> None:
    """Two snapshots show it as a drop and an addition, which would have lost the values."""
    add_projects(connection)
    connection.execute("ALTER TABLE app.project RENAME COLUMN title TO name")
    changes = write_changes(read(connection), before)
    assert changes.sql == ("ALTER TABLE app.project RENAME COLUMN name TO title",)
    run(connection, changes)
    assert left(connection, before) == ()
    assert rows(connection, "SELECT title FROM app.project ORDER BY id") == [("a",), ("b",)]


def test_a_table_renamed_by_hand_keeps_its_rows(
    connection: Connection[Any], before: Snapshot
) -> None:
    add_projects(connection)
    connection.execute("ALTER TABLE app.project RENAME TO projects")
    run(connection, write_changes(read(connection), before))
    assert left(connection, before) == ()
    assert rows(connection, "SELECT count(*) FROM app.project") == [(2,)]


def test_a_function_that_still_names_the_old_table_is_written_again(
    connection: Connection[Any], before: Snapshot
) -> None:
    """The server carries a rename into everything but the text of a body."""
    connection.execute("CREATE FUNCTION app.n() RETURNS bigint LANGUAGE sql"
                       " AS 'SELECT count(*) FROM app.log'")  # fmt: skip
    wanted = read(connection)
    connection.execute("ALTER TABLE app.log RENAME TO logs")
    connection.execute("CREATE OR REPLACE FUNCTION app.n() RETURNS bigint LANGUAGE sql"
                       " AS 'SELECT count(*) FROM app.logs'")  # fmt: skip
    run(connection, write_changes(read(connection), wanted))
    assert left(connection, wanted) == ()


def test_two_that_are_alike_are_no_rename(connection: Connection[Any], before: Snapshot) -> None:
    connection.execute("DROP TABLE app.log")
    for name in ("one", "two"):
        connection.execute(f"CREATE TABLE app.{name} (id integer, line text)".encode())
    changes = write_changes(read(connection), before)
    assert not any("RENAME" in sql for sql in changes.sql)
    notes = {s.sql: s.note for s in changes.statements}
    assert notes["DROP TABLE app.one"] == "deletes the table's rows"


def test_only_what_is_asked_for_changes(connection: Connection[Any], before: Snapshot) -> None:
    connection.execute("ALTER TABLE app.project ADD COLUMN extra text")
    connection.execute("DROP INDEX app.project_client_idx")
    connection.execute("GRANT DELETE ON app.project TO anon")
    connection.execute("COMMENT ON TABLE app.log IS 'mine'")
    current = read(connection)
    index = ObjectId(Kind.INDEX, "app.project_client_idx")
    run(connection, write_changes(current, before, [index]))
    after = read(connection)
    assert after.get(index) == before.get(index)
    assert {d.id for d in compare(current, after)} == {index}


def test_a_table_stands_for_all_that_belongs_to_it(
    connection: Connection[Any], before: Snapshot
) -> None:
    connection.execute("ALTER TABLE app.project ADD COLUMN extra text")
    connection.execute("DROP POLICY project_read ON app.project")
    connection.execute("COMMENT ON TABLE app.log IS 'mine'")
    run(connection, write_changes(read(connection), before, [PROJECT]))
    assert [str(d.id) for d in left(connection, before)] == ["table app.log"]


def test_a_label_is_committed_before_it_is_used(copy: str) -> None:
    """PostgreSQL refuses a new label in the transaction that adds it."""
    with psycopg.connect(copy, autocommit=True) as connection:
        current = read(connection)
        connection.execute("ALTER TYPE app.status ADD VALUE 'new' BEFORE 'review'")
        connection.execute("ALTER TABLE app.project ALTER status SET DEFAULT 'new'")
        wanted = read(connection)
    first, *others = write_changes(current, wanted).statements
    assert (first.sql, first.transactional) == (
        "ALTER TYPE app.status ADD VALUE 'new' AFTER 'draft'",
        False,
    )
    assert others and all(s.transactional for s in others)


def test_a_label_that_nothing_uses_yet_needs_no_commit(
    connection: Connection[Any], before: Snapshot
) -> None:
    connection.execute("ALTER TYPE app.status ADD VALUE 'new'")
    changes = write_changes(before, read(connection))
    assert [s.transactional for s in changes.statements] == [True]


def test_bodies_may_use_what_is_not_there(connection: Connection[Any], before: Snapshot) -> None:
    connection.execute("SET LOCAL check_function_bodies = off")
    connection.execute("CREATE FUNCTION app.broken() RETURNS bigint LANGUAGE sql"
                       " AS 'SELECT count(*) FROM nowhere'")  # fmt: skip
    drifted = read(connection)
    connection.rollback()
    run(connection, write_changes(before, drifted))
    assert left(connection, drifted) == ()


def test_hidden_values_are_declined(connection: Connection[Any], before: Snapshot) -> None:
    connection.execute("ALTER ROLE app_reader SET my.secret_key = 'x'")
    changes = write_changes(before, read(connection))
    assert [one.reason for one in changes.declined] == [
        "The value may be a secret and is read as a hash only."
    ]
    assert changes.statements == ()


def test_names_that_read_alike_are_declined(connection: Connection[Any]) -> None:
    connection.execute('CREATE SCHEMA "app.log"; CREATE TABLE app."log.x" (id integer)')
    wanted = read(connection)
    connection.execute('CREATE TABLE "app.log".x (id integer)')
    changes = write_changes(read(connection), wanted, [ObjectId(Kind.TABLE, "app.log.x (2)")])
    assert {one.reason for one in changes.declined} == {
        "Another object's full name reads the same."
    }
    assert changes.statements == ()


def test_before_17_a_generated_column_keeps_its_expression(
    connection: Connection[Any], before: Snapshot
) -> None:
    connection.execute("ALTER TABLE app.project ALTER tax SET EXPRESSION AS (price * 0.07)")
    older = replace(read(connection), server_version_num=160004)
    changes = write_changes(older, before)
    assert [str(one.id) for one in changes.declined] == ["column app.project.tax"]


def test_one_object_by_itself(before: Snapshot) -> None:
    policy = before.get(ObjectId(Kind.POLICY, "app.project.project_read"))
    made = "CREATE POLICY project_read ON app.project FOR SELECT TO authenticated"
    assert write_change(None, policy).sql == (f"{made}\n    USING ((client_id > 0))",)
    assert write_change(policy, None).sql == ("DROP POLICY project_read ON app.project",)
    column = before.get(ObjectId(Kind.COLUMN, "app.project.title"))
    assert write_change(None, column).sql == (
        "ALTER TABLE app.project ADD COLUMN title character varying(100)"
        " DEFAULT 'untitled'::character varying",
        "COMMENT ON COLUMN app.project.title IS 'As on the invoice'",
    )


def test_an_extension_that_is_used_is_not_made_anew(copy: str, before: Snapshot) -> None:
    """An older version has to be made anew, which the server refuses while anything uses it."""
    with psycopg.connect(copy, autocommit=True) as connection:
        connection.execute("ALTER EXTENSION pg_trgm UPDATE")
        connection.execute("CREATE INDEX fuzzy ON app.log USING gin (line extensions.gin_trgm_ops)")
        drifted = read(connection)
        changes = write_changes(drifted, before, [ObjectId(Kind.EXTENSION, "pg_trgm")])
        with pytest.raises(psycopg.errors.DependentObjectsStillExist), connection.transaction():
            run(connection, changes)
        assert left(connection, drifted) == ()
