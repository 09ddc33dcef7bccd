"""What somebody gave another name: production lacks it, and has its very like under that name."""

from __future__ import annotations

from collections.abc import Hashable

from reconcile_pipeline.attribution.timeline.effects import IGNORED, SOFT, Facets
from reconcile_pipeline.attribution.timeline.timeline import Timeline
from reconcile_pipeline.catalog.model import Change, Kind, ObjectId, Rows, Scalar

#: Kinds whose definition says what they are, so that two of one shape are no accident.
KINDS = (Kind.INDEX, Kind.POLICY, Kind.TRIGGER, Kind.CONSTRAINT)
_TELLS_NOTHING = SOFT | IGNORED


def add(timeline: Timeline) -> None:
    """Note what production has of these kinds that no file makes, by what it is like; also what
    is taken for the dashboard's: it may be a file's own under another name."""
    for kind in KINDS:
        for identity in timeline.production.kinds.get(kind, Rows((), {})).objects:
            id = ObjectId(kind, identity)
            if id in timeline.by_object:
                continue
            if (actual := timeline.actual(id)) is not None:
                parent = timeline.production.parent(id)
                timeline.by_another_name.add(likeness(id, parent, actual))


def has(timeline: Timeline, id: ObjectId, parent: ObjectId | None, expected: Facets) -> bool:
    """Whether production has what `id` is, in its place, by a name that no file gives."""
    return (
        bool(timeline.by_another_name)
        and id.kind in KINDS
        and likeness(id, parent, expected) in timeline.by_another_name
    )


def made(timeline: Timeline, id: ObjectId) -> bool:
    """Whether production has, by a name that no file gives, just what some file makes of `id`."""
    return (
        bool(timeline.by_another_name)
        and id.kind in KINDS
        and any(
            has(timeline, id, effect.parent, effect.after)
            for _, effect in timeline.by_object.get(id, ())
            if effect.change is not Change.DROPPED and effect.after is not None and effect.facets
        )
    )


def likeness(id: ObjectId, parent: ObjectId | None, facets: Facets) -> Hashable:
    """All that it is but for its name."""
    own = id.identity.removeprefix(f"{parent.identity}." if parent else "")
    if id.kind is Kind.INDEX:
        own = id.identity.partition(".")[2]
    return (
        id.kind,
        parent,
        tuple(
            (facet, _without(own, value))
            for facet, value in sorted(facets.items())
            if facet not in _TELLS_NOTHING
        ),
    )


def _without(name: str, value: Scalar) -> Scalar:
    """A text without the name where it stands as a word; no pattern, since each name would need
    one of its own, and compiling it costs more than all else here."""
    if not isinstance(value, str):
        return value
    kept: list[str] = []
    begin = 0  # of what is not kept yet
    place = value.find(name) if name else -1
    while place >= 0:
        end = place + len(name)
        if _part_of_word(value[place - 1 : place]) or _part_of_word(value[end : end + 1]):
            place = value.find(name, place + 1)
            continue
        kept.append(value[begin:place])
        begin = end
        place = value.find(name, end)
    # The quotes go with it: one name may need them and the other not.
    return "".join((*kept, value[begin:])).replace('""', "")


def _part_of_word(character: str) -> bool:
    return character.isalnum() or character in ("_", "$")
