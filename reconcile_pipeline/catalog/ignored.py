"""Objects that something else looks after: a queue's schema, partitions made every night, copies.

They are read as all others, since what is ours may build upon them; but that they differ is no
drift, and the fingerprint does not change with them. What a role of theirs holds on objects of ours
is theirs, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fnmatch import translate
from typing import TYPE_CHECKING

from reconcile_pipeline.catalog.model import Kind, ObjectId, Rows, Snapshot

if TYPE_CHECKING:
    from reconcile_pipeline.catalog.ignored_grants import Grants

_OF_A_KIND = re.compile(rf"\A({'|'.join(Kind)}) (.+)\Z", re.DOTALL)

_GLOBAL = frozenset({
    Kind.ROLE, Kind.EXTENSION, Kind.PUBLICATION, Kind.EVENT_TRIGGER, Kind.FOREIGN_SERVER,
    Kind.FOREIGN_DATA_WRAPPER,
})  # fmt: skip
_IN_NO_SCHEMA = (
    Kind.DEFAULT_PRIVILEGES, Kind.ROLE_SETTING, Kind.USER_MAPPING, Kind.PUBLICATION_TABLE,
    Kind.PUBLICATION_SCHEMA,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ignored:
    """By names with `*` and `?`: `pgboss` is a schema with all that is in it, `public.events_2*`
    tables with their columns, indexes and policies. `index public.x*` means that kind only, and
    `role datadog` what is granted to it as well.
    """

    patterns: tuple[str, ...] = ()
    _names: re.Pattern[str] = field(init=False, repr=False, compare=False)
    _known: dict[Kind, dict[str, bool]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )  # a step's fingerprints ask for the same names again and again
    _grants: Grants | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = [(m[1], m[2]) if (m := _OF_A_KIND.match(p)) else ("", p) for p in self.patterns]
        itself = [rf"{kind or '[a-z_]+'} (?:{_name(name)})" for kind, name in names]
        within = [rf"{_within(kind)} (?:{_name(name)})\..+" for kind, name in names]
        pattern = "|".join(itself + within) or r"(?!)"
        object.__setattr__(self, "_names", re.compile(pattern, re.DOTALL))
        # Only where roles are meant: `a*` for a schema's sake must not hide what `anon` may do.
        roles = [_name(name) for kind, name in names if kind == Kind.ROLE]
        object.__setattr__(self, "_grants", _grants(roles) if roles else None)

    def __contains__(self, id: ObjectId) -> bool:
        """Whether it is meant by its own name, or lies within what is."""
        known = self._known.setdefault(id.kind, {})
        if id.identity not in known:
            known[id.identity] = self._names.fullmatch(str(id)) is not None
        return known[id.identity]

    def of(self, snapshot: Snapshot, ids: Iterable[ObjectId]) -> Iterator[ObjectId]:
        """Those of the objects that are ignored, also since they belong to one that is."""
        for id in ids:
            above: ObjectId | None = id
            while above is not None and above not in self:
                above = snapshot.parent(above)
            if above is not None:
                yield id

    def roles(self, snapshot: Snapshot) -> tuple[ObjectId, ...]:
        """The ignored roles to which something is granted."""
        held = () if self._grants is None else self._grants.holders(snapshot)
        return tuple(ObjectId(Kind.ROLE, role) for role in held)

    def without_grants(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot as if nothing were granted to ignored roles."""
        return snapshot if self._grants is None else self._grants.without(snapshot)

    def with_grants(self, snapshot: Snapshot, of: Snapshot) -> Snapshot:
        """A snapshot without them, with those of another one on the objects that are in both."""
        return snapshot if self._grants is None else self._grants.put_back(snapshot, of)

    def without(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot as if nothing of it were there."""
        if not self.patterns:
            return snapshot
        kinds = {kind: self._left(snapshot, kind, rows) for kind, rows in snapshot.kinds.items()}
        unreadable = tuple(each for each in snapshot.unreadable if each[0] not in self)
        return self.without_grants(replace(snapshot, kinds=kinds, unreadable=unreadable))

    def _left(self, snapshot: Snapshot, kind: Kind, rows: Rows) -> Rows:
        above: dict[ObjectId | None, bool] = {None: False}
        for parent in set(rows.parents.values()):
            above[parent] = any(self.of(snapshot, (parent,)))
        parents = rows.parents
        gone = {
            identity
            for identity in rows.objects
            if above[parents.get(identity)] or ObjectId(kind, identity) in self
        }
        if not gone:
            return rows
        left = {name: values for name, values in rows.objects.items() if name not in gone}
        return replace(rows, objects=left)


NOTHING = Ignored()


def _name(pattern: str) -> str:
    """A regular expression: the name itself, whatever its characters, or as a pattern."""
    as_pattern = translate(pattern).removesuffix(r"\Z").removesuffix(r"\z")
    return f"{re.escape(pattern)}|{as_pattern}"


def _within(kind: str) -> str:
    """The kinds that may lie in one of this kind."""
    # A role or a publication may be called like a schema, which is not meant.
    return f"(?:{'|'.join(_IN_NO_SCHEMA)})" if kind in _GLOBAL else "[a-z_]+"


def _grants(roles: list[str]) -> Grants:
    from reconcile_pipeline.catalog.ignored_grants import Grants  # imports all that writes SQL

    named = re.compile("|".join(roles), re.DOTALL)
    return Grants(lambda role: role != "public" and named.fullmatch(role) is not None)
