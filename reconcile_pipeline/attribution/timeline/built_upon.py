"""What a statement cannot do without: the functions it calls, the types and tables it refers to.

Where production has all that is asked for, a replay of another choice may still lack it when the
statement's turn comes: a policy calls a function that only a later file made. Such a statement
fails there, and an earlier replay in which it worked is no proof that it would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING

from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId

if TYPE_CHECKING:  # it imports the parser, which a command that only looks has no use for
    from reconcile_pipeline.migrations.paths import NamedStatements

_TYPES = (Kind.ENUM, Kind.DOMAIN, Kind.COMPOSITE_TYPE, Kind.RANGE_TYPE)
_CALLED = (Kind.FUNCTION, Kind.PROCEDURE, Kind.AGGREGATE)

#: By raw name, the one object that can be meant.
ByName = Mapping[str, ObjectId]


def mentions(statements: NamedStatements) -> Mapping[Position, frozenset[str]]:
    """What each statement that makes something reads, calls or uses, by raw identity."""
    return {
        (number, statement.index): named.mentioned - named.created
        for number, statement, named in statements
        if named.created and named.mentioned
    }


def callable_by_name(timeline: Timeline) -> ByName:
    """The functions that files make and that were not there before them, by raw name; of several
    of one name, only the server knows which is called."""
    found: dict[str, ObjectId] = {}
    several: set[str] = set()
    for id in timeline.by_object:
        if id.kind in _CALLED:
            name = id.identity.partition("(")[0]
            if name in found or timeline.start.get(id) is not None:
                several.add(name)
            found[name] = id
    return {name: id for name, id in found.items() if name not in several}


def built_upon(
    timeline: Timeline,
    effects: Sequence[Difference],
    mentioned: Set[str],
    called: ByName,
) -> set[ObjectId]:
    """What files make and the statement calls, its keys refer to or its columns are of; and what
    its objects belong to, where production lacks that: without it, the statement fails."""
    found = {called[name] for name in mentioned & called.keys()}
    for effect in effects:
        if effect.change is not Change.CREATED or effect.after is None:
            continue
        if effect.parent is not None and timeline.actual(effect.parent) is None:
            found.add(effect.parent)
        if effect.id.kind is Kind.CONSTRAINT:
            found.add(ObjectId(Kind.TABLE, str(effect.after.get("references"))))
        elif effect.id.kind is Kind.COLUMN:
            name = str(effect.after.get("type")).partition("(")[0].removesuffix("[]")
            found |= {ObjectId(kind, name) for kind in _TYPES}
    return found & timeline.by_object.keys()
