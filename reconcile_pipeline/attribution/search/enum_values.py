"""What an enum's values tell: no command takes one away, and each is added by one of its own."""

from __future__ import annotations

from reconcile_pipeline.attribution.timeline.effects import Facets
from reconcile_pipeline.attribution.timeline.timeline import Timeline
from reconcile_pipeline.catalog.model import Kind, ObjectId

LACKED = 0.25  # each further value that it should have: the type was made anew without it
THE_FILE_S = 0.4  # each value that somebody added in the very words of a file that did not run


def lacks_values(id: ObjectId, expected: Facets, actual: Facets) -> bool:
    """Whether it is an enum that lacks values: they were never added.

    As many others in their places are the same ones under other names; but at the end, that is
    where a new value goes.
    """
    if id.kind is not Kind.ENUM:
        return False
    was, now = _labels(expected), _labels(actual)
    gone = [place for place, label in enumerate(was) if label not in now]
    new = [label for label in now if label not in was]
    at_the_end = gone == list(range(len(was) - len(gone), len(was)))
    return len(gone) > len(new) or (bool(gone) and at_the_end)


def values_cost(timeline: Timeline, id: ObjectId, expected: Facets, actual: Facets) -> float:
    """What an enum's other values cost beyond its being changed by hand; 0 for other kinds."""
    if id.kind is not Kind.ENUM:
        return 0.0
    was, now = _labels(expected), _labels(actual)
    given = {
        label
        for _, effect in timeline.by_object.get(id, ())
        for state in (effect.before, effect.after)
        for label in _labels(state or {})
    }
    gone = [label for label in was if label not in now]
    new = [label for label in now if label not in was and label in given]
    return LACKED * max(len(gone) - 1, 0) + THE_FILE_S * len(new)


def _labels(facets: Facets) -> list[str]:
    return str(facets.get("labels", "")).split("\n")
