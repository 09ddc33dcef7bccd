"""Hazards of a plan's steps."""

from __future__ import annotations

from reconcile_pipeline.migrations.model import Severity
from reconcile_pipeline.plan.judging import judged

ON = "ALTER TABLE papers ENABLE ROW LEVEL SECURITY"


def test_a_plan_switched_row_level_security_on_and_did_not_say_so() -> None:
    (said,) = (h for h in judged([ON], strict=False) if h.rule == "narrows_access")
    assert said.severity is Severity.WARNING and said.objects == ("public.papers",)
    # Nobody used a table that the step itself makes.
    new = judged(["CREATE TABLE papers (id int)", ON], strict=False)
    assert "narrows_access" not in {h.rule for h in new}
    assert len([h for h in judged([ON], strict=True) if h.rule == "narrows_access"]) == 1
    off = judged(["ALTER TABLE papers NO FORCE ROW LEVEL SECURITY"], strict=False)
    assert "narrows_access" not in {h.rule for h in off}
