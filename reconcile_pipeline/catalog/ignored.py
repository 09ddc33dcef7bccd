"""Objects that something else looks after: a queue's schema, partitions made every night, copies.

They are read as all others, since what is ours may build upon them; but that they differ is no
drift, and the fingerprint does not change with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fnmatch import translate

from reconcile_pipeline.catalog.model import Kind, ObjectId, Rows, Snapshot

_OF_A_KIND = re.compile(rf"\A({'|'.join(Kind)}) (.+)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Ignored:
    """By names with `*` and `?`: `pgboss` is a schema with all that is in it, `public.events_2*`
    tables with their columns, indexes and policies. `index public.x*` means that kind only.
    """

    patterns: tuple[str, ...] = ()
    _names: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = [(m[1], m[2]) if (m := _OF_A_KIND.match(p)) else ("", p) for p in self.patterns]
        itself = [rf"{kind or '[a-z_]+'} (?:{_name(name)})" for kind, name in names]
        within = [rf"[a-z_]+ (?:{_name(name)})\..+" for _, name in names]
        pattern = "|".join(itself + within) or r"(?!)"
        object.__setattr__(self, "_names", re.compile(pattern, re.DOTALL))

    def __contains__(self, id: ObjectId) -> bool:
        """Whether it is meant by its own name, or lies within what is."""
        return self._names.fullmatch(str(id)) is not None

    def of(self, snapshot: Snapshot, ids: Iterable[ObjectId]) -> Iterator[ObjectId]:
        """Those of the objects that are ignored, also since they belong to one that is."""
        for id in ids:
            above: ObjectId | None = id
            while above is not None and above not in self:
                above = snapshot.parent(above)
            if above is not None:
                yield id

    def without(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot as if nothing of it were there."""
        if not self.patterns:
            return snapshot
        gone = frozenset(self.of(snapshot, snapshot.ids()))
        kinds = {
            kind: _left(rows, {id.identity for id in gone if id.kind is kind})
            for kind, rows in snapshot.kinds.items()
        }
        unreadable = tuple(each for each in snapshot.unreadable if each[0] not in self)
        return replace(snapshot, kinds=kinds, unreadable=unreadable)


NOTHING = Ignored()


def _name(pattern: str) -> str:
    """A regular expression: the name itself, whatever its characters, or as a pattern."""
    as_pattern = translate(pattern).removesuffix(r"\Z").removesuffix(r"\z")
    return f"{re.escape(pattern)}|{as_pattern}"


def _left(rows: Rows, gone: set[str]) -> Rows:
    if not gone:
        return rows
    left = {name: values for name, values in rows.objects.items() if name not in gone}
    return replace(rows, objects=left)
