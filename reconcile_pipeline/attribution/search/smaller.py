"""What to try where a replay explains less than the search had thought: parts of its change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconcile_pipeline.attribution.timeline.timeline import Position
from reconcile_pipeline.attribution.traces import File

FEW = 5  # files of which all but one are tried


def smaller(
    ran: Mapping[Position, bool], refused: Mapping[Position, bool], files: Sequence[File]
) -> list[dict[Position, bool]]:
    """The change from `ran` to the `refused` choice for one file at a time; of a few files first
    for all but one, which alone may be why: one that only rows tell of, say."""
    changed = [f for f in files if any(refused[p] != ran[p] for p in f.positions)]
    if len(changed) < 2:
        return []
    proposals = []
    if 2 < len(changed) <= FEW:
        proposals += [{**refused, **{p: ran[p] for p in f.positions}} for f in changed]
    return proposals + [{**ran, **{p: refused[p] for p in f.positions}} for f in changed]
