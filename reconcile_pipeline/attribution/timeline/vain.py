"""What IF EXISTS and IF NOT EXISTS did not do, but would have done if other files had not run.

A replay does not show it: a second `ADD COLUMN IF NOT EXISTS` leaves nothing where the first one
ran. So it is told from the statement's text, and put into the timeline as effects without facets.
The same holds for a block that makes something unless it is there: by a condition, or by catching
the error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconcile_pipeline.attribution.timeline.effects import Facets
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId

if TYPE_CHECKING:  # it imports the parser, which a command that only looks has no use for
    from reconcile_pipeline.migrations.paths import NamedStatements

_CONDITIONAL = re.compile(r"\bif\s+(?:not\s+)?exists\b", re.IGNORECASE)
_KINDS = {
    "DROP POLICY": Kind.POLICY,
    "DROP TRIGGER": Kind.TRIGGER,
    "DROP INDEX": Kind.INDEX,
    "CREATE INDEX": Kind.INDEX,
    "DROP RULE": Kind.RULE,
}
_OF_OTHERS = frozenset(_KINDS.values())
#: What a statement made of an object in a replay in which it was not there before.
Shown = dict[tuple[Position, ObjectId], Facets]
#: What a statement dropped in a replay in which it was there.
Gone = Set[tuple[Position, ObjectId]]


@dataclass(frozen=True, slots=True)
class Named:
    """The raw identities that a conditional statement makes and drops, and of which kind only.

    `block`: it runs others, of which some may make what it names.
    """

    created: frozenset[str]
    dropped: frozenset[str]
    kind: Kind | None = None
    block: bool = False


def conditional(statements: NamedStatements) -> Mapping[Position, Named]:
    """The statements with IF EXISTS or IF NOT EXISTS, and the blocks that make something."""
    from reconcile_pipeline.migrations.server_names import server_names

    found = {}
    for number, statement, named in statements:
        tag = statement.tag.upper()
        position = (number, statement.index)
        if tag == "DO":
            if named.created:
                found[position] = Named(named.created, frozenset(), block=True)
        elif _CONDITIONAL.search(statement.sql) and (named.created or named.dropped):
            schema = min(named.created, default="").partition(".")[0]
            created = named.created | (server_names(statement.sql, schema) if schema else set())
            found[position] = Named(created, named.dropped, _KINDS.get(tag))
    return found


def add(
    timeline: Timeline, named: Mapping[Position, Named], shown: Shown, dropped: Gone = frozenset()
) -> None:
    """Put what these statements would have done into the timeline, where they did nothing.

    What they make is as another replay has `shown` it, until then as production has it. Which of
    the functions of one name they would have `dropped`, only another replay tells.
    """
    by_name: dict[str, list[ObjectId]] = {}
    for id in timeline.by_object:
        by_name.setdefault(id.identity.partition("(")[0], []).append(id)
    changed: set[ObjectId] = set()
    for position, each in named.items():
        own = {effect.id for effect in timeline.by_statement.get(position, ())}
        for effect in _effects(timeline, each, by_name):
            if (after := shown.get((position, effect.id))) and effect.after is not None:
                effect = replace(effect, after=after)
            if effect.id in own:
                if effect.change is Change.DROPPED:
                    timeline.again.add((position, effect.id))
            # Only where it was there does its having made nothing tell that it would have made it.
            elif not each.block or timeline.in_replay(effect.id, position) is not None:
                timeline.by_object[effect.id].append((position, effect))
                timeline.in_vain.setdefault(position, set()).add(effect.id)
                changed.add(effect.id)
                if effect.parent is not None and _may_be_gone(timeline, effect.parent, position):
                    timeline.need(position, effect.id, effect.parent, True)
    for position, id in dropped:
        own = {effect.id for effect in timeline.by_statement.get(position, ())}
        if "(" in id.identity and id in timeline.by_object and id not in own:
            effect = Difference(id, Change.DROPPED, None, None, ())
            timeline.by_object[id].append((position, effect))
            timeline.in_vain.setdefault(position, set()).add(id)
            changed.add(id)
    for id in changed:
        timeline.by_object[id].sort(key=lambda pair: pair[0])


def _may_be_gone(timeline: Timeline, id: ObjectId, position: Position) -> bool:
    """Whether an earlier statement drops or renames it: no column is added to a table that has
    another name by then."""
    return any(
        before < position and effect.change is Change.DROPPED
        for before, effect in timeline.by_object.get(id, ())
    )


def _effects(
    timeline: Timeline, named: Named, by_name: Mapping[str, list[ObjectId]]
) -> Iterator[Difference]:
    for raw in named.dropped:
        for found in by_name.get(raw, ()):
            # Which of the functions of one name is meant, its arguments say, which are not told.
            if _fits(found, named.kind) and "(" not in found.identity:
                for id in {found, *_below(timeline, found)}:
                    yield Difference(id, Change.DROPPED, None, None, ())
    for raw in named.created:
        for id in by_name.get(raw, ()):
            if named.block or _fits(id, named.kind):
                yield from _made(timeline, id)


def _made(timeline: Timeline, id: ObjectId) -> Iterator[Difference]:
    """Its shape is not known before a replay shows it."""
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
