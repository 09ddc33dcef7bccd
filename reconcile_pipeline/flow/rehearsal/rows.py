"""Does production show the rows of what the plan writes into the directory?

The reconciliation migration repeats statements of archived files that production shows. Where a
file between them leaves the directory (nothing shows that it ran, say), rows that it had changed
are not as the statement leaves them any more, and recording the migration is refused, after all
else was done. So the question is asked before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from psycopg import Connection

from reconcile_pipeline.attribution.attribute import rows_verdict
from reconcile_pipeline.attribution.model import RowEffect, Verdict
from reconcile_pipeline.attribution.rows.evidence import RowEvidence
from reconcile_pipeline.attribution.timeline.timeline import Position
from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.catalog.model import Change
from reconcile_pipeline.migrations.model import Inventory
from reconcile_pipeline.plan.model import Plan, StepKind
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.model import Outcome, Replay
from reconcile_pipeline.shadow.twin import Twin

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
        with asked as connection:
            found = RowEvidence(inventory, connection, database.connect_owner)
            found.read(replace(replay, runs=runs))
            return found.found

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
        if rows_verdict(effects, ran=True) in (Verdict.ABSENT, Verdict.DIFFERENT):
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
