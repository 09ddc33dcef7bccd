"""What a plan runs so that nobody waits: indexes CONCURRENTLY, constraints validated later."""

from __future__ import annotations

import psycopg
import pytest

from reconcile_pipeline.attribution.model import EffectVerdict, StatementVerdict, Verdict
from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.model import Change, Kind, Snapshot
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.plan.completion.online import arrange, online

WORLD = """
CREATE TABLE people (id int PRIMARY KEY, mail text);
CREATE INDEX there ON people (mail);
CREATE TABLE parted (id int) PARTITION BY RANGE (id);
CREATE INDEX parted_id ON parted (id);
"""


@pytest.fixture
def production(database: str) -> Snapshot:
    with psycopg.connect(database) as connection:
        connection.execute(WORLD)
        return read(connection)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("create index /* INDEX */ i on people (mail)",
         "create index CONCURRENTLY /* INDEX */ i on people (mail)"),
        ("-- an INDEX\nCREATE UNIQUE INDEX IF NOT EXISTS i ON public.people (mail)",
         "-- an INDEX\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON public.people (mail)"),
        ("DROP INDEX there", "DROP INDEX CONCURRENTLY there"),
        ("DROP INDEX IF EXISTS public.there", "DROP INDEX CONCURRENTLY IF EXISTS public.there"),
    ],
)  # fmt: skip
def test_production_runs_it_concurrently(production: Snapshot, sql: str, expected: str) -> None:
    assert online(sql, production) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE INDEX CONCURRENTLY i ON people (mail)",
        "CREATE INDEX ON people (mail)",  # its name is the server's to choose
        "CREATE INDEX i ON parted (id)",
        "CREATE INDEX i ON not_there_yet (id)",
        "DROP INDEX parted_id",
        "DROP INDEX there CASCADE",
        "DROP INDEX there, people_pkey",
        "DROP INDEX people_pkey",  # a constraint's, and refused
        "ALTER TABLE people ADD COLUMN note text",
        "no SQL at all",
    ],
)
def test_what_the_server_refuses_stays_as_it_is(production: Snapshot, sql: str) -> None:
    assert online(sql, production) == sql


def missing(*pairs: tuple[str, str]) -> list[StatementVerdict]:
    """Statements, each with the index that it makes, if any."""
    return [
        StatementVerdict(
            number, number, sql, "", Verdict.ABSENT,
            (EffectVerdict(Kind.INDEX, index, Change.CREATED, Verdict.ABSENT),) if index else (),
        )
        for number, (sql, index) in enumerate(pairs)
    ]  # fmt: skip


def test_an_index_does_not_cut_a_transaction_in_two(production: Snapshot) -> None:
    found = arrange(
        missing(
            ("DROP POLICY a ON people", ""),
            ("CREATE INDEX i ON people (mail)", "public.i"),
            ("CREATE POLICY a ON people USING (true)", ""),
        ),
        production,
    )
    assert [statement.index for statement in found] == [0, 2, 1]


def test_what_builds_upon_an_index_stays_behind_it(production: Snapshot) -> None:
    named = missing(
        ("CREATE INDEX i ON people (mail)", "public.i"), ("COMMENT ON INDEX i IS 'x'", "")
    )
    unique = missing(
        ("CREATE UNIQUE INDEX i ON people (mail)", "public.i"),
        ("INSERT INTO people VALUES (1, 'a') ON CONFLICT (mail) DO NOTHING", ""),
    )
    for statements in (named, unique):
        assert [s.index for s in arrange(statements, production)] == [0, 1]


CONSTRAINTS = """
CREATE TABLE teams (id int PRIMARY KEY);
CREATE TABLE members (id int, team int, parent int) PARTITION BY RANGE (id);
CREATE TABLE notes (id int, team int);
"""


