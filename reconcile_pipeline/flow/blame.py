"""Who made an object what it is in production: a file's statement, several, or somebody's hand.

Told from a scan: the effects of the statements that ran, in replay order, and what none of them
explains. Pure values; nothing is asked of a database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from reconcile_pipeline.attribution.model import HandChange, Unexplained, Verdict
from reconcile_pipeline.catalog.model import Change, Kind, ObjectId, Snapshot
from reconcile_pipeline.drift.scan import Scan


class Maker(StrEnum):
    """Who is to be asked about an object."""

    MIGRATION = "migration"  # statements made it just what it is
    CHANGED_BY_HAND = "changed_by_hand"  # statements made it, and somebody changed it since
    ADDED_BY_HAND = "added_by_hand"
    REMOVED_BY_HAND = "removed_by_hand"  # statements made it, and somebody took it away
    BASE = "base"  # in production before the first file: no file makes it, and files need it
    DROPPED = "dropped"  # a statement made it, and a later one dropped it
    NEVER_MADE = "never_made"  # only statements that never ran make it
    PLATFORM = "platform"  # it comes with the database


@dataclass(frozen=True, slots=True)
class Place:
    """A statement and what it did to the object. `line` counts from 1, `statement` from 0.

    `facets`: what it set, where it altered the object.
    """

    file: str
    statement: int
    line: int
    tag: str
    change: Change
    facets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Blame:
    """One object. Places are in replay order.

    `made_by`: the statements whose work production shows, the last of which had the last word.
    `superseded`: those whose work later ones replaced. `never_ran`: those that would touch it.
    `by_hand`: what somebody changed: facet names for a change, else empty.
    """

    id: ObjectId
    maker: Maker
    made_by: tuple[Place, ...] = ()
    superseded: tuple[Place, ...] = ()
    never_ran: tuple[Place, ...] = ()
    by_hand: tuple[str, ...] = ()


@dataclass(slots=True)
class _History:
    live: list[Place] = field(default_factory=list)
    superseded: list[Place] = field(default_factory=list)
    never: list[Place] = field(default_factory=list)


def blame_all(scan: Scan) -> tuple[Blame, ...]:
    """Every object that production has or that a statement or a hand took away, by name."""
    book = _Book(scan)
    return tuple(found for found in book.all() if found.maker is not Maker.PLATFORM)


def blame(scan: Scan, name: str) -> tuple[Blame, ...]:
    """The objects of this identity, and what belongs to them; empty where there are none.

    `name` is an identity as reports show it (`public.users.email`), with or without its schema
    `public`, a function also without its arguments; `KIND NAME` asks for one kind.
    """
    kind, _, rest = name.strip().partition(" ")
    kinds = {Kind(kind)} if rest and kind in set(Kind) else set(Kind)
    wanted = rest.strip() if rest and len(kinds) == 1 else name.strip()
    book = _Book(scan)
    for identity in (wanted, f"public.{wanted}"):
        main = {id for id in book.ids if id.kind in kinds and _is(id.identity, identity)}
        if main:
            return tuple(b for b in book.all() if b.id in main or book.above(b.id) & main)
    return ()


def _is(identity: str, wanted: str) -> bool:
    return wanted in (identity, identity.partition("(")[0])


class _Book:
    """All objects of a scan, with what statements did to them."""

    def __init__(self, scan: Scan) -> None:
        self._production = scan.production.snapshot
        self._end = scan.attribution.end
        self._base = scan.attribution.base
        self._hand = {u.id: u for u in scan.attribution.unexplained}
        self._histories: dict[ObjectId, _History] = {}
        for id, place, verdict, ran in _effects(scan):
            history = self._histories.setdefault(id, _History())
            if not ran:
                history.never.append(place)
            elif verdict is Verdict.SUPERSEDED:
                history.superseded.append(place)
            else:
                history.live.append(place)
        self.ids = {*self._production.ids(), *self._histories, *self._hand}

    def all(self) -> Iterator[Blame]:
        """One by one: each with what belongs to it after it."""
        for id in sorted(self.ids, key=self._order):
            yield self._of(id)

    def _order(self, id: ObjectId) -> tuple[str, str, str, str]:
        """By what it belongs to in the end, that one first."""
        table = id.identity
        for each in self.above(id):
            parent = self._parent(each)
            if parent is None or parent.kind is Kind.SCHEMA:
                table = each.identity
        own = "" if table == id.identity else id.kind.value
        return table, own, id.identity, id.kind.value

    def above(self, id: ObjectId) -> set[ObjectId]:
        """What an object belongs to, all the way up; a schema owns nothing here."""
        found: set[ObjectId] = set()
        parent = self._parent(id)
        while parent is not None and parent.kind is not Kind.SCHEMA and parent not in found:
            found.add(parent)
            parent = self._parent(parent)
        return found

    def _parent(self, id: ObjectId) -> ObjectId | None:
        snapshots: Iterable[Snapshot | None] = (self._production, self._end)
        for snapshot in snapshots:
            if snapshot is not None and (parent := snapshot.parent(id)) is not None:
                return parent
        return None

    def _of(self, id: ObjectId) -> Blame:
        history = self._histories.get(id, _History())
        hand = self._hand_on(id)
        return Blame(
            id,
            self._maker(id, history, hand),
            tuple(history.live),
            tuple(history.superseded),
            tuple(history.never),
            tuple(sorted(hand.facets)) if hand and hand.change is HandChange.CHANGED else (),
        )

    def _hand_on(self, id: ObjectId) -> Unexplained | None:
        """What somebody did to it, or to what it belongs to where that came or went whole."""
        if id in self._hand:
            return self._hand[id]
        for parent in self.above(id):
            found = self._hand.get(parent)
            there = id in self._production
            if found and found.change is (HandChange.ADDED if there else HandChange.REMOVED):
                return found
        return None

    def _maker(self, id: ObjectId, history: _History, hand: Unexplained | None) -> Maker:
        if hand is not None:
            return {
                HandChange.ADDED: Maker.ADDED_BY_HAND,
                HandChange.REMOVED: Maker.REMOVED_BY_HAND,
                HandChange.CHANGED: Maker.CHANGED_BY_HAND,
            }[hand.change]
        if id not in self._production:
            return Maker.DROPPED if history.live or history.superseded else Maker.NEVER_MADE
        if id in self._base and not any(p.change is Change.CREATED for p in history.live):
            return Maker.BASE
        return Maker.MIGRATION if history.live else Maker.PLATFORM


def _effects(scan: Scan) -> Iterator[tuple[ObjectId, Place, Verdict, bool]]:
    for migration in scan.attribution.migrations:
        for statement in migration.statements:
            for effect in statement.effects:
                place = Place(
                    migration.path, statement.index, statement.line, statement.tag,
                    effect.change, tuple(sorted(effect.facets)),
                )  # fmt: skip
                id = ObjectId(Kind(effect.kind), effect.identity)
                yield id, place, effect.verdict, statement.ran
