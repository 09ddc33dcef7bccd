"""Why migrations that did not run, or of which nothing shows that they did, are left so."""

from __future__ import annotations

from collections.abc import Collection

from reconcile_pipeline.attribution.model import MigrationVerdict
from reconcile_pipeline.config import Target
from reconcile_pipeline.drift.model import Finding, MigrationFinding
from reconcile_pipeline.drift.scan import Scan
from reconcile_pipeline.plan.completion.complete import is_completed
from reconcile_pipeline.plan.recordable import unparsed

_PENDING = frozenset({Finding.PENDING, Finding.PENDING_DESTRUCTIVE})


def not_run(
    scan: Scan, target: Target, completed: Collection[str], *, recorded: bool
) -> dict[str, str]:
    """Each such migration -> why nothing of it is run, and what to do where it is wanted.

    `completed`: files that the plan runs all the same. `recorded`: the plan writes the history.
    """
    left = "it is kept out of the history" if recorded else "it is not run"
    found: dict[str, str] = {}
    for m in scan.report.migrations:
        label = m.version or m.name
        if m.file in completed or label in found:
            continue
        if m.finding in _PENDING and (broken := unparsed(scan.inventory, m.file)):
            found[label] = f"{broken}: {left}; mend it before a push"
        elif m.finding is Finding.PENDING_DESTRUCTIVE:
            ran = f"{_ran(m)} and" if _shown(m) else f"{_ran(m)}, and it"
            found[label] = f"{ran} would delete data: {left}"
        elif m.finding is Finding.PENDING:
            found[label] = f"{_ran(m)}: {left}; {_way(m)}"
        elif m.finding is Finding.PHANTOM and target.phantom != "unrecord":
            found[label] = 'recorded, and nothing of it is there; phantom = "keep" leaves it so'
    return found


def _shown(m: MigrationFinding) -> bool:
    """Whether production shows that it did not run."""
    return m.report is None or m.report.verdict is not MigrationVerdict.UNVERIFIABLE


def _ran(m: MigrationFinding) -> str:
    return "it never ran" if _shown(m) else "nothing shows whether it ran"


def _way(m: MigrationFinding) -> str:
    """How to have it run: a plan runs what production lacks for certain, of a file it can name."""
    if m.version and m.report and any(map(is_completed, m.report.statements)):
        return "name it in run_pending to run it"
    return "run it by hand if it is wanted"