@pytest.mark.parametrize(
    "added",
    ["CHECK (team > 0)", "FOREIGN KEY (team) REFERENCES teams ON DELETE CASCADE -- the team\n",
     "FOREIGN KEY (team) REFERENCES teams DEFERRABLE INITIALLY DEFERRED"],
)  # fmt: skip
def test_a_constraint_is_validated_later(database: str, added: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(CONSTRAINTS)
        production = read(connection)
        found = arrange(
            missing((f"ALTER TABLE notes ADD CONSTRAINT c {added}", ""), ("SELECT 1", "")),
            production,
        )
        assert [statement.index for statement in found] == [0, 1, 0]
        valid = []
        for statement in found:
            connection.execute(statement.sql.encode())
            asked = "SELECT convalidated FROM pg_constraint WHERE conname = 'c'"
            valid += connection.execute(asked).fetchall()
        assert valid == [(False,), (False,), (True,)]
        connection.execute("ALTER TABLE notes DROP CONSTRAINT c")
        connection.execute(f"ALTER TABLE notes ADD CONSTRAINT c {added}".encode())
        as_the_file_says = read(connection)
        connection.execute("ALTER TABLE notes DROP CONSTRAINT c")
        for statement in found:
            connection.execute(statement.sql.encode())
        assert compare(as_the_file_says, read(connection)) == ()


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE members ADD CONSTRAINT c FOREIGN KEY (team) REFERENCES teams",  # partitioned
        "ALTER TABLE notes ADD CONSTRAINT c CHECK (team > 0) NOT VALID",  # as the file wants it
        "ALTER TABLE notes ADD CHECK (team > 0)",  # its name is the server's to choose
        "ALTER TABLE notes ADD CONSTRAINT c CHECK (team > 0), ADD COLUMN x int",
        "ALTER TABLE not_there_yet ADD CONSTRAINT c CHECK (team > 0)",
    ],
)
def test_other_constraints_are_added_as_the_file_says(database: str, sql: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(CONSTRAINTS)
        found = arrange(missing((sql, "")), read(connection))
    assert [statement.sql for statement in found] == [sql]


def test_a_files_own_validation_has_a_transaction_to_itself(production: Snapshot) -> None:
    found = arrange(
        missing(
            ("ALTER TABLE people ADD CONSTRAINT c CHECK (id > 0) NOT VALID", ""),
            ("ALTER TABLE people VALIDATE CONSTRAINT c", ""),
            ("COMMENT ON TABLE people IS 'x'", ""),
        ),
        production,
    )
    assert [statement.index for statement in found] == [0, 2, 1]


@pytest.mark.parametrize(
    "added",
    ["ALTER TABLE notes ADD CONSTRAINT c UNIQUE (team, id)",
     "ALTER TABLE notes ADD CONSTRAINT c UNIQUE (team) INCLUDE (id) -- one\n",
     "ALTER TABLE notes ADD CONSTRAINT c UNIQUE NULLS NOT DISTINCT (team) DEFERRABLE",
     "ALTER TABLE notes ADD CONSTRAINT c UNIQUE (team) DEFERRABLE INITIALLY DEFERRED",
     "ALTER TABLE public.notes ADD CONSTRAINT c PRIMARY KEY (id)",
     "ALTER TABLE notes ALTER COLUMN team SET NOT NULL"],
)  # fmt: skip
def test_in_two_steps_it_is_what_the_file_says(database: str, added: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(CONSTRAINTS)
        connection.execute("ALTER TABLE notes ALTER COLUMN id SET NOT NULL")
        production = read(connection)
        found = arrange(missing((added, "")), production)
        assert "CONCURRENTLY" in found[0].sql or "NOT VALID" in found[0].sql
        connection.execute("BEGIN")
        connection.execute(added.encode())
        as_the_file_says = read(connection)
        connection.execute("ROLLBACK")
        for statement in found:
            connection.execute(statement.sql.encode())
        assert compare(as_the_file_says, read(connection)) == ()


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE notes ADD CONSTRAINT c PRIMARY KEY (team)",  # which may be NULL now
        "ALTER TABLE notes ADD UNIQUE (team)",  # its name is the server's to choose
        "ALTER TABLE notes ADD CONSTRAINT c UNIQUE USING INDEX there",
        "ALTER TABLE notes ADD CONSTRAINT c UNIQUE (team) WITH (fillfactor = 70)",
        "ALTER TABLE members ADD CONSTRAINT c UNIQUE (id)",  # partitioned
        "ALTER TABLE members ALTER COLUMN team SET NOT NULL",
        "ALTER TABLE notes ALTER COLUMN team SET NOT NULL, ALTER COLUMN team SET DEFAULT 1",
        "ALTER TABLE not_there_yet ALTER COLUMN team SET NOT NULL",
    ],
)
def test_what_cannot_be_done_in_two_steps_stays_as_it_is(database: str, sql: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(CONSTRAINTS)
        assert [s.sql for s in arrange(missing((sql, "")), read(connection))] == [sql]


def test_a_column_stays_where_something_builds_upon_it(database: str) -> None:
    sql = "ALTER TABLE notes ALTER COLUMN team SET NOT NULL"
    key = "ALTER TABLE notes ADD CONSTRAINT c PRIMARY KEY (team)"
    statements = missing((sql, "public.notes.team"), (key, ""))
    with psycopg.connect(database) as connection:
        connection.execute(CONSTRAINTS)
        apart = missing((sql, "public.notes.team"), ("ALTER TABLE notes ADD CHECK (team > 0)", ""))
        assert [s.index for s in arrange(apart, read(connection))] == [0, 1, 0, 0, 0]
        assert next(s.sql for s in arrange(statements, read(connection))) == sql
