"""Effects that no replay showed, and that statements have by other choices."""

from __future__ import annotations

from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import Difference


def put(timeline: Timeline, position: Position, effect: Difference) -> None:
    """Put such an effect into the timeline, in its place."""
    known = timeline.by_object.setdefault(effect.id, [])
    known.append((position, effect))
    known.sort(key=lambda pair: pair[0])
    timeline.in_vain.setdefault(position, set()).add(effect.id)
