"""What IF EXISTS and IF NOT EXISTS did not do, but would have done if other files had not run.

A replay does not show it: a second `ADD COLUMN IF NOT EXISTS` leaves nothing where the first one
ran. So it is told from the statement's text, and put into the timeline as effects without facets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconcile_pipeline.attribution.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId
from reconcile_pipeline.migrations.model import Inventory

_CONDITIONAL = re.compile(r"\bif\s+(?:not\s+)?exists\b", re.IGNORECASE)
_KINDS = {
    "DROP POLICY": Kind.POLICY,
    "DROP TRIGGER": Kind.TRIGGER,
    "DROP INDEX": Kind.INDEX,
    "CREATE INDEX": Kind.INDEX,
    "DROP RULE": Kind.RULE,
}
_OF_OTHERS = frozenset(_KINDS.values())


@dataclass(frozen=True, slots=True)
class Named:
    """The raw identities that a conditional statement makes and drops, and of which kind only."""

    created: frozenset[str]
    dropped: frozenset[str]
    kind: Kind | None


def conditional(inventory: Inventory) -> Mapping[Position, Named]:
    """The statements with IF EXISTS or IF NOT EXISTS; blocks are left out."""
    from reconcile_pipeline.migrations.paths import named_statements

    found = {}
    for number, statement, named in named_statements(inventory.files):
        tag = statement.tag.upper()
        if tag == "DO" or not _CONDITIONAL.search(statement.sql):
            continue
        if named.created or named.dropped:
            found[number, statement.index] = Named(named.created, named.dropped, _KINDS.get(tag))
    return found


def add(timeline: Timeline, named: Mapping[Position, Named]) -> None:
    """Put what these statements would have done into the timeline, where they did nothing."""
    by_name: dict[str, list[ObjectId]] = {}
    for id in timeline.by_object:
        by_name.setdefault(id.identity.partition("(")[0], []).append(id)
    changed: set[ObjectId] = set()
    for position, each in named.items():
        own = {effect.id for effect in timeline.by_statement.get(position, ())}
        for effect in _effects(timeline, each, by_name):
            if effect.id in own:
                if effect.change is Change.DROPPED:
                    timeline.again.add((position, effect.id))
            else:
                timeline.by_object[effect.id].append((position, effect))
                timeline.in_vain.setdefault(position, set()).add(effect.id)
                changed.add(effect.id)
    for id in changed:
        timeline.by_object[id].sort(key=lambda pair: pair[0])


def _effects(
    timeline: Timeline, named: Named, by_name: Mapping[str, list[ObjectId]]
) -> Iterator[Difference]:
    for raw in named.dropped:
        for found in by_name.get(raw, ()):
            # Which of the functions of one name is meant, its arguments say, which are not told.
            if _fits(found, named.kind) and "(" not in found.identity:
                for id in {found, *_below(timeline, found)}:
                    yield Difference(id, Change.DROPPED, None, None, ())
    keys = {f"{raw}.{raw.rpartition('.')[2]}_pkey" for raw in named.created}
    for raw in named.created | keys:  # a primary key is seldom given a name
        for id in by_name.get(raw, ()):
            if _fits(id, named.kind):
                yield from _made(timeline, id)


def _made(timeline: Timeline, id: ObjectId) -> Iterator[Difference]:
    """Its shape is not known before a replay shows it: until then it is what production has."""
    for _, effect in timeline.by_object[id]:
        if effect.change is Change.CREATED and effect.facets:
            after = timeline.actual(id) or effect.after
            yield Difference(id, Change.CREATED, None, after, (), effect.parent)
            return


def _fits(id: ObjectId, kind: Kind | None) -> bool:
    return id.kind is kind if kind else id.kind not in _OF_OTHERS


def _below(timeline: Timeline, id: ObjectId) -> set[ObjectId]:
    found: set[ObjectId] = set()
    waiting = [id]
    while waiting:
        for child in timeline.children.get(waiting.pop(), ()):
            if child not in found and child in timeline.by_object:
                found.add(child)
                waiting.append(child)
    return found
