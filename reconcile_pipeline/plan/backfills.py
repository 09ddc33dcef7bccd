"""Steps that fill a table's missing rows, as `[[targets.NAME.backfills]]` declares them."""

from __future__ import annotations

from collections.abc import Sequence

from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.config import BackfillTable, Target
from reconcile_pipeline.drift.scan import Scan
from reconcile_pipeline.errors import PlanError
from reconcile_pipeline.plan.conditions import nothing_missing, tables_there
from reconcile_pipeline.plan.locks import backfill_locks
from reconcile_pipeline.plan.model import Backfill, Step, StepKind


def backfill_steps(
    target: Target, scan: Scan, before: Sequence[Step], warnings: list[str]
) -> list[Step]:
    """A step for each declared backfill whose table is there, or is made by a step before it.

    Raises PlanError for one that is named like another step.
    """
    steps: list[Step] = []
    for declared in target.backfills:
        if not will_be_there(declared.table, scan, before):
            warnings.append(
                f"{declared.table} is not in production and no migration to be completed makes "
                f"it: the backfill {declared.name} is left out."
            )
            continue
        step = _step(declared, target, scan, [*before, *steps])
        if step.id in {each.id for each in before}:
            raise PlanError(
                f"The backfill {declared.name} has the name of another step.",
                hint="Give it another name in reconcile.toml.",
            )
        steps.append(step)
    return steps


def _step(declared: BackfillTable, target: Target, scan: Scan, before: Sequence[Step]) -> Step:
    backfill = Backfill(
        target=declared.table,
        source=declared.source,
        target_key=declared.key,
        source_key=declared.source_key or declared.key,
        columns=dict(declared.columns),
        batch_size=declared.batch_size,
        pause_ms=declared.pause_ms,
    )
    query = " " in declared.source.strip()
    rows = "the rows of its query" if query else f"the rows of {declared.source}"
    purpose = f"Give those of {rows} that lack one their row in {declared.table}"
    return filling_step(f"backfill-{declared.name}", purpose, backfill, target, scan, before)


def filling_step(
    id: str, purpose: str, backfill: Backfill, target: Target, scan: Scan, before: Sequence[Step]
) -> Step:
    """The step of one backfill; `before`: the steps that may make the table that is filled."""
    return Step(
        id=id,
        kind=StepKind.BACKFILL,
        purpose=purpose,
        statements=(),
        answers=(backfill.target,),
        rows={backfill.target: (None, 0, 0)},
        locks=backfill_locks(backfill, scan.production.snapshot, before),
        precondition=tables_there(backfill.target, backfill.source),
        postcondition=nothing_missing(backfill),
        lock_timeout_ms=target.lock_timeout_ms,
        statement_timeout_ms=target.statement_timeout_ms,
        backfill=backfill,
    )


def will_be_there(table: str, scan: Scan, before: Sequence[Step]) -> bool:
    """True where production has the table, or one of these steps makes it."""
    return ObjectId(Kind.TABLE, table) in scan.production.snapshot or any(
        (step.postcondition and f"table {table} is there" in step.postcondition.text)
        or any(table.split(".")[-1] in sql for sql in step.statements)
        for step in before
    )
