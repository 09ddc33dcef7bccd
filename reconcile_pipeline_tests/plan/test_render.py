"""A plan for people."""

from __future__ import annotations

from reconcile_pipeline.plan.model import Step, StepKind
from reconcile_pipeline.plan.render import facts, not_done


def test_one_reason_stood_in_fifty_lines() -> None:
    assert not_done({"011": "it never ran", "012": "it deletes", "013": "it never ran"}) == (
        "011, 013: it never ran",
        "012: it deletes",
    )


def test_an_approver_in_dagster_saw_neither_locks_nor_rows() -> None:
    step = Step(
        "complete-1", StepKind.COMPLETION, "Run it", ("INSERT INTO t VALUES (1)",), ("1",),
        locks={"public.t": "ROW EXCLUSIVE"}, rows={"public.t": (None, 0, 0)},
    )  # fmt: skip
    assert list(facts(step)) == [
        "locks: public.t ROW EXCLUSIVE",
        "rows: public.t inserts any number",
        "in one transaction; waits for a lock 2,000 ms at most, runs 60 s at most",
    ]


def test_how_long_an_undo_waits_and_runs_was_not_said() -> None:
    back = Step("undo-production", StepKind.UNDO, "Take back", ("DROP TABLE t",), ())
    assert list(facts(back)) == [
        "in one transaction; waits for a lock 2,000 ms at most, runs 60 s at most"
    ]
    assert not list(facts(Step("undo-files", StepKind.UNDO, "Put the directory back", (), ())))
