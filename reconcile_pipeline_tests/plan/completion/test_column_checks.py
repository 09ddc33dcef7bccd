"""Checks of new columns, and constraints without a name: added at once, validated later."""

from __future__ import annotations

import psycopg
import pytest

from reconcile_pipeline.attribution.model import EffectVerdict, StatementVerdict, Verdict
from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.plan.completion.online import arrange

WORLD = """
CREATE TABLE teams (id int PRIMARY KEY, size int NOT NULL);
CREATE TABLE "My notes" (id int, team int NOT NULL);
CREATE TABLE parted (id int) PARTITION BY RANGE (id);
INSERT INTO teams VALUES (1, 2);
INSERT INTO "My notes" VALUES (1, 1);
"""


def arranged(database: str, sql: str) -> tuple[list[str], bool]:
    """What is run instead of the statement, and whether it comes to the same.

    The statement has the effects that a replay on the same database shows.
    """
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(WORLD)
        before = read(connection)
        connection.execute("BEGIN")
        connection.execute(sql.encode())
        after = read(connection)
        connection.execute("ROLLBACK")
        effects = tuple(
            EffectVerdict(each.id.kind, each.id.identity, each.change, Verdict.ABSENT)
            for each in compare(before, after)
        )
        statement = StatementVerdict(0, 1, sql, "ALTER TABLE", Verdict.ABSENT, effects)
        found = [each.sql for each in arrange([statement], before)]
        for each in found:
            connection.execute(each.encode())
        return found, compare(after, read(connection)) == ()


@pytest.mark.parametrize(
    ("sql", "validated"),
    [
        ("ALTER TABLE teams ADD COLUMN kind text NOT NULL DEFAULT 'a' CHECK (kind IN ('a', 'b'))",
         1),
        ("ALTER TABLE teams ADD a int CHECK (a > 0), ADD b int, ADD c int CHECK (c > 7)", 2),
        ('ALTER TABLE "My notes" ADD COLUMN IF NOT EXISTS "In" int CONSTRAINT "Its" CHECK'
         ' ("In" > 0) NO INHERIT -- said', 1),
        ("ALTER TABLE teams ADD a int CHECK (a > 0) CONSTRAINT big CHECK (a > 5)", 2),
        ('ALTER TABLE "My notes" ADD CHECK (team > 0)', 1),
        ('ALTER TABLE "My notes" ADD FOREIGN KEY (team) REFERENCES teams ON DELETE CASCADE', 1),
    ],
)  # fmt: skip
def test_a_check_is_validated_after_its_column(database: str, sql: str, validated: int) -> None:
    found, same = arranged(database, sql)
    assert [text for text in found if "VALIDATE" in text] == found[-validated:]
    assert sum(text.endswith("\nNOT VALID") for text in found) == validated
    assert same


def test_a_unique_key_without_a_name_gets_its_index_first(database: str) -> None:
    found, same = arranged(database, "ALTER TABLE teams ADD UNIQUE (size)")
    assert found[0].startswith("CREATE UNIQUE INDEX CONCURRENTLY")
    assert same


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE teams ADD COLUMN code text UNIQUE",
        "ALTER TABLE teams ADD COLUMN IF NOT EXISTS code uuid NOT NULL DEFAULT gen_random_uuid()"
        ' CONSTRAINT "Its key" UNIQUE NULLS NOT DISTINCT USING INDEX TABLESPACE pg_default',
        "ALTER TABLE teams ADD a int, ADD b int UNIQUE CHECK (b > 0)",
    ],
)
def test_a_new_column_that_is_unique_had_its_index_built_under_its_lock(
    database: str, sql: str
) -> None:
    found, same = arranged(database, sql)
    assert "UNIQUE" not in found[0]
    assert [text for text in found if text.startswith("CREATE UNIQUE INDEX CONCURRENTLY")]
    assert same


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE teams ADD a int UNIQUE DEFERRABLE CHECK (a > 0)",
        "ALTER TABLE teams ADD a int UNIQUE, ADD b int UNIQUE DEFERRABLE",
        "ALTER TABLE teams ADD a int UNIQUE UNIQUE",
        "ALTER TABLE teams ADD a int REFERENCES teams CHECK (a > 0)",
        "ALTER TABLE teams ADD a int CHECK (a > 0), ALTER size DROP NOT NULL",
        "ALTER TABLE teams ADD a int CHECK (size > 0)",  # the server names it otherwise
        "ALTER TABLE teams ADD a int CHECK (a > 0) CHECK (a > 5)",
        "ALTER TABLE parted ADD a int CHECK (a > 0)",
    ],
)
def test_what_cannot_be_named_surely_stays_as_the_file_says(database: str, sql: str) -> None:
    assert arranged(database, sql) == ([sql], True)
