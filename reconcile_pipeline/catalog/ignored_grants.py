"""What roles hold that something else looks after: monitoring, backups, analysts' readers.

Their privileges stand among others' in facets of objects that are ours. Where catalogs are
compared they are left out on both sides; where an object is made anew they are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from reconcile_pipeline.catalog.model import Kind, ObjectId, Rows, Scalar, Snapshot
from reconcile_pipeline.catalog.write import acl
from reconcile_pipeline.catalog.write.kinds.default_privileges import start
from reconcile_pipeline.catalog.write.tokens import leading_name

_OF_COLUMNS = "column_acl"  # a line a column, its name before what is held on it
_FACETS = frozenset({"acl", "identity_acl", _OF_COLUMNS})
_BEFORE_MAINTAIN = 16  # snapshots lack that privilege where either server is of this version


@dataclass(frozen=True, slots=True)
class Grants:
    """`theirs` tells whether a role is one of those."""

    theirs: Callable[[str], bool]
    _ours: dict[tuple[str, str], Scalar] = field(default_factory=dict)  # most texts are alike

    def holders(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Those of them that hold anything, sorted."""
        held = {
            (name, line)
            for rows in snapshot.kinds.values()
            for place, name in _places(rows)
            for text in {values[place] for values in rows.objects.values()}
            for line in str(text or "").split("\n")
        }
        return tuple(
            sorted({r for name, line in held for r in _roles(name, line) if self.theirs(r)})
        )

    def without(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot as if they held nothing."""
        kinds = {kind: self._rows(rows) for kind, rows in snapshot.kinds.items()}
        if (before := snapshot.kinds.get(Kind.DEFAULT_PRIVILEGES)) is not None:
            place = before.facets.index("acl")
            after = kinds[Kind.DEFAULT_PRIVILEGES]
            version = snapshot.server_version_num // 10000
            left = {
                name: values
                for name, values in after.objects.items()
                if values == before.objects[name]
                or values[place] not in _started(name, after.parents.get(name), version)
            }
            kinds[Kind.DEFAULT_PRIVILEGES] = replace(after, objects=left)
        return replace(snapshot, kinds=kinds)

    def put_back(self, snapshot: Snapshot, source: Snapshot) -> Snapshot:
        """A snapshot without them, with what they hold in `source` on what both have."""
        kinds = dict(snapshot.kinds)
        for kind, rows in snapshot.kinds.items():
            there = source.kinds.get(kind)
            if there is None or there.facets != rows.facets:
                continue
            objects = dict(rows.objects)
            for identity in objects.keys() & there.objects.keys():
                values = list(objects[identity])
                for place, name in _places(rows):
                    values[place] = self._both(name, values[place], there.objects[identity][place])
                objects[identity] = tuple(values)
            kinds[kind] = replace(rows, objects=objects)
        return replace(snapshot, kinds=kinds)

    def _rows(self, rows: Rows) -> Rows:
        objects = dict(rows.objects)
        for place, name in _places(rows):
            texts = {values[place] for values in rows.objects.values()}
            shorter = {text: left for text in texts if (left := self._left(name, text)) != text}
            if not shorter:
                continue
            for identity, values in objects.items():
                if values[place] in shorter:
                    objects[identity] = (
                        *values[:place], shorter[values[place]], *values[place + 1 :]
                    )  # fmt: skip
        return replace(rows, objects=objects)

    def _left(self, facet: str, text: Scalar) -> Scalar:
        """A facet of privileges without theirs."""
        if not text:
            return None
        key = (facet, str(text))
        if key not in self._ours:
            lines = (self._line(facet, line) for line in str(text).split("\n"))
            self._ours[key] = "\n".join(filter(None, lines)) or None
        return self._ours[key]

    def _line(self, facet: str, line: str) -> str:
        if not any(map(self.theirs, _roles(facet, line))):
            return line
        if facet != _OF_COLUMNS:
            return ""
        name = line[: leading_name(line)[1]]
        held = acl.parse_line(line[len(name) + 1 :])
        ours = acl.lines({role: what for role, what in held.items() if not self.theirs(role)})
        return f"{name} {' '.join(ours)}" if ours else ""

    def _both(self, facet: str, ours: Scalar, whole: Scalar) -> Scalar:
        """What is ours in one facet, and theirs in the other."""
        if self._left(facet, whole) == (ours or None):
            return whole
        if facet == _OF_COLUMNS:  # a view's, changed by hand as well: those are granted anew
            return ours
        theirs = {r: held for r, held in acl.parse(str(whole or "")).items() if self.theirs(r)}
        return "\n".join(acl.lines(acl.parse(str(ours or "")) | theirs)) or ours


def _places(rows: Rows) -> list[tuple[int, str]]:
    return [(rows.facets.index(name), name) for name in _FACETS.intersection(rows.facets)]


def _roles(facet: str, line: str) -> Iterator[str]:
    """Who holds what a line of such a facet says."""
    if facet == _OF_COLUMNS:
        yield from acl.parse_line(line[leading_name(line)[1] + 1 :])
    elif line:
        yield line.rpartition("=")[0]


def _started(identity: str, parent: ObjectId | None, version: int) -> set[Scalar]:
    """As default privileges are before anybody sets any; a schema's have none then."""
    versions = {version, _BEFORE_MAINTAIN}
    return {"\n".join(acl.lines(start(identity, parent, v))) or None for v in versions}
