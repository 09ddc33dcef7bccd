"""Indexes are built CONCURRENTLY where PostgreSQL lets them, and after everything else."""

from __future__ import annotations

import psycopg
import pytest

from reconcile_pipeline.attribution.model import EffectVerdict, StatementVerdict, Verdict
from reconcile_pipeline.catalog.model import Change, Kind, Snapshot
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.plan.online import indexes_last, online

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
    found = indexes_last(
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
        assert [s.index for s in indexes_last(statements, production)] == [0, 1]
