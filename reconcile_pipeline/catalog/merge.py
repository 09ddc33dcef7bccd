"""Put what was read again in place of what a snapshot had."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from reconcile_pipeline.catalog.model import Kind, ObjectId, Rows, Scalar, Snapshot

Root = tuple[str, int]
_Mappings = tuple[dict[str, tuple[Scalar, ...]], dict[str, ObjectId], dict[str, tuple[str, int]]]
_EMPTY = Rows((), {})


def below(snapshot: Snapshot) -> dict[Root, frozenset[ObjectId]]:
    """Root -> the objects that have it."""
    found: dict[Root, list[ObjectId]] = {}
    for kind, rows in snapshot.kinds.items():
        for identity, root in rows.roots.items():
            found.setdefault(root, []).append(ObjectId(kind, identity))
    return {root: frozenset(ids) for root, ids in found.items()}


@dataclass(slots=True)
class Moved:
    """What turned out to differ.

    `roots`: those that have something that differs. `gone`: objects that are there no more.
    `relabelled`: an enum lost or renamed a label, which definitions may show.
    """

    roots: set[Root] = field(default_factory=set)
    gone: set[ObjectId] = field(default_factory=set)
    relabelled: bool = False


class Merger:
    """A snapshot under change; `below` is kept with it."""

    def __init__(self, last: Snapshot, below: Mapping[Root, frozenset[ObjectId]]) -> None:
        self._last = last
        self._kinds = dict(last.kinds)
        self._copied: set[Kind] = set()
        self.below = dict(below)

    def snapshot(self) -> Snapshot:
        """As it is now."""
        return replace(self._last, kinds=self._kinds)

    def kinds_below(self, root: Root) -> set[Kind]:
        """Of what kinds the objects are that have this root."""
        return {id.kind for id in self.below.get(root, ())}

    def put(self, fresh: Snapshot, scope: Collection[Root], kinds: Collection[Kind] = ()) -> Moved:
        """Take these kinds, and everything below these roots, from `fresh`."""
        stale = {id for root in scope for id in self.below.get(root, ())}
        for kind in kinds:
            rows = self._kinds.get(kind, _EMPTY)
            stale.update(ObjectId(kind, identity) for identity in rows.objects)
        moved = Moved()
        for id in stale:
            if id not in fresh:
                moved.gone.add(id)
                moved.roots.add(self._remove(id))
        for kind, rows in fresh.kinds.items():
            for identity, values in rows.objects.items():
                self._set(ObjectId(kind, identity), rows, values, moved)
        return moved

    def _own(self, kind: Kind, facets: tuple[str, ...] = ()) -> _Mappings:
        """The kind's mappings, copied before the first change."""
        rows = self._kinds.get(kind, _EMPTY)
        if kind not in self._copied:
            self._copied.add(kind)
            rows = Rows(
                rows.facets or facets, dict(rows.objects), dict(rows.parents), dict(rows.roots)
            )
            self._kinds[kind] = rows
        assert isinstance(rows.objects, dict) and isinstance(rows.parents, dict)
        assert isinstance(rows.roots, dict)
        return rows.objects, rows.parents, rows.roots

    def _remove(self, id: ObjectId) -> Root:
        objects, parents, roots = self._own(id.kind)
        del objects[id.identity]
        parents.pop(id.identity, None)
        root = roots.pop(id.identity)
        self.below[root] -= {id}
        if not self.below[root]:
            del self.below[root]
        return root

    def _set(self, id: ObjectId, rows: Rows, values: tuple[Scalar, ...], moved: Moved) -> None:
        kind, identity = id
        old = self._kinds.get(kind, _EMPTY)
        before, root = old.objects.get(identity), rows.roots[identity]
        parent = rows.parents.get(identity)
        if before == values and old.roots[identity] == root and old.parents.get(identity) == parent:
            return
        if before is not None and before != values:
            moved.roots |= {root, old.roots[identity]}
            if kind is Kind.ENUM:
                place = rows.facets.index("labels")
                moved.relabelled |= not _lines(before[place]) <= _lines(values[place])
        if before is None:
            moved.roots.add(root)
        else:
            self._remove(id)
        objects, parents, roots = self._own(kind, rows.facets)
        objects[identity] = values
        roots[identity] = root
        if parent is not None:
            parents[identity] = parent
        self.below[root] = self.below.get(root, frozenset()) | {id}


def _lines(value: Scalar) -> set[str]:
    return set(str(value).split("\n"))
