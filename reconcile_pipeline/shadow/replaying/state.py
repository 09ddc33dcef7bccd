"""The shadow's catalog while files are replayed, kept in memory, moved on by each statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from reconcile_pipeline.catalog.model import (
    Change,
    Difference,
    Kind,
    ObjectId,
    Rows,
    Scalar,
    Snapshot,
)

Root = tuple[str, int]


@dataclass(slots=True)
class Entry:
    """One object as it is now."""

    values: tuple[Scalar, ...]
    parent: ObjectId | None
    root: Root


#: Objects that were replaced, each with what was there before, in order.
Moves = list[tuple[ObjectId, Entry | None]]


class State:
    """All objects of a database by name and by root; `move` brings a part of it up to date."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._objects: dict[ObjectId, Entry] = {}
        self._by_root: dict[Root, set[ObjectId]] = {}
        self._facets: dict[Kind, tuple[str, ...]] = {}
        self._counts: Counter[Kind] = Counter()
        self._database = snapshot.database
        self._version = snapshot.server_version_num
        for id, entry in self._entries(snapshot):
            self._put(id, entry)

    def root(self, id: ObjectId) -> Root | None:
        """The root that a scoped read selects this object by."""
        entry = self._objects.get(id)
        return entry.root if entry else None

    def name(self, root: Root) -> str:
        """The own name of what a root is: a table's, a function's; empty where it is not known."""
        for id in self._by_root.get(root, ()):
            entry = self._objects[id]
            if entry.parent is None or entry.parent.kind is Kind.SCHEMA:
                return id.identity.split("(")[0].rsplit(".", 1)[-1]
        return ""

    def below(self, roots: Iterable[Root]) -> set[ObjectId]:
        """The objects that a read scoped to these roots would give."""
        found: set[ObjectId] = set()
        for root in roots:
            found |= self._by_root.get(root, set())
        return found

    def holds(self, kind: Kind) -> bool:
        """Whether there is any object of this kind."""
        return self._counts[kind] > 0

    def of_kinds(self, kinds: Iterable[Kind]) -> set[ObjectId]:
        """All objects of these kinds."""
        wanted = frozenset(kinds)
        return {id for id in self._objects if id.kind in wanted}

    def everything(self) -> set[ObjectId]:
        """All objects."""
        return set(self._objects)

    def move(
        self, old: set[ObjectId], now: Snapshot
    ) -> tuple[list[tuple[Difference, Root]], Moves]:
        """Replace the objects `old` by what `now` holds.

        Returns the effects, each with the object's root, and what undoes the move (`undo`).
        """
        effects: list[tuple[Difference, Root]] = []
        undo: Moves = []
        new = dict(self._entries(now))
        for id in sorted(old - new.keys()):
            effects.append((self._difference(id, self._objects[id], None), self._objects[id].root))
            undo.append((id, self._objects[id]))
            self._remove(id)
        for id, entry in new.items():
            before = self._objects.get(id)
            if before is not None:
                if before.values == entry.values and before.root == entry.root:
                    continue
                self._remove(id)
            undo.append((id, before))
            self._put(id, entry)
            effect = self._difference(id, before, entry)
            if effect.facets:
                effects.append((effect, entry.root))
        return effects, undo

    def knows(self, id: ObjectId) -> bool:
        """Whether the object was there when last read."""
        return id in self._objects

    def drop(self, gone: Iterable[ObjectId]) -> tuple[list[Difference], Moves]:
        """Take these objects out, as far as they are there: the effects, and what undoes it."""
        undo = [(id, self._objects[id]) for id in sorted(gone) if id in self._objects]
        for id, _ in undo:
            self._remove(id)
        return [self._difference(id, entry, None) for id, entry in undo], [*undo]

    def undo(self, moves: Moves) -> None:
        """Take back what `move` reported, latest first."""
        for id, entry in reversed(moves):
            if id in self._objects:
                self._remove(id)
            if entry is not None:
                self._put(id, entry)

    def snapshot(self) -> Snapshot:
        """The state as a value."""
        kinds: dict[Kind, Rows] = {}
        for kind, facets in self._facets.items():
            kinds[kind] = Rows(facets, {}, {}, {})
        for id in sorted(self._objects):
            entry = self._objects[id]
            rows = kinds[id.kind]
            rows.objects[id.identity] = entry.values  # type: ignore[index]
            rows.roots[id.identity] = entry.root  # type: ignore[index]
            if entry.parent:
                rows.parents[id.identity] = entry.parent  # type: ignore[index]
        return Snapshot(kinds, self._database, self._version)

    def _entries(self, snapshot: Snapshot) -> Iterable[tuple[ObjectId, Entry]]:
        for kind, rows in snapshot.kinds.items():
            self._facets.setdefault(kind, rows.facets)
            parents, roots = rows.parents, rows.roots
            for identity, values in rows.objects.items():
                yield (
                    ObjectId(kind, identity),
                    Entry(values, parents.get(identity), roots[identity]),
                )

    def _difference(self, id: ObjectId, before: Entry | None, after: Entry | None) -> Difference:
        names = self._facets[id.kind]
        if before is None or after is None:
            differing = names
            change = Change.CREATED if before is None else Change.DROPPED
        else:
            change = Change.ALTERED
            pairs = zip(names, before.values, after.values, strict=True)
            # A dropped column moves those behind it up: no change of theirs.
            differing = tuple(n for n, old, new in pairs if old != new and n != "position")
        entry = after or before
        return Difference(
            id,
            change,
            None if before is None else dict(zip(names, before.values, strict=True)),
            None if after is None else dict(zip(names, after.values, strict=True)),
            differing,
            entry.parent if entry else None,
        )

    def _put(self, id: ObjectId, entry: Entry) -> None:
        self._counts[id.kind] += 1
        self._objects[id] = entry
        self._by_root.setdefault(entry.root, set()).add(id)

    def _remove(self, id: ObjectId) -> None:
        self._counts[id.kind] -= 1
        entry = self._objects.pop(id)
        self._by_root[entry.root].discard(id)
