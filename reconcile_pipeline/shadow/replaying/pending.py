"""Effects that have happened and are not read yet: which statement's, and where to look for them.

Reading one table's catalog takes longer than most statements do, reading fifty tables hardly longer
than one. So what a statement touched is noted here, and read when another statement is about to
touch the same, or at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import psycopg

from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId, Scalar
from reconcile_pipeline.catalog.scoped import kinds_of
from reconcile_pipeline.shadow.model import Outcome, RowChange, Run
from reconcile_pipeline.shadow.replaying.reach import Aim
from reconcile_pipeline.shadow.replaying.state import Root

#: What to read, by root.
Wanted = dict[Root, set[Kind]]


_KIND_ORDER = {kind: number for number, kind in enumerate(Kind)}


@dataclass(slots=True)
class Running:
    """A statement that ran; its effects come when they are read."""

    file: int
    index: int
    outcome: Outcome = Outcome.RAN
    effects: list[Difference] = field(default_factory=list)
    rows: tuple[RowChange, ...] = ()
    sqlstate: str = ""
    error: str = ""
    unchecked: str = ""

    @classmethod
    def failed(cls, file: int, index: int, error: psycopg.Error) -> Running:
        """One that the server refused."""
        message = str(error.diag.message_primary or error).strip()
        return cls(file, index, Outcome.FAILED, sqlstate=error.sqlstate or "", error=message)

    def done(self) -> Run:
        """The value: what it dropped first, then by kind and name."""
        effects = sorted(
            _net(self.effects),
            key=lambda e: (e.after is not None, _KIND_ORDER[e.id.kind], e.id.identity),
        )
        return Run(
            self.file, self.index, self.outcome, tuple(effects), self.rows, self.sqlstate,
            self.error, self.unchecked,
        )  # fmt: skip


def _net(effects: Iterable[Difference]) -> Iterator[Difference]:
    """One difference an object: what a statement drops and makes again, it alters."""
    by_object: dict[ObjectId, list[Difference]] = {}
    for effect in effects:
        by_object.setdefault(effect.id, []).append(effect)
    for several in by_object.values():
        first, last = several[0], several[-1]
        if first is last:
            yield first
            continue
        before, after = first.before, last.after
        if before is None or after is None:
            if before is not after:
                change = Change.CREATED if before is None else Change.DROPPED
                facets = tuple(after or before or ())
                yield Difference(first.id, change, before, after, facets, last.parent)
            continue
        differing = tuple(n for n in after if before[n] != after[n] and n != "position")
        if differing:
            yield Difference(first.id, Change.ALTERED, before, after, differing, last.parent)


@dataclass(frozen=True, slots=True)
class Told:
    """What the recorder said of a table after a statement.

    `name`: with its schema. `columns`: how many it has ever had. `facets`: some of its facets.
    """

    name: str
    columns: int
    facets: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Touch:
    """What a statement touched: kinds of object below a root, or one object alone.

    `only`: that object, which is new. `gone`: it, or the root itself, is not there any more.
    `facets`: of the table itself, nothing but these can have changed.
    """

    root: Root
    kinds: frozenset[Kind]
    only: ObjectId | None = None
    gone: bool = False
    told: Told | None = None
    facets: frozenset[str] | None = None


@dataclass(slots=True)
class _Entry:
    running: Running
    kinds: set[Kind]
    created: ObjectId | None
    told: Told | None = None

    def of(self, kinds: set[Kind]) -> _Entry:
        """The part of it that concerns these kinds."""
        return _Entry(self.running, kinds, self.created, self.told)

    def bears(self, facets: frozenset[str] | None) -> bool:
        """Whether it may stay unread before a statement that changes these facets alone: then what
        the table was like in between is known."""
        return facets is not None and self.told is not None and facets <= self.told.facets.keys()


class Pending:
    """What is not read yet. At most one statement may have changed what one root and kind hold,
    but for new objects, whose names are known, and for facets that the recorder told.

    `columns`: how many columns tables have had, as last told.
    """

    def __init__(self) -> None:
        self._entries: dict[Root, list[_Entry]] = {}
        self._by_name: dict[str, set[Root]] = {}
        self.columns: dict[Root, int] = {}

    def __bool__(self) -> bool:
        return bool(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, running: Running, touch: Touch) -> None:
        """Note it; `clashes` has been asked before."""
        entries = self._entries.setdefault(touch.root, [])
        told = touch.told
        if told is not None:
            self.columns[touch.root] = told.columns
            last = [e.told for e in entries if Kind.TABLE in e.kinds and e.created is None]
            if touch.facets is not None and last and last[-1] is not None:
                # What it did not change is as it was told before.
                told = replace(told, facets={**last[-1].facets, **told.facets})
        for entry in entries:
            if entry.running is running and touch.only == entry.created:
                entry.kinds |= touch.kinds
                entry.told = told or entry.told
                return
        entries.append(_Entry(running, set(touch.kinds), touch.only, told))

    def call(self, root: Root, name: str) -> None:
        """Note a root's own name."""
        self._by_name.setdefault(name.lower(), set()).add(root)

    def clashes(
        self, running: Running, touches: Iterable[Touch], known: Callable[[ObjectId], bool]
    ) -> Wanted:
        """What should have been read before these touches happened.

        `known`: whether an object was there when last read. A new one of that name was dropped in
        between, by a statement whose effect is not read yet.
        """
        wanted: Wanted = {}
        for touch in touches:
            new = touch.only is not None and not touch.gone and not known(touch.only)
            for entry in self._entries.get(touch.root, ()):
                apart = touch.only is not None and entry.created not in (None, touch.only)
                apart = apart or (new and entry.created is None) or entry.bears(touch.facets)
                both = entry.kinds & touch.kinds
                if both and not apart and entry.running is not running:
                    wanted.setdefault(touch.root, set()).update(both)
        return wanted

    def named(self, aim: Aim) -> Wanted:
        """What a statement of these words may be about to touch."""
        wanted: Wanted = {}
        for word in self._by_name.keys() & aim.names:
            for root in self._by_name[word]:
                if aim.column and root in self.columns:
                    continue  # the new one's place will be known
                kinds = aim.kinds if aim.kinds and root[0] == "pg_class" else below(root[0])
                for entry in self._entries.get(root, ()):
                    both = entry.kinds & kinds
                    if both and not entry.bears(aim.facets):
                        wanted.setdefault(root, set()).update(both)
        return wanted

    def created(self, id: ObjectId) -> Root | None:
        """The root below which this object was just made."""
        for root, entries in self._entries.items():
            if any(entry.created == id for entry in entries):
                return root
        return None

    def everything(self) -> Wanted:
        """All that is not read yet."""
        return {
            root: set().union(*(entry.kinds for entry in entries))
            for root, entries in self._entries.items()
        }

    def forget(self, of: Iterable[Running]) -> None:
        """Drop what these statements did: it was rolled back."""
        self.columns.clear()
        gone = {id(running) for running in of}
        for root, entries in list(self._entries.items()):
            self._entries[root] = [e for e in entries if id(e.running) not in gone]
            if not self._entries[root]:
                del self._entries[root]

    def take(self, wanted: Mapping[Root, set[Kind]]) -> Taken:
        """Note that this is being read now; answers whose effect a change there is."""
        taken: dict[Root, list[_Entry]] = {}
        for root, kinds in wanted.items():
            entries = self._entries.pop(root, [])
            taken[root] = [entry.of(entry.kinds & kinds) for entry in entries]
            if left := [entry.of(e) for entry in entries if (e := entry.kinds - kinds)]:
                self._entries[root] = left
        if not self._entries:
            self._by_name.clear()
        return Taken(taken)


class Taken:
    """What is being read now."""

    def __init__(self, entries: Mapping[Root, list[_Entry]]) -> None:
        self._entries = entries

    def owner(self, root: Root, id: ObjectId) -> Running | None:
        """The statement that made the object; else the last one that may have changed it."""
        entries = [entry for entry in self._entries.get(root, ()) if id.kind in entry.kinds]
        for entry in reversed(entries):
            if entry.created == id:
                return entry.running
        whole = [entry for entry in entries if entry.created is None]
        chosen = whole or entries
        return chosen[-1].running if chosen else None

    def between(self) -> Iterator[tuple[Root, Running, Told]]:
        """What tables were like in between: after which statement, and what was told then."""
        for root, entries in self._entries.items():
            if len(entries) > 1:
                mine = [e for e in entries if Kind.TABLE in e.kinds and e.created is None]
                for entry in mine[:-1]:
                    if entry.told is not None:
                        yield root, entry.running, entry.told


@cache
def below(catalog: str) -> frozenset[Kind]:
    """The kinds that a root of this catalog may have below it."""
    return kinds_of(catalog)
