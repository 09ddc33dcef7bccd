"""What CREATE OR REPLACE leaves of a function that another choice of statements made before."""

from __future__ import annotations

from collections.abc import Mapping

from reconcile_pipeline.attribution.timeline.timeline import Timeline
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId, Scalar, Snapshot

ADD = ObjectId(Kind.FUNCTION, "public.add()")
EMPTY = Snapshot({}, "none", 180000)
COMMENT = "Adds one"


def _state(body: str, comment: str | None = None) -> Mapping[str, Scalar]:
    return {"body": body, "definition": f"-- {body}", "comment": comment}


def _timeline(*effects: Difference) -> Timeline:
    """Each effect is that of a file of its own; the last one's says OR REPLACE."""
    timeline = Timeline(EMPTY, EMPTY)
    timeline.by_object[ADD] = [((number, 0), effect) for number, effect in enumerate(effects)]
    timeline.by_statement = {(number, 0): (effect,) for number, effect in enumerate(effects)}
    timeline.whole = {(len(effects) - 1, 0)}
    return timeline


MADE = Difference(ADD, Change.CREATED, None, _state("1"), ("body", "definition", "comment"))
COMMENTED = Difference(ADD, Change.ALTERED, _state("1"), _state("1", COMMENT), ("comment",))


def test_a_comment_came_with_the_text_that_a_later_file_gives() -> None:
    again = _state("2", COMMENT)
    later = Difference(ADD, Change.ALTERED, _state("1", COMMENT), again, ("body", "definition"))
    timeline = _timeline(MADE, COMMENTED, later)
    assert timeline.predict(ADD, {(0, 0): True, (1, 0): True, (2, 0): True}) == again
    alone = timeline.predict(ADD, {(0, 0): False, (1, 0): False, (2, 0): True})
    assert alone == _state("2")


def test_a_comment_went_when_a_later_file_gave_another_text() -> None:
    later = Difference(ADD, Change.CREATED, None, _state("2"), ("body", "definition", "comment"))
    timeline = _timeline(MADE, COMMENTED, later)
    assert timeline.predict(ADD, {(0, 0): True, (1, 0): True, (2, 0): True}) == _state("2", COMMENT)
    assert timeline.predict(ADD, {(0, 0): True, (1, 0): False, (2, 0): True}) == _state("2")
