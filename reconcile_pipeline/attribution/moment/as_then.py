"""A replay with production's names and values in the place of those that are of its own day."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconcile_pipeline.catalog.model import Difference, Kind, ObjectId, Rows, Scalar, Snapshot
from reconcile_pipeline.shadow.model import Replay

DIGITS = re.compile(r"\d+")
#: What of an object can follow from the moment at which it was made.
_SET = frozenset({"partition_bound", "start", "definition", "comment"})


@dataclass(slots=True)
class AsThen:
    """`names`: bare names of today -> of then. `gone`: those of today that have none. `same`: what
    has the same name, and other values."""

    production: Snapshot
    names: Mapping[str, str]
    gone: Collection[str]
    same: Collection[ObjectId]
    _old: re.Pattern[str] = field(init=False)
    _gone: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        self._old, self._gone = _any_of(self.names), _any_of(self.gone)

    def of(self, replay: Replay) -> Replay:
        """The replay as it would have been then."""
        runs = tuple(replace(r, effects=tuple(self._effects(r.effects))) for r in replay.runs)
        kinds = {kind: self._rows(kind, rows) for kind, rows in replay.end.kinds.items()}
        return replace(replay, runs=runs, end=replace(replay.end, kinds=kinds))

    def _effects(self, effects: Iterable[Difference]) -> Iterator[Difference]:
        for effect in effects:
            if self._gone.search(effect.id.identity):
                continue
            id = self._named(effect.id)
            if id == effect.id and id not in self.same:
                yield effect
                continue
            parent = self._named(effect.parent) if effect.parent else None
            before, after = (
                state and self._facets(id, state) for state in (effect.before, effect.after)
            )
            yield replace(effect, id=id, parent=parent, before=before, after=after)

    def _rows(self, kind: Kind, rows: Rows) -> Rows:
        objects, parents, roots = {}, {}, {}
        for identity, values in rows.objects.items():
            if self._gone.search(identity):
                continue
            id = self._named(ObjectId(kind, identity))
            if id.identity != identity or id in self.same:
                facets = self._facets(id, dict(zip(rows.facets, values, strict=True)))
                values = tuple(facets.values())
            objects[id.identity] = values
            if parent := rows.parents.get(identity):
                parents[id.identity] = self._named(parent)
            if root := rows.roots.get(identity):
                roots[id.identity] = root
        return replace(rows, objects=objects, parents=parents, roots=roots)

    def _named(self, id: ObjectId) -> ObjectId:
        return ObjectId(id.kind, self._swap(id.identity))

    def _swap(self, text: str) -> str:
        return self._old.sub(lambda match: self.names[match[0]], text)

    def _facets(self, id: ObjectId, facets: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """These, with the names of then, and with production's values where only numbers differ."""
        found = {n: self._swap(v) if isinstance(v, str) else v for n, v in facets.items()}
        there = self.production.get(id)
        actual = there.facets if there else {}
        for name in _SET & found.keys():
            value = actual.get(name)
            if value is not None and masked(value) == masked(found[name]):
                found[name] = value
        return found


def masked(value: Scalar) -> str:
    """The value without its numbers."""
    return DIGITS.sub("#", str(value))


def _any_of(names: Iterable[str]) -> re.Pattern[str]:
    """Finds these names, also at the beginning of another one, as that of a table's key."""
    longest = sorted(names, key=len, reverse=True)
    found = "|".join(map(re.escape, longest)) or r"(?!)"  # which nothing is
    return re.compile(rf"(?<![^\W_])(?:{found})(?!\d)")
