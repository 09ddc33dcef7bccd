"""The facts of a report, from what an apply returns."""

from __future__ import annotations

from dataclasses import replace

from reconcile_pipeline.apply.context import Outcome as Applied
from reconcile_pipeline.apply.context import StepResult
from reconcile_pipeline.evidence.gather import step_runs, table_rows
from reconcile_pipeline.evidence.model import Outcome, StepRun, TableRows
from reconcile_pipeline_tests.evidence.cases import facts


def test_each_step_of_the_plan_has_its_outcome() -> None:
    plan = facts().plan
    results = [
        StepResult("complete-020", "completion", Applied.DONE, 41, 2),
        StepResult("backfill-user_profiles", "backfill", Applied.ALREADY, 3, detail="all there"),
    ]
    assert step_runs(plan, results, failed="complete-021", why="no lock") == (
        StepRun("complete-020", Outcome.DONE, 41.0, 2),
        StepRun("backfill-user_profiles", Outcome.ALREADY, 3.0, 1, "all there"),
        StepRun("complete-021", Outcome.FAILED, detail="no lock"),
        StepRun("history", Outcome.SKIPPED),
    )


def test_every_outcome_of_an_apply_has_a_word_here() -> None:
    assert {outcome.value for outcome in Applied} <= {outcome.value for outcome in Outcome}


def test_counts_and_counters_come_together_by_table() -> None:
    plan = facts().plan
    rewriting = replace(plan.steps[0], rewrites=("public.rewritten",))
    plan = replace(plan, steps=(rewriting, *plan.steps[1:]))
    results = [
        StepResult(
            "complete-020",
            "completion",
            Applied.DONE,
            1,
            rows={"public.a": (1, 2, 3)},
            replaced=("public.rewritten", "public.emptied"),
            dropped=("public.gone", "public.a.old"),
        ),
        StepResult("history", "history", Applied.DONE, 1, rows={"public.a": (10, 0, 0)}),
    ]
    before = {"public.a": 5, "public.emptied": 2, "public.gone": 4, "public.rewritten": 1}
    after = {"public.a": 13, "public.emptied": 0, "public.new": 0, "public.rewritten": 1}
    assert table_rows(plan, before, after, results) == (
        TableRows("public.a", 5, 13, 11, 2, 3, dropped=("old",)),
        TableRows("public.emptied", 2, 0, truncated=True),
        TableRows("public.gone", 4, None),
        TableRows("public.new", None, 0),
        TableRows("public.rewritten", 1, 1),
    )
