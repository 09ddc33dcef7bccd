"""What stays wrong in production and is said before anybody approves."""

from __future__ import annotations

from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.drift.model import DriftReport
from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.plan.left_as_is import recursing


def test_policies_that_recurse_were_told_by_the_verification_when_all_was_done() -> None:
    hazard = Hazard("self_recursive_policy", Severity.DANGER, "It recurses.", ("public.t.mine",))
    report = DriftReport("plain", "none", "f", "", (), (), as_it_stands=(hazard,))
    (warning,) = recursing(report, ())
    assert warning.startswith("It recurses (SQLSTATE 42P17).")
    assert not list(recursing(report, {ObjectId(Kind.POLICY, "public.t.mine")}))
