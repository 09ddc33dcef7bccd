"""What the verbs that change something answer, as JSON for scripts.

Addresses and secrets are masked, as in the evidence; paths are whole.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconcile_pipeline.cli.state import state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile_pipeline.apply.approval import Approval
    from reconcile_pipeline.apply.undo.take_back import UndoResult
    from reconcile_pipeline.flow.finish import Applied
    from reconcile_pipeline.flow.undo import Waiting


def applied(done: Applied) -> str:
    """The steps, what was checked from outside, the promises, and where to read all of it."""
    from reconcile_pipeline.cli.verify import plain_checks

    return _text(
        {
            "target": done.run.plan.target,
            "plan_hash": done.run.plan_hash,
            "ok": done.ok,
            "steps": done.facts.steps,
            "checks": plain_checks(done.verified.checks),
            "promises": done.promises,
            "report": done.run.report,
            "evidence": done.run.evidence,
        }
    )


def approved(approval: Approval, stakes: Sequence[tuple[str, str, int]]) -> str:
    """The approval as it is kept, and the rows that the plan would delete now."""
    rows = [{"step": step, "table": name, "rows": number} for step, name, number in stakes]
    return _text({"approval": approval, "rows_at_stake": rows})


def way_back(waiting: Waiting) -> str:
    """The plan of an undo that waits for an approval."""
    from reconcile_pipeline.plan.codec import to_plain

    undo = waiting.undo
    return _text(
        {
            "target": undo.plan.target,
            "run": waiting.run.plan_hash,
            "undone": False,
            "plan_hash": undo.plan_hash,
            "plan": to_plain(undo.plan),
        }
    )


def undone(waiting: Waiting, result: UndoResult) -> str:
    """What an undo did. `restored`: production is what it was before the run."""
    return _text(
        {
            "target": waiting.undo.plan.target,
            "run": waiting.run.plan_hash,
            "undone": True,
            "plan_hash": waiting.undo.plan_hash,
            "restored": result.restored,
            "steps": result.steps,
            "files": result.files,
            "access_changes": result.verification.access_changes,
            "evidence": waiting.undo.evidence,
        }
    )


def _text(answer: object) -> str:
    from reconcile_pipeline.evidence.encode import plain
    from reconcile_pipeline.evidence.redaction import Redactor

    return json.dumps(Redactor(state().dsns).value(plain(answer)), indent=2)
