"""What statements name, or set, by the moment at which they run: by the clock, or by chance.

A block makes a partition for each of the next months. A replay makes those of today; production has
those of the day on which the block ran. The same is a sequence that starts at a random number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from reconcile_pipeline.attribution.moment.as_then import DIGITS, AsThen, masked
from reconcile_pipeline.attribution.timeline.timeline import Position
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId, Scalar, Snapshot
from reconcile_pipeline.migrations.model import Inventory
from reconcile_pipeline.shadow.model import Replay

MOST_LISTED = 12  # in a note

_MOMENT = re.compile(
    r"\b(?:now|(?:clock|statement|transaction)_timestamp|timeofday|random|gen_random_uuid"
    r"|uuid_generate_v[14]\w*)\s*\(|\b(?:current|local)_?(?:date|time|timestamp)\b",
    re.IGNORECASE,
)
#: Not that of a trigger's function, nor the privilege.
_DYNAMIC = re.compile(r"\bexecute\b(?!\s+(?:function|procedure|on)\b)", re.IGNORECASE)
_ROUTINE = re.compile(
    r"\s*create\s+(?:or\s+replace\s+)?(?:function|procedure)\s+([\w.\"]+)", re.IGNORECASE
)
_WORD = re.compile(r"\w+")
_CALLS = frozenset({"SELECT", "CALL", "DO"})
_NAMED = frozenset({Kind.TABLE, Kind.SEQUENCE})  # what may be named so


def of_the_moment(inventory: Inventory) -> Mapping[Position, str]:
    """The statements that put commands together from the clock, or from random numbers: blocks, and
    calls of functions that do. With the text that does so."""
    found: dict[Position, str] = {}
    routines: dict[str, str] = {}
    for number, file in enumerate(inventory.files):
        for statement in file.statements:
            tag, sql = statement.tag.upper(), statement.sql
            dynamic = _DYNAMIC.search(sql) is not None and _MOMENT.search(sql) is not None
            if dynamic and (match := _ROUTINE.match(sql)):
                routines[match[1].replace('"', "").rpartition(".")[2].lower()] = sql
            elif dynamic and tag == "DO":
                found[number, statement.index] = sql
            elif tag in _CALLS and routines:
                called = routines.keys() & _WORD.findall(sql.lower())
                if called:
                    texts = (routines[name] for name in sorted(called))
                    found[number, statement.index] = "\n".join((sql, *texts))
    return found


@dataclass(slots=True)
class Moments:
    """Replays as if such statements had run when they ran in production. `texts`: as
    `of_the_moment` gives them. `taken`: what production has of what they made, by their file."""

    texts: Mapping[Position, str]
    production: Snapshot
    taken: dict[int, set[ObjectId]] = field(default_factory=dict)

    def as_then(self, replay: Replay) -> Replay:
        """The replay with production's names and values in the place of those of today. What has no
        counterpart in production tells nothing, and is left out."""
        made = {
            effect.id: ((run.file, run.index), effect)
            for run in replay.runs
            if (run.file, run.index) in self.texts
            for effect in run.effects
            if effect.change is Change.CREATED and effect.id.kind in _NAMED
        }
        if not made:
            return replay
        pairs = dict(self._pairs(replay, made))
        names = {_bare(id): _bare(then) for id, then in pairs.items() if then is not None}
        gone = [_bare(id) for id, then in pairs.items() if then is None]
        return AsThen(self.production, names, gone, made.keys() - pairs.keys()).of(replay)

    def note(self, inventory: Inventory) -> tuple[str, ...]:
        """What is said of what was taken for theirs."""
        return tuple(
            f"{inventory.files[number].path} names what it makes by the time at which it runs, or"
            f" by chance. Taken for what it made: {_listed(ids)}."
            for number, ids in sorted(self.taken.items())
        )

    def _pairs(
        self, replay: Replay, made: Mapping[ObjectId, tuple[Position, Difference]]
    ) -> Iterator[tuple[ObjectId, ObjectId | None]]:
        """What is of today, and production's in its place: of the same kind, with other numbers in
        its name, a partition of the same table, and of no file. Not what the text names."""
        today: dict[tuple[object, ...], list[ObjectId]] = {}
        for id, (position, effect) in made.items():
            put_together = DIGITS.search(_bare(id)) and _bare(id) not in self.texts[position]
            if put_together and id not in self.production:
                today.setdefault(_likeness(id, effect.after or {}), []).append(id)
        if not today:
            return
        own = {effect.id for run in replay.runs for effect in run.effects}
        then: dict[tuple[object, ...], list[ObjectId]] = {}
        for id in self.production.ids():
            if id.kind in _NAMED and id not in own and id not in replay.start:
                found = self.production.get(id)
                then.setdefault(_likeness(id, found.facets if found else {}), []).append(id)
        for likeness, ids in today.items():
            there = sorted(then.get(likeness, ()))
            for place, id in enumerate(sorted(ids)):
                other = there[place] if place < len(there) else None
                if other is not None:
                    self.taken.setdefault(made[id][0][0], set()).add(other)
                yield id, other


def _likeness(id: ObjectId, facets: Mapping[str, Scalar]) -> tuple[object, ...]:
    return id.kind, masked(id.identity), facets.get("partition_of")


def _bare(id: ObjectId) -> str:
    return id.identity.rpartition(".")[2]


def _listed(ids: Collection[ObjectId]) -> str:
    more = f" and {len(ids) - MOST_LISTED} more" if len(ids) > MOST_LISTED else ""
    return ", ".join(map(str, sorted(ids)[:MOST_LISTED])) + more
