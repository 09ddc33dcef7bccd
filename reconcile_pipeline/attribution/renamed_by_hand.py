"""What somebody gave another name: two entries, one removed and one added, that are one change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconcile_pipeline.attribution.model import HandChange, Unexplained
from reconcile_pipeline.attribution.timeline.by_another_name import KINDS, likeness
from reconcile_pipeline.catalog.model import Change, Difference, ObjectId, Snapshot

_CHANGES = {HandChange.REMOVED: Change.DROPPED, HandChange.ADDED: Change.CREATED}


def with_notes(
    entries: Iterable[Unexplained], end: Snapshot, production: Snapshot
) -> tuple[Unexplained, ...]:
    """The entries, of which those of a pair say so. What is alike in all but its name, and no third
    is, was renamed, it seems: the catalog does not keep that.

    `end`: the catalog that the statements which ran leave.
    """
    listed = tuple(entries)
    ends = [entry for entry in listed if entry.change in _CHANGES]
    if len({entry.change for entry in ends}) < 2:
        return listed
    pairs = {**dict(_by_likeness(ends)), **dict(_of_tables(ends, end, production))}
    notes = {old: f"renamed by hand to {new.identity}, it seems" for old, new in pairs.items()}
    notes |= {new: f"renamed by hand from {old.identity}, it seems" for old, new in pairs.items()}
    return tuple(replace(entry, note=notes.get(entry.id, entry.note)) for entry in listed)


def _by_likeness(ends: Iterable[Unexplained]) -> Iterator[tuple[ObjectId, ObjectId]]:
    alike: dict[object, dict[HandChange, list[ObjectId]]] = {}
    for entry in ends:
        if entry.id.kind in KINDS:
            like = likeness(entry.id, entry.parent, entry.expected or entry.actual or {})
            alike.setdefault(like, {}).setdefault(entry.change, []).append(entry.id)
    for found in alike.values():
        old, new = found.get(HandChange.REMOVED, []), found.get(HandChange.ADDED, [])
        if len(old) == len(new) == 1:
            yield old[0], new[0]


def _of_tables(
    ends: Iterable[Unexplained], end: Snapshot, production: Snapshot
) -> Iterator[tuple[ObjectId, ObjectId]]:
    """Tables and columns, as the writer finds them that keeps their rows."""
    from reconcile_pipeline.catalog.write import renames

    differences = [
        Difference(e.id, _CHANGES[e.change], e.expected, e.actual, e.facets, e.parent) for e in ends
    ]
    for found in renames.find(end, production, differences):
        yield found.old.id, found.new.id
