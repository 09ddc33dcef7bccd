"""From what an apply returns to the facts of a report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconcile_pipeline.apply.context import StepResult
from reconcile_pipeline.evidence.model import Outcome, StepRun, TableRows
from reconcile_pipeline.plan.model import Plan


def step_runs(
    plan: Plan, results: Iterable[StepResult], failed: str = "", why: str = ""
) -> tuple[StepRun, ...]:
    """How each step of the plan went, in the plan's order.

    `failed` names the step that ended the run, if one did, and `why` says the reason; the steps
    that neither have a result nor failed were not reached.
    """
    by_step = {result.step: result for result in results}
    runs = []
    for step in plan.steps:
        if (result := by_step.get(step.id)) is not None:
            outcome = Outcome(result.outcome.value)
            run = StepRun(step.id, outcome, float(result.milliseconds), result.tries, result.detail)
        elif step.id == failed:
            run = StepRun(step.id, Outcome.FAILED, detail=why)
        else:
            run = StepRun(step.id, Outcome.SKIPPED)
        runs.append(run)
    return tuple(runs)


def table_rows(
    plan: Plan,
    before: Mapping[str, int],
    after: Mapping[str, int],
    results: Iterable[StepResult],
) -> tuple[TableRows, ...]:
    """Rows per table (`schema.table`), from two counts and what our transactions did in between.

    A table whose file was replaced by a step that did not say it rewrites it counts as truncated.
    """
    rewrites = {step.id: step.rewrites for step in plan.steps}
    done: dict[str, list[int]] = {}
    truncated: set[str] = set()
    dropped: set[str] = set()
    for result in results:
        for table, counted in result.rows.items():
            total = done.setdefault(table, [0, 0, 0])
            for place, rows in enumerate(counted):
                total[place] += rows
        truncated |= set(result.replaced) - set(rewrites.get(result.step, ()))
        dropped |= set(result.dropped)
    names = {*before, *after, *done, *truncated, *(_table(name) for name in dropped)}
    found = []
    for name in sorted(names):
        inserted, updated, deleted = done.get(name, (0, 0, 0))
        columns = sorted(d.removeprefix(f"{name}.") for d in dropped if d.startswith(f"{name}."))
        found.append(
            TableRows(
                name,
                before.get(name),
                after.get(name),
                inserted,
                updated,
                deleted,
                truncated=name in truncated,
                dropped=tuple(columns),
            )
        )
    return tuple(found)


def _table(dropped: str) -> str:
    """`schema.table` of `schema.table` or `schema.table.column`."""
    return ".".join(dropped.split(".")[:2])
