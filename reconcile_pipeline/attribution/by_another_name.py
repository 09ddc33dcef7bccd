"""What somebody gave another name: production lacks it, and has its very like under that name."""

from __future__ import annotations

import re
from collections.abc import Hashable

from reconcile_pipeline.attribution.timeline import IGNORED, SOFT, Facets, Timeline
from reconcile_pipeline.catalog.model import Kind, ObjectId, Rows, Scalar

#: Kinds whose definition says what they are, so that two of one shape are no accident.
_KINDS = (Kind.INDEX, Kind.POLICY, Kind.TRIGGER, Kind.CONSTRAINT)


def add(timeline: Timeline) -> None:
    """Note what production has of these kinds that no file makes, by what it is like."""
    for kind in _KINDS:
        for identity in timeline.production.kinds.get(kind, Rows((), {})).objects:
            id = ObjectId(kind, identity)
            if id in timeline.by_object or id in timeline.start:
                continue
            if (actual := timeline.actual(id)) is not None:
                likeness = _likeness(id, timeline.production.parent(id), actual)
                timeline.by_another_name.add(likeness)


def has(timeline: Timeline, id: ObjectId, parent: ObjectId | None, expected: Facets) -> bool:
    """Whether production has what `id` is, in its place, by a name that no file gives."""
    return (
        bool(timeline.by_another_name)
        and id.kind in _KINDS
        and _likeness(id, parent, expected) in timeline.by_another_name
    )


def _likeness(id: ObjectId, parent: ObjectId | None, facets: Facets) -> Hashable:
    """All that it is but for its name."""
    own = id.identity.removeprefix(f"{parent.identity}." if parent else "")
    if id.kind is Kind.INDEX:
        own = id.identity.partition(".")[2]
    name = re.compile(rf"(?<![\w$]){re.escape(own)}(?![\w$])")
    return (
        id.kind,
        parent,
        tuple(
            (facet, _without(name, value))
            for facet, value in sorted(facets.items())
            if facet not in SOFT | IGNORED
        ),
    )


def _without(name: re.Pattern[str], value: Scalar) -> Scalar:
    # The quotes go with it: one name may need them and the other not.
    return name.sub("", value).replace('""', "") if isinstance(value, str) else value
