"""What each statement looks like by itself: run, or not, by the states of what it touched."""

from __future__ import annotations

from collections.abc import Mapping

from reconcile_pipeline.attribution.timeline.effects import REPLACED_WHOLE, Facets, differing
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import Change, Difference


def looks_of(timeline: Timeline, ran: Mapping[Position, bool]) -> dict[Position, bool]:
    """`ran`, without the statements of whose effects production shows none.

    An effect tells where production shows the state after it, or else one from before it.
    """
    looks = dict(ran)
    for position, effects in timeline.by_statement.items():
        told = [
            seen for effect in effects if (seen := _seen(timeline, position, effect)) is not None
        ]
        if told and not any(told):
            looks[position] = False
    return looks


def _seen(timeline: Timeline, position: Position, effect: Difference) -> bool | None:
    """True for the state after the effect, False for one from before it, None for another one."""
    actual = timeline.actual(effect.id)
    if _same(effect.after, actual, effect) and not _an_earlier_one(timeline, position, effect):
        return True
    for earlier, each in timeline.by_object[effect.id]:
        if earlier > position:
            break
        if _same(each.before, actual, effect):
            return False
    return None


def _an_earlier_one(timeline: Timeline, position: Position, effect: Difference) -> bool:
    """Whether what it makes is there as an earlier statement made it, and not as this one does: a
    view that files drop and make anew, each time with another text."""
    actual = timeline.actual(effect.id)
    if effect.change is not Change.CREATED or effect.id.kind not in REPLACED_WHOLE:
        return False
    if actual is None or not differing(effect.after or {}, actual):
        return False
    return any(
        earlier < position and each.after and not differing(each.after, actual)
        for earlier, each in timeline.by_object[effect.id]
    )


def _same(state: Facets | None, actual: Facets | None, effect: Difference) -> bool:
    if state is None or actual is None:
        return state is None and actual is None
    if effect.change is not Change.ALTERED:
        return True
    return not differing({name: state.get(name) for name in effect.facets}, actual)
