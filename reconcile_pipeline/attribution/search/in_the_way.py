"""What explains that statements of a file did not run: something was there, made by hand.

A tool stops at a statement that fails; a person at a prompt goes on with the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from reconcile_pipeline.attribution.search.file_cost import stretches
from reconcile_pipeline.attribution.timeline.timeline import Position
from reconcile_pipeline.attribution.traces import Traces
from reconcile_pipeline.catalog.model import ObjectId


def stopped(
    traces: Traces,
    checkable: Sequence[Position],
    shape: Sequence[bool],
    ran: Mapping[Position, bool],
) -> bool:
    """Whether a cut is just where something was in the file's way: that explains it. Not where
    only that itself lacks what follows, as its comment: it may have been made anew by hand.

    `checkable`: the file's statements that leave something to check; `shape`: which of them ran.
    """
    first = shape.index(False)
    missing = checkable[first:]
    if any(shape[first:]) or not (there := traces.in_its_way(missing[0], ran)):
        return False
    return any(_beside(traces, position, there) for position in missing)


def without_refused(
    traces: Traces,
    checkable: Sequence[Position],
    shape: tuple[bool, ...],
    ran: Mapping[Position, bool],
) -> tuple[bool, ...]:
    """The shape with those statements as run that were tried and refused, with all that they do.

    A single one between others that ran is missing, and production has a part of what it makes,
    which somebody had made: of nine columns that it adds one was there.
    """
    if all(shape) or not any(shape):
        return shape
    found = list(shape)
    for begin, end in stretches([not kept for kept in shape]):
        if end == begin + 1 and (there := traces.in_its_way(checkable[begin], ran)):
            found[begin] = _beside(traces, checkable[begin], there)
    return tuple(found)


def _beside(traces: Traces, position: Position, there: Set[ObjectId]) -> bool:
    """Whether the statement does more than to make what was in the way and what belongs to that."""
    return any(
        effect.id not in there and effect.parent not in there
        for effect in traces.effects_of(position)
    )
