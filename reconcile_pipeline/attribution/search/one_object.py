"""Whether all that production lacks of what a file makes is one object.

Of a file that seems to have been cut off before its last statement, that one was mostly removed by
hand.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from reconcile_pipeline.attribution.search.cost import only_soft
from reconcile_pipeline.attribution.search.prices import Prices
from reconcile_pipeline.attribution.timeline.effects import is_object
from reconcile_pipeline.attribution.timeline.timeline import Position
from reconcile_pipeline.attribution.traces import File, Traces
from reconcile_pipeline.catalog.model import Change, ObjectId


def lacks_one_object(
    traces: Traces, prices: Prices, file: File, missing: Sequence[Position]
) -> bool:
    """Whether just one of the `missing` statements tells that it is: it makes an object, or
    protects one, and what the others make is there, since a later file makes it anew, or only
    grants what it makes. Where others beside it leave nothing, more than one may be missing; where
    nothing else that the file makes is there, it is not one of many."""
    made = {e.id for p in missing for e in traces.effects_of(p) if e.change is Change.CREATED}
    told = [p for p in missing if _shows_missing(traces, prices, p, made)]
    if len(told) != 1 or not any(map(is_object, traces.effects_of(told[0]))):
        return False
    checkable = traces.checkable[file.number]
    earlier = [position for position in checkable if position < missing[0]]
    if not any(map(traces.stands, earlier)):
        return False
    before = max(earlier)
    beside = [p for p in file.positions if p > before and p not in file.control]
    return len(beside) == len(missing)


def _shows_missing(traces: Traces, prices: Prices, position: Position, made: Set[ObjectId]) -> bool:
    """Whether a missing statement may be one more than one: not where production has all that it
    makes, nor where it only grants what another of the missing ones makes (`made`)."""
    if prices.has_all_of(position):
        return False
    effects = traces.effects_of(position)
    return not effects or not all(only_soft(effect) and effect.id in made for effect in effects)
