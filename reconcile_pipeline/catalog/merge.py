"""Put what was read again in place of what a snapshot had."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from reconcile_pipeline.catalog.model import Kind, ObjectId, Rows, Scalar, Snapshot

Root = tuple[str, int]
_EMPTY = Rows((), {})


@dataclass(slots=True)
class Moved:
    """What turned out to differ.

    `roots`: those that were there before and have something that differs. `gone`: objects that are
    there no more. `relabelled`: an enum lost or renamed a label, which definitions may show.
    """

    roots: set[Root] = field(default_factory=set)
    gone: set[ObjectId] = field(default_factory=set)
    relabelled: bool = False


def merge(
    last: Snapshot,
    fresh: Snapshot,
    kinds: Collection[Kind],
    scope: frozenset[Root],
    moved: Moved,
) -> Snapshot:
    """`last` with these kinds, and everything below these roots, as `fresh` has them."""
    merged = dict(last.kinds)
    for kind in Kind:
        old, new = last.kinds.get(kind, _EMPTY), fresh.kinds.get(kind, _EMPTY)
        stale = (
            old.objects.keys()
            if kind in kinds
            else [identity for identity, root in old.roots.items() if root in scope]
        )
        if not stale and not new.objects:
            continue
        changed = _note(kind, old, new, stale, moved)
        # Equal objects may have other roots: dropped, and made again.
        if changed or any(old.roots[i] != new.roots[i] for i in new.objects):
            merged[kind] = _replaced(old, new, stale)
    return replace(last, kinds=merged)


def _note(kind: Kind, old: Rows, new: Rows, stale: Collection[str], moved: Moved) -> bool:
    changed = False
    for identity in stale:
        if identity not in new.objects:
            changed = True
            moved.gone.add(ObjectId(kind, identity))
            moved.roots.add(old.roots[identity])
    for identity, values in new.objects.items():
        before = old.objects.get(identity)
        if before == values:
            continue
        changed = True
        if before is None:
            moved.roots.add(new.roots[identity])
        else:
            moved.roots |= {old.roots[identity], new.roots[identity]}
            if kind is Kind.ENUM:
                moved.relabelled |= not _labels(old, before) <= _labels(new, values)
    return changed


def _labels(rows: Rows, values: tuple[Scalar, ...]) -> set[str]:
    return set(str(values[rows.facets.index("labels")]).split("\n"))


def _replaced(old: Rows, new: Rows, stale: Collection[str]) -> Rows:
    objects, parents, roots = dict(old.objects), dict(old.parents), dict(old.roots)
    for identity in tuple(stale):
        del objects[identity]
        del roots[identity]
        parents.pop(identity, None)
    objects.update(new.objects)
    parents.update(new.parents)
    roots.update(new.roots)
    return Rows(new.facets or old.facets, objects, parents, roots)
