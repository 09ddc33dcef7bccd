"""The four promises, computed from what was measured. Each can fail, and says why when it does.

What was not measured is not proved: a missing measurement breaks its promise.
"""

from __future__ import annotations

from reconcile_pipeline.evidence.model import ReportFacts
from reconcile_pipeline.evidence.promises.in_step import in_step
from reconcile_pipeline.evidence.promises.nothing_lost import nothing_lost
from reconcile_pipeline.evidence.promises.nothing_stopped import nothing_stopped
from reconcile_pipeline.evidence.promises.promise import Promise
from reconcile_pipeline.evidence.promises.true import true

__all__ = ["Promise", "in_step", "nothing_lost", "nothing_stopped", "promises", "true"]


def promises(facts: ReportFacts) -> tuple[Promise, Promise, Promise, Promise]:
    """True, nothing lost, nothing stopped, in step: in this order."""
    return true(facts), nothing_lost(facts), nothing_stopped(facts), in_step(facts)
