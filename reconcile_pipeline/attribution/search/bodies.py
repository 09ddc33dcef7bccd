"""What it takes to believe that functions were made while nobody looked at their bodies.

A function that production has, whose body names a table that it lacks: either the table was there
and somebody dropped it, or bodies went unchecked. Once they did, they did for many functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconcile_pipeline.attribution.timeline.timeline import Position
from reconcile_pipeline.shadow.model import Run

OFF_IN_FILES = 0.25  # files switch the check off: it may have stayed off
OFF_NOWHERE = 3.0  # no file does


def unchecked_cost(runs: Iterable[Run], ran: Mapping[Position, bool], off: bool) -> float:
    """What is assumed for the functions that were made unchecked. `off`: files say that."""
    if not any(run.unchecked and ran[run.file, run.index] for run in runs):
        return 0.0
    return OFF_IN_FILES if off else OFF_NOWHERE
