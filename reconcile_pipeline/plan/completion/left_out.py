"""Why a statement of a file that is completed is not run, though it may not have run yet."""

from __future__ import annotations

from collections.abc import Iterable

from reconcile_pipeline.attribution.model import StatementVerdict
from reconcile_pipeline.plan.not_there_yet import fills


def left_out(statement: StatementVerdict, missing: Iterable[StatementVerdict], rows: bool) -> str:
    """`line 3: UPDATE is not run, …`. `missing`: what is run of the statements before it. `rows`:
    whether it changes rows; else the shadow refused it, and it is not known what it would do.
    """
    left = f"line {statement.line}: {statement.tag} is not run"
    if not rows:
        return (
            f"{left}, since the shadow cannot run it ({statement.error}); "
            "replaying the directory will not show it."
        )
    for each in missing:
        if fills(statement.sql, each):
            return (
                f"{left}, and cannot have run before: line {each.line} makes only now what it is "
                "about. Run it by hand afterwards if it is wanted."
            )
    return f"{left}, since nothing can tell whether it ran already."
