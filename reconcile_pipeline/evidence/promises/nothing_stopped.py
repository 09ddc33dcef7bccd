"""Nothing stopped: nobody waited for us longer than the longest lock timeout."""

from __future__ import annotations

from reconcile_pipeline.drift.words import count
from reconcile_pipeline.evidence.model import Outcome, ReportFacts
from reconcile_pipeline.evidence.promises.promise import Promise, judged

NAME = "Nothing stopped"


def nothing_stopped(facts: ReportFacts) -> Promise:
    """Fails for a wait beyond the bound, and where something ran while nobody watched."""
    waiting = facts.waiting
    if waiting is None or not waiting.samples:
        if any(run.outcome in (Outcome.DONE, Outcome.FAILED) for run in facts.steps):
            return judged(NAME, "Not measured", (), ("Nobody watched who waited for us.",))
        return judged(NAME, "Nothing of ours ran, so nobody waited for it", (), ())
    longest, bound = f"{waiting.longest_ms:,.0f} ms", f"{waiting.bound_ms:,} ms"
    seen = f"Longest anyone waited for us: {longest}"
    figure = f"{seen if waiting.waiters else 'Nobody was seen waiting for us'} (bound {bound})"
    proof = (
        f"The server was asked {count(waiting.samples, 'time')}, at least every "
        f"{waiting.interval_ms:,.0f} ms, who waits for us: "
        f"{count(waiting.waiters, 'session')} did.",
        f"No statement of ours was allowed to wait longer than {bound} for a lock.",
    )
    # Who queues behind our own wait for a lock waits as long as we do; hence the same bound.
    over = waiting.longest_ms > waiting.bound_ms
    reasons = (f"Somebody waited {longest} for us; {bound} was the bound.",) if over else ()
    return judged(NAME, figure, proof, reasons)
