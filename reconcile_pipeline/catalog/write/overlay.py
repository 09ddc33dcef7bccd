"""The catalog as it will be: the present one, with some objects as they are wanted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reconcile_pipeline.catalog.model import Kind, ObjectId, Rows, Scalar, Snapshot
from reconcile_pipeline.catalog.write.world import World

_EMPTY = Rows((), {})


def with_parts(current: Snapshot, wanted: Snapshot, ids: Iterable[ObjectId]) -> frozenset[ObjectId]:
    """The objects, and all that belongs to them in either snapshot (but not all of a schema)."""
    found = set(ids)
    for snapshot in (current, wanted):
        world = World(snapshot)
        for id in tuple(found):
            found.update(world.descendants(id))
    return frozenset(found)


def overlay(current: Snapshot, wanted: Snapshot, chosen: frozenset[ObjectId]) -> Snapshot:
    """`current`, but the chosen objects as in `wanted`, or gone where that one lacks them."""
    kinds: dict[Kind, Rows] = {}
    for kind in Kind:
        here = current.kinds.get(kind, _EMPTY)
        there = wanted.kinds.get(kind, _EMPTY)
        names = {id.identity for id in chosen if id.kind is kind}
        if names:
            here = _rows(here, there, names)
        if here.objects or there.facets:
            kinds[kind] = here
    return replace(current, kinds=kinds)


def _rows(here: Rows, there: Rows, names: set[str]) -> Rows:
    if here.facets and there.facets and here.facets != there.facets:
        order = [there.facets.index(name) if name in there.facets else -1 for name in here.facets]
    else:
        order = list(range(len(there.facets)))
    objects: dict[str, tuple[Scalar, ...]] = dict(here.objects)
    parents = dict(here.parents)
    for name in names:
        objects.pop(name, None)
        parents.pop(name, None)
        if (values := there.objects.get(name)) is not None:
            objects[name] = tuple(values[i] if i >= 0 else None for i in order)
            if (parent := there.parents.get(name)) is not None:
                parents[name] = parent
    return Rows(here.facets or there.facets, objects, parents)


def empty(snapshot: Snapshot) -> Snapshot:
    """A snapshot of the same server in which there is nothing."""
    return replace(snapshot, kinds={k: Rows(r.facets, {}) for k, r in snapshot.kinds.items()})
