"""How unlikely it is that a person made by hand just what a file that did not run makes too.

In units of one change made by hand, as in `cost`, to be added to what making it costs.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconcile_pipeline.attribution.timeline.effects import SOFT, Facets, differing
from reconcile_pipeline.attribution.timeline.likeness import says_all_of, texts_apart
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import Change, Kind, ObjectId

SAME_NAME = 0.4  # added by hand under the very name that a file gives it
SAME_AND_MORE = 0.9  # … saying all that the file says, and more: that was rather edited
SAME_SHAPE = 1.5  # … and in the very shape
MADE_AGAIN = 0.5  # … though a file that ran dropped just this
FOR_NOTHING = 0.7  # … and none after it makes it again
SAME_TEXT = 3.0  # … where that is no accident: a table's columns, a function's whole text
NEAR_TEXT = 0.3  # … or most of it: what part of its words or columns may be other ones
SAME_COLUMN = 0.25  # … each further column of a table
FEW_COLUMNS = 4

OFTEN_REMOVED = frozenset({Kind.INDEX, Kind.POLICY, Kind.TRIGGER})
_EDITED = OFTEN_REMOVED | {Kind.CONSTRAINT}
_RICH = frozenset({Kind.TABLE, Kind.FUNCTION, Kind.PROCEDURE, Kind.VIEW, Kind.MATERIALIZED_VIEW})
#: Kinds that people write as a text, and that hold no rows.
WRITTEN = _RICH - {Kind.TABLE}


def coincidence(
    timeline: Timeline, id: ObjectId, actual: Facets, ran: Mapping[Position, bool]
) -> float:
    """How unlikely it is that a person made what a file that did not run makes too."""
    later = SOFT | {"rls", "rls_forced"}
    found = 0.0
    told = timeline.by_object.get(id, ())
    for position, effect in told:
        state = effect.before if effect.change is Change.DROPPED else effect.after
        if state is None or not effect.facets:
            continue
        if effect.change is Change.ALTERED:
            # Nobody writes a file's comment again, word for word.
            if "comment" in effect.facets and state["comment"] == actual.get("comment") is not None:
                found = max(found, SAME_SHAPE)
            continue
        parts = [
            timeline.actual(part.id) is not None
            for part in timeline.by_statement.get(position, ())
            if part.parent == id
            and part.change is Change.CREATED
            and (id.kind is not Kind.TABLE or part.id.kind is Kind.COLUMN)
        ]
        same = later.issuperset(differing(state, actual))
        same = same and parts.count(False) <= NEAR_TEXT * len(parts)
        if id.kind in WRITTEN and texts_apart(state, actual) <= NEAR_TEXT:
            same = True
        shape = SAME_TEXT if id.kind in _RICH else SAME_SHAPE
        shape += SAME_COLUMN * max(parts.count(True) - FEW_COLUMNS, 0)
        if not same:
            more = id.kind in _EDITED and says_all_of(actual, state)
            shape = SAME_AND_MORE if more else SAME_NAME
        if effect.change is Change.DROPPED and ran[position]:
            made = (e.change is Change.CREATED and p > position for p, e in told)
            shape += MADE_AGAIN + (0.0 if any(made) else FOR_NOTHING)
        found = max(found, shape)
    return found
