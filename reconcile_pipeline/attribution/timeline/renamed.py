"""What a renaming gives another name along with its table, by what may have been there.

A replay shows it of what the table had there. Where the choice has the table in an older form,
since the file that made it anew did not run, it had other triggers, and these go along too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from reconcile_pipeline.attribution.timeline.effects import SOFT, Facets, differing, roots_of
from reconcile_pipeline.attribution.timeline.supposed import put
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId

#: What holds rows or is used by what does, so that nobody drops it to make its like.
_KEPT = frozenset({Kind.TABLE, Kind.ENUM, Kind.DOMAIN, Kind.COMPOSITE_TYPE, Kind.RANGE_TYPE})
SHARE = 0.5  # of two tables' columns, to be one that was given another name
_RELATIONS = frozenset({Kind.TABLE, Kind.FOREIGN_TABLE, Kind.VIEW, Kind.MATERIALIZED_VIEW})


def gets_another_name(timeline: Timeline, position: Position, id: ObjectId) -> bool:
    """Whether the statement only gives it another name, of what it seems to drop."""
    return any(at == position and was.id == id for (at, _), was in timeline.former.items())


def former(effects: Sequence[Difference]) -> dict[ObjectId, Difference]:
    """What each object that a renaming made was before: by its new identity, the old one's end."""
    renamed = _renamed(effects)
    if renamed is None:
        return {}
    old, new = renamed
    gone = {e.id: e for e in effects if e.change is Change.DROPPED}
    root = gone[old]
    found: dict[ObjectId, Difference] = {}
    other: list[ObjectId] = []  # has more than its table's name anew
    for id in (e.id for e in effects if e.change is Change.CREATED):
        identity = id.identity.replace(new.identity, old.identity, 1)
        if was := gone.pop(ObjectId(id.kind, identity), None):
            found[id] = was
        else:
            other.append(id)
    for id in other:
        alike = [e for e in gone.values() if e.id.kind is id.kind]
        alone = len(alike) == 1 and [one.kind for one in other].count(id.kind) == 1
        found[id] = alike[0] if alone else root
    return found


def moved(effects: Sequence[Difference]) -> dict[ObjectId, Difference]:
    """The same for a block, which may give many things another name or schema, and make others:
    what is gone and what is made belong together where they are alike and no two others are; of
    several alike, those of one name, as what goes to another schema keeps it."""
    gone, made = _kept(effects, Change.DROPPED), _kept(effects, Change.CREATED)
    like = {(old, new): _alike(old, gone[old], new, made[new]) for old in gone for new in made}
    found: dict[ObjectId, Difference] = {}
    for (old, new), share in like.items():
        rivals = [like[pair] for pair in like if (old, new) != pair and {old, new} & set(pair)]
        if share[0] >= SHARE and share > max(rivals, default=(0.0, False)):
            found |= former([e for e in effects if {e.id, e.parent} & {old, new}])
    return found


Parts = tuple[Facets, frozenset[str]]


def _kept(effects: Sequence[Difference], change: Change) -> dict[ObjectId, Parts]:
    """The tables and types that were made, or are gone: their facets, and a table's columns."""
    listed = [effect for effect in effects if effect.change is change]
    columns: dict[ObjectId, set[str]] = {}
    for effect in listed:
        if effect.parent is not None and effect.id.kind is Kind.COLUMN:
            own = effect.id.identity.removeprefix(f"{effect.parent.identity}.")
            columns.setdefault(effect.parent, set()).add(own)
    return {
        effect.id: (
            (effect.before if change is Change.DROPPED else effect.after) or {},
            frozenset(columns.get(effect.id, ())),
        )
        for effect in listed
        if effect.id.kind in _KEPT
    }


def _alike(old: ObjectId, were: Parts, new: ObjectId, are: Parts) -> tuple[float, bool]:
    """How much of them is the same but for the name: 1 for all, less where columns may have been
    given other names as well, 0 where they cannot be one; and whether they have one name."""
    if old.kind is not new.kind or not SOFT.issuperset(differing(were[0], are[0])):
        return 0.0, False
    both = were[1] | are[1]
    same = old.identity.rpartition(".")[2] == new.identity.rpartition(".")[2]
    return len(were[1] & are[1]) / len(both) if both else 1.0, same


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
        put(timeline, position, effect)
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
