"""What stands in a statement's way while it is there: what uses that which is to be dropped, and
what has the name that something is to get.

A key cannot be dropped while a foreign key refers to it. Where an earlier file drops that one, a
replay never shows it; by a choice in which that file did not run, the drop failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog import consequences
from reconcile_pipeline.catalog.collapse import Dropped
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId

#: Kinds that keep what they use from being dropped, and do not just go along with it.
_USERS = frozenset({Kind.CONSTRAINT, Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.TRIGGER, Kind.POLICY})
#: … and columns, too, where a constraint just goes with those of its own table.
_READERS = frozenset({Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.POLICY})


def add(timeline: Timeline, cascades: Set[Position]) -> None:
    """Note what may stand in the way of statements by themselves. `cascades`: those with CASCADE,
    which take along what uses what they drop."""
    _names_taken(timeline)
    drops = _drops(timeline, cascades)
    if not drops:
        return
    dropped = Dropped(e for effects in timeline.by_statement.values() for e in effects)
    for id, effects in timeline.by_object.items():
        if id.kind not in _USERS:
            continue
        for position, effect in effects:
            if effect.change is not Change.DROPPED or not effect.before:
                continue
            # Made anew since, it may use other things.
            definition = str(effect.before.get("definition"))
            for used in _uses(dropped, effect):
                for other in drops.get(used, ()):
                    if position < other:
                        timeline.block(other, id, definition)


def _drops(timeline: Timeline, cascades: Set[Position]) -> Mapping[ObjectId, list[Position]]:
    found: dict[ObjectId, list[Position]] = {}
    for position, effects in timeline.by_statement.items():
        if position in cascades or position in timeline.blocks:
            continue
        for effect in effects:
            if effect.change is Change.DROPPED:
                found.setdefault(effect.id, []).append(position)
    return found


def _uses(dropped: Dropped, effect: Difference) -> Iterator[ObjectId]:
    """What files drop too and the object keeps from that, as it was when it was dropped."""
    for used in dropped.takers(effect):
        keeps = used.kind is not Kind.COLUMN or effect.id.kind in _READERS
        if keeps and used != effect.parent:
            yield used
    target = consequences.key_target(effect.before or {})
    if effect.id.kind is Kind.CONSTRAINT and target is not None:
        table, columns = target
        for name in columns.replace('"', "").split(", "):
            yield ObjectId(Kind.COLUMN, f"{table}.{name}")


def _names_taken(timeline: Timeline) -> None:
    """Nothing is given a name that something else has."""
    for (position, new), was in timeline.former.items():
        if new.kind is not was.id.kind or new == was.id or position in timeline.blocks:
            continue
        if timeline.possible_before(new, position):
            timeline.block(position, new)
