"""Does production show the rows of what the plan writes into the directory?

The reconciliation migration repeats statements of archived files that production shows. Where a
file between them leaves the directory (nothing shows that it ran, say), rows that it had changed
are not as the statement leaves them any more, and recording the migration is refused, after all
else was done. So the question is asked before; and so it is of files that stay, whose rows a file
took away that leaves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from psycopg import Connection

from reconcile_pipeline.attribution.attribute import rows_verdict
from reconcile_pipeline.attribution.model import MigrationReport, RowEffect, Verdict
from reconcile_pipeline.attribution.rows.evidence import RowEvidence
from reconcile_pipeline.attribution.timeline.timeline import Position
from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.catalog.model import Change
from reconcile_pipeline.drift.words import at_lines
from reconcile_pipeline.migrations.model import Inventory
from reconcile_pipeline.plan.model import Plan, StepKind
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.model import Outcome, Replay
from reconcile_pipeline.shadow.twin import Twin

_LACKING = (Verdict.ABSENT, Verdict.DIFFERENT)

Evidence = dict[Position, tuple[RowEffect, ...]]


def unshown(
    dsn: str,
    inventory: Inventory,
    replay: Replay,
    database: ShadowDatabase,
    paths: Collection[str],
    not_yet: Collection[str],
    twin: Twin,
    filled: Collection[str],
) -> dict[str, str]:
    """Statements of the files `paths` whose rows production does not show -> where, in words.

    `replay` has just been run on `database`. `not_yet`: statements that production has yet to run;
    `filled`: tables that get rows by them, as they stand in the `twin`. What also changes the
    catalog is left out: that is compared. Production is only read.
    """
    runs = tuple(
        run
        for run in replay.runs
        if run.outcome is Outcome.RAN
        and not run.effects
        and inventory.files[run.file].path in paths
        and inventory.files[run.file].statements[run.index].sql.strip() not in not_yet
    )
    if not any(run.rows for run in runs):
        return {}

    def evidence(asked: AbstractContextManager[Connection[Any]]) -> Evidence:
        return _evidence(asked, inventory, database, replace(replay, runs=runs))

    now = evidence(connect_to_read(dsn))
    denied = list(_denied(now))
    if filled:
        denied += _late(evidence(twin.connect(as_superuser=True)), now, filled)
    found: dict[str, str] = {}
    for number, index in denied:
        file = inventory.files[number]
        statement = file.statements[index]
        found[statement.sql.strip()] = f"{file.path}, line {statement.line}"
    return found


def given_again(
    dsn: str,
    inventory: Inventory,
    replay: Replay,
    database: ShadowDatabase,
    paths: Collection[str],
    before: Iterable[MigrationReport],
) -> dict[str, str]:
    """Migrations that stay in the directory, and rows of which production lacks though it shows the
    statement today, by these reports of `before` -> why. Parameters as of `unshown`.

    What took the rows away leaves the directory, so that replaying it gives them again. Not to be
    told of this, or to find it out when all else is done, would be worse than that it is so.
    """
    shown = {
        (report.path, s.index)
        for report in before
        if report.path in paths
        for s in report.statements
        if s.ran and s.verdict not in _LACKING
    }
    runs = tuple(
        run
        for run in replay.runs
        if run.outcome is Outcome.RAN
        and run.rows
        and not run.effects
        and (inventory.files[run.file].path, run.index) in shown
    )
    if not runs:
        return {}
    found = _evidence(connect_to_read(dsn), inventory, database, replace(replay, runs=runs))
    lines: dict[int, list[str]] = {}
    for number, index in _denied(found):
        lines.setdefault(number, []).append(str(inventory.files[number].statements[index].line))
    gone = {n: at_lines(each, limit=5) for n, each in lines.items()}
    return {
        file.version or file.name: f"production lacks the rows of {gone[number]}, which another "
        "file took away; that one leaves the directory, so that replaying it gives them"
        for number, file in enumerate(inventory.files)
        if number in gone
    }


def _evidence(
    asked: AbstractContextManager[Connection[Any]],
    inventory: Inventory,
    database: ShadowDatabase,
    replay: Replay,
) -> Evidence:
    with asked as connection:
        found = RowEvidence(inventory, connection, database.connect_owner)
        found.read(replay)
        return found.found


def filled_by(plan: Plan) -> frozenset[str]:
    """The tables that the plan's completions may put rows into."""
    return frozenset(
        name
        for step in plan.steps
        if step.kind is StepKind.COMPLETION
        for name, (inserted, _, _) in (step.rows or {}).items()
        if inserted != 0
    )


def _denied(found: Evidence) -> Iterator[Position]:
    for position, effects in found.items():
        if rows_verdict(effects, ran=True) in _LACKING:
            yield position


def _late(then: Evidence, now: Evidence, filled: Collection[str]) -> Iterator[Position]:
    """Statements whose rows come only with the plan, and so without what these did to them.

    What production shows by rows of its own, which the twin lacks, is not asked again.
    """
    for position in _denied(then):
        effects = then[position]
        if any(e.table in filled for e in effects) and not _shown(now.get(position, ())):
            yield position


def _shown(effects: Iterable[RowEffect]) -> bool:
    return any(e.change is not Change.ALTERED and e.matched for e in effects)
