"""Files that act for another role, as many teams' do so that their tables are all one role's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.plan.model import StepKind
from reconcile_pipeline_tests.flow.test_round import FILES, carry_out, target

ROLE = f"keeps_{os.getpid()}"
FILE = f"""SET ROLE {ROLE};
CREATE TABLE papers (id int PRIMARY KEY);
CREATE TABLE notes_on (id int PRIMARY KEY);
RESET ROLE;
CREATE TABLE ours (id int);
SET LOCAL ROLE {ROLE};
CREATE TABLE theirs (id int);
"""


@pytest.fixture
def production(database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {ROLE}".encode())
        try:
            yield connection
        finally:
            connection.execute(f"DROP OWNED BY {ROLE} CASCADE; DROP ROLE {ROLE}".encode())


def test_what_a_file_lacks_is_made_for_the_role_that_it_acts_for(
    production: psycopg.Connection, database: str, tmp_path: Path
) -> None:
    """That the role may create in `public` was granted by hand, so the replay does not know it."""
    made = target(database, tmp_path, {**FILES, "004_papers.sql": FILE}, history="supabase")
    production.execute(f"GRANT CREATE ON SCHEMA public TO {ROLE}".encode())
    production.execute(f"SET ROLE {ROLE}; CREATE TABLE papers (id int PRIMARY KEY)".encode())
    production.execute("RESET ROLE")

    steps = carry_out(made).plan.steps
    (step,) = [step for step in steps if step.kind is StepKind.COMPLETION and "004" in step.answers]
    assert [sql for sql in step.statements if "role" in sql.lower()] == [
        f"SET LOCAL role TO '{ROLE}'",
        "SET LOCAL role TO DEFAULT",
        f"SET LOCAL role TO '{ROLE}'",
        "SET LOCAL role TO DEFAULT",
    ]
    owners = production.execute(
        "SELECT tablename::text FROM pg_tables WHERE tableowner = %s ORDER BY 1", (ROLE,)
    ).fetchall()
    assert owners == [("notes_on",), ("papers",), ("theirs",)]
