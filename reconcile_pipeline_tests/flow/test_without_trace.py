"""A recorded file of which production shows nothing: what is said of it, and what a plan does."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.attribution.model import MigrationVerdict
from reconcile_pipeline.drift.model import Finding
from reconcile_pipeline.drift.tables import status_rows
from reconcile_pipeline.drift.words import meaning
from reconcile_pipeline.flow.apply import apply_plan
from reconcile_pipeline.flow.approve import approve_plan
from reconcile_pipeline.flow.check.remarks import of_drift
from reconcile_pipeline.flow.plan import make_and_write_plan
from reconcile_pipeline.flow.scan import scan_target
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline_tests.flow.test_plans_found import run
from reconcile_pipeline_tests.flow.test_plans_of_rows import run_recorded
from reconcile_pipeline_tests.flow.test_round import FILES, target

INDEX = "CREATE INDEX orders_total ON orders (total);\n"
LATER = {f"{n:03}_table.sql": f"CREATE TABLE t{n} (id int);\n" for n in range(3, 13)}


@pytest.fixture
def drifted(database: str, tmp_path: Path) -> ResolvedTarget:
    """All files are recorded and ran, but for the second one's index, which is not there."""
    files = {"001_init.sql": FILES["001_init.sql"], "002_index.sql": INDEX, **LATER}
    made = target(database, tmp_path, files, history="supabase")
    run(database, "DROP TABLE notes", "ALTER TABLE people DROP COLUMN note, DROP COLUMN phone")
    run_recorded(database, tuple(name[:3] for name in files), *LATER.values())
    return made


def test_it_is_not_said_to_have_run(drifted: ResolvedTarget) -> None:
    report = scan_target(drifted).report
    found = report.migrations[1]
    assert (found.verdict, found.finding) == (MigrationVerdict.UNVERIFIABLE, Finding.ALTERED)
    assert "never run" in meaning(found)
    note = status_rows(report)[1].note
    assert "nothing in production does" in note and "or else: it may have run" in note
    assert "changed since" not in note
    said = [r.message for r in of_drift(report, frozenset({found.file or ""}))]
    assert "nothing shows that it ran" in said[0] and not said[0].startswith("It ran")
    assert [str(entry.id) for entry in report.unexplained] == ["index public.orders_total"]


@pytest.mark.parametrize("back", [False, True])
def test_a_plan_leaves_it_recorded_and_settles_what_is_gone(
    drifted: ResolvedTarget, back: bool
) -> None:
    planned = make_and_write_plan(drifted, restore=["index public.orders_total"] if back else [])
    assert planned.rehearsal.held, planned.rehearsal.problems
    assert (bool(planned.plan.record), planned.plan.forget) == (not back, ())
    approve_plan(drifted, planned.run, "Ada")
    applied = apply_plan(drifted, planned.run)
    assert applied.verified.ok and all(p.held for p in applied.promises), applied.promises
    with psycopg.connect(drifted.dsn) as connection:
        row = connection.execute("SELECT to_regclass('orders_total') IS NOT NULL").fetchone()
    assert row == (back,)
    report = scan_target(drifted).report
    assert not report.unexplained
    assert {m.finding for m in report.migrations} == {Finding.SYNCHRONIZED}


def test_what_a_recorded_file_renames_and_is_gone_by_either_name_is_no_step_with_it(
    database: str, tmp_path: Path
) -> None:
    rename = "ALTER TABLE t3 RENAME COLUMN id TO key;\n"
    files = {"001_init.sql": FILES["001_init.sql"], **LATER, "013_rename.sql": rename}
    made = target(database, tmp_path, files, history="supabase")
    run_recorded(database, tuple(name[:3] for name in files), *LATER.values())
    run(database, "ALTER TABLE t3 DROP COLUMN id")
    found = scan_target(made).report.migrations[-1]
    assert (found.verdict, found.finding) == (MigrationVerdict.UNVERIFIABLE, Finding.ALTERED)
