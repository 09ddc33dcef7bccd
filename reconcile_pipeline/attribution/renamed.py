"""What a renaming gives another name along with its table, by what may have been there.

A replay shows it of what the table had there. Where the choice has the table in an older form,
since the file that made it anew did not run, it had other triggers, and these go along too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Sequence

from reconcile_pipeline.attribution.timeline import SOFT, Facets, Position, Timeline, roots_of
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId

#: What holds rows or is used by what does, so that nobody drops it to make its like.
_KEPT = frozenset({Kind.TABLE, Kind.ENUM, Kind.DOMAIN, Kind.COMPOSITE_TYPE, Kind.RANGE_TYPE})
_RELATIONS = frozenset({Kind.TABLE, Kind.FOREIGN_TABLE, Kind.VIEW, Kind.MATERIALIZED_VIEW})


def former(effects: Sequence[Difference]) -> dict[ObjectId, Difference]:
    """What each object that a renaming made was before: by its new identity, the old one's end."""
    renamed = _renamed(effects)
    if renamed is None:
        return {}
    old, new = renamed
    gone = {e.id: e for e in effects if e.change is Change.DROPPED}
    found = {}
    for id in (e.id for e in effects if e.change is Change.CREATED):
        identity = id.identity.replace(new.identity, old.identity, 1)
        found[id] = gone.get(ObjectId(id.kind, identity), gone[old])
    return found


def moved(effects: Sequence[Difference]) -> dict[ObjectId, Difference]:
    """The same for a block, which may give many things another name or schema, and make others:
    what is gone and what is made belong together where they are alike and no two others are."""
    gone, made = (_by_likeness(effects, change) for change in (Change.DROPPED, Change.CREATED))
    found: dict[ObjectId, Difference] = {}
    for likeness in gone.keys() & made.keys():
        if len(gone[likeness]) == len(made[likeness]) == 1:
            (old,), (new,) = gone[likeness], made[likeness]
            found |= former([e for e in effects if {e.id, e.parent} & {old.id, new.id}])
    return found


def _by_likeness(effects: Sequence[Difference], change: Change) -> dict[Hashable, list[Difference]]:
    """What was made, or is gone, by all that it is but for its name: a type by its facets, a table
    by its columns besides."""
    listed = [effect for effect in effects if effect.change is change]
    columns: dict[ObjectId, list[str]] = {}
    for effect in listed:
        if effect.parent is not None and effect.id.kind is Kind.COLUMN:
            own = effect.id.identity.removeprefix(f"{effect.parent.identity}.")
            columns.setdefault(effect.parent, []).append(own)
    found: dict[Hashable, list[Difference]] = {}
    for effect in listed:
        if effect.id.kind in _KEPT:
            facets = (effect.before if change is Change.DROPPED else effect.after) or {}
            told = tuple(sorted((name, facets[name]) for name in facets if name not in SOFT))
            likeness = (effect.id.kind, told, tuple(sorted(columns.get(effect.id, ()))))
            found.setdefault(likeness, []).append(effect)
    return found


def add(timeline: Timeline, renames: Collection[Position]) -> None:
    """Put into the timeline what renamed tables had in no replay of the renaming, but may have had.

    Such an effect has no facets, as it was seen in no replay; it holds where its object is there.
    """
    for position in sorted(renames):
        renamed = _renamed(timeline.by_statement.get(position, ()))
        if renamed is None or renamed[0].kind not in _RELATIONS:
            continue
        old, new = renamed
        seen = {effect.id for effect in timeline.by_statement[position]}
        for id in sorted(timeline.children.get(old, set()) - seen):
            state = _last(timeline, id, position)
            if state is not None and id.identity.startswith(f"{old.identity}."):
                _take_along(timeline, position, id, state, old, new)


def _take_along(
    timeline: Timeline,
    position: Position,
    id: ObjectId,
    state: Facets,
    old: ObjectId,
    new: ObjectId,
) -> None:
    other = ObjectId(id.kind, id.identity.replace(old.identity, new.identity, 1))
    gone = Difference(id, Change.DROPPED, state, None, (), old)
    made = Difference(other, Change.CREATED, None, _speaking_of(state, old, new), (), new)
    for effect in (gone, made):
        known = timeline.by_object.setdefault(effect.id, [])
        known.append((position, effect))
        known.sort(key=lambda pair: pair[0])
        timeline.in_vain.setdefault(position, set()).add(effect.id)
    timeline.children.setdefault(new, set()).add(other)
    timeline.former[position, other] = gone
    timeline.need(position, other, id, True)


def _renamed(effects: Sequence[Difference]) -> tuple[ObjectId, ObjectId] | None:
    roots = roots_of(effects)
    old = [e.id for e in roots if e.change is Change.DROPPED]
    new = [e.id for e in roots if e.change is Change.CREATED]
    return (old[0], new[0]) if len(old) == 1 and len(new) == 1 else None


def _last(timeline: Timeline, id: ObjectId, position: Position) -> Facets | None:
    """The last of its shapes before the statement; None where it is only made later."""
    shapes = [e.after for p, e in timeline.by_object.get(id, ()) if p < position and e.after]
    return shapes[-1] if shapes else None


def _speaking_of(state: Facets, old: ObjectId, new: ObjectId) -> Facets:
    """The same with the new name wherever a text has the old one."""
    name = re.compile(rf"(?<![\w.$\"]){re.escape(old.identity)}(?![\w$\"])")
    return {
        facet: name.sub(lambda _: new.identity, value) if isinstance(value, str) else value
        for facet, value in state.items()
    }
