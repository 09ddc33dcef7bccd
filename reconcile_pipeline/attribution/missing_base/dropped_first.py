"""What files drop before any of them makes it: it was there already, made in a dashboard.

`DROP POLICY IF EXISTS read ON people; CREATE POLICY read …` on a dashboard's table speaks of a
policy that was there before. Where production has one of that name that no file makes so, it may
well be that one, and the file never ran.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from reconcile_pipeline.attribution.timeline.effects import differing
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId

if TYPE_CHECKING:  # it imports the parser, which a command that only looks has no use for
    from reconcile_pipeline.migrations.paths import NamedStatements

_KINDS = frozenset({Kind.POLICY, Kind.CONSTRAINT, Kind.TRIGGER, Kind.INDEX})


def first_drops(statements: NamedStatements) -> Mapping[str, Position]:
    """The first statement that drops each thing, by raw identity."""
    found: dict[str, Position] = {}
    for number, statement, names in statements:
        for identity in names.dropped:
            found.setdefault(identity, (number, statement.index))
    return found


def add(timeline: Timeline, drops: Mapping[str, Position]) -> None:
    """Note what production may have had before the files: of a table that no file makes, dropped
    before it is made, and there in a shape that no file gives it."""
    for id, effects in timeline.by_object.items():
        drop = drops.get(id.identity) if id.kind in _KINDS else None
        if drop is not None and _was_there(timeline, id, effects, drop):
            timeline.of_before.add(id)


def _was_there(
    timeline: Timeline, id: ObjectId, effects: list[tuple[Position, Difference]], drop: Position
) -> bool:
    seen = [(position, effect) for position, effect in effects if effect.facets]
    actual = timeline.actual(id)
    if not seen or actual is None or timeline.start.get(id) is not None:
        return False
    position, first = seen[0]
    return (
        first.change is Change.CREATED
        and drop < position
        and first.parent is not None
        and timeline.start.get(first.parent) is not None
        and all(differing(e.after, actual) for _, e in seen if e.after is not None)
    )
