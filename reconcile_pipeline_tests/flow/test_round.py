"""From drift to done on a plain PostgreSQL: older servers, and directories without a history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.config import Target
from reconcile_pipeline.drift.model import Finding
from reconcile_pipeline.flow.apply import apply_plan
from reconcile_pipeline.flow.approve import approve_plan
from reconcile_pipeline.flow.plan import Planned, make_and_write_plan
from reconcile_pipeline.flow.scan import scan_target
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline_tests.catalog.old_servers import running

FILES = {
    "001_init.sql": """
CREATE TABLE people (id int PRIMARY KEY, mail text NOT NULL UNIQUE);
CREATE TABLE orders (id int PRIMARY KEY, person int REFERENCES people, total numeric DEFAULT 0);
CREATE VIEW totals AS SELECT person, sum(total) AS total FROM orders GROUP BY person;
GRANT SELECT ON orders TO PUBLIC;
""",
    "002_notes.sql": """
ALTER TABLE people ADD COLUMN note text;
CREATE TABLE notes (id int PRIMARY KEY, person int REFERENCES people);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE INDEX notes_of ON notes (person);
""",
    "003_never.sql": "CREATE TABLE never (id int);\nCREATE INDEX never_id ON never (id);\n",
}
RAN = (
    FILES["001_init.sql"],
    "ALTER TABLE people ADD COLUMN note text",
    "CREATE TABLE notes (id int PRIMARY KEY, person int REFERENCES people)",
    # By hand.
    "ALTER TABLE people ADD COLUMN phone text",
    "INSERT INTO people VALUES (1, 'ada@example.com')",
)


@pytest.fixture(scope="module", params=[15, 16])
def older(request: pytest.FixtureRequest) -> Iterator[str]:
    with running(request.param) as dsn:
        yield dsn


def target(dsn: str, folder: Path, files: dict[str, str], **settings: object) -> ResolvedTarget:
    """A drifted database with its directory."""
    for name, text in files.items():
        path = folder / "migrations" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with psycopg.connect(dsn, autocommit=True) as connection:
        for sql in RAN:
            connection.execute(sql.encode())
    made = Target.model_validate(settings)
    return ResolvedTarget("plain", made, dsn, folder / "migrations", folder / "evidence")


def carry_out(target: ResolvedTarget) -> Planned:
    """Plan, rehearse, approve, apply, verify; all of it must hold."""
    planned = make_and_write_plan(target)
    assert planned.rehearsal.held, planned.rehearsal.problems
    approve_plan(target, planned.run, "Ada")
    applied = apply_plan(target, planned.run)
    assert applied.ok, applied
    report = scan_target(target).report
    assert not report.unexplained
    assert {m.finding for m in report.migrations} == {Finding.SYNCHRONIZED}
    with psycopg.connect(target.dsn) as connection:
        row = connection.execute(
            "SELECT count(*), min(mail), to_regclass('notes_of') IS NOT NULL FROM people"
        ).fetchone()
    assert row == (1, "ada@example.com", True)
    return planned


def test_an_older_server_is_reconciled(older: str, tmp_path: Path) -> None:
    carry_out(target(older, tmp_path, FILES, history="supabase"))
