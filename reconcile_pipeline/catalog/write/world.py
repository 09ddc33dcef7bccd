"""A snapshot as the writer walks it: from an object to its parts, parent, children and needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from reconcile_pipeline.catalog.model import Kind, ObjectId, Scalar, Snapshot
from reconcile_pipeline.catalog.write import acl, parts
from reconcile_pipeline.catalog.write.model import Options
from reconcile_pipeline.catalog.write.names import ident

#: Parents that are dropped and made together with what belongs to them.
WHOLES = frozenset({
    Kind.TABLE, Kind.FOREIGN_TABLE, Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.COLUMN,
    Kind.PUBLICATION, Kind.ROLE,
})  # fmt: skip


class World:
    """One snapshot, indexed.

    `base`: for a wanted world, the one that it is made from; that one's `goal` is this one.
    """

    def __init__(
        self, snapshot: Snapshot, options: Options | None = None, base: World | None = None
    ) -> None:
        self.snapshot = snapshot
        self.options = options or Options()
        self.base = base
        self.goal: World | None = None
        self.made: frozenset[ObjectId] = frozenset()  # what the changes make, or make anew
        if base is not None:
            base.goal = self
        self._items: dict[ObjectId, Item | None] = {}
        self._children: dict[ObjectId, list[ObjectId]] | None = None

    @property
    def version(self) -> int:
        """Major version of the server that will run the SQL, as far as is known."""
        known = self.base.snapshot if self.base else self.snapshot
        return (known.server_version_num or self.snapshot.server_version_num) // 10000

    @cached_property
    def grantees(self) -> frozenset[str]:
        """Every role that holds any privilege on anything."""
        texts: set[Scalar] = set()
        for rows in self.snapshot.kinds.values():
            if "acl" in rows.facets:
                place = rows.facets.index("acl")
                texts |= {values[place] for values in rows.objects.values()}
        return frozenset(role for text in texts for role in acl.parse(str(text or "")))

    @cached_property
    def inherited(self) -> frozenset[str]:
        """Names of the tables that others inherit from."""
        rows = self.snapshot.kinds.get(Kind.TABLE)
        place = rows.facets.index("inherits") if rows else 0
        texts = {str(v[place]) for v in rows.objects.values() if v[place]} if rows else set()
        return frozenset(name for text in texts for name in text.splitlines())

    def item(self, id: ObjectId) -> Item | None:
        """The object, if it is there."""
        if id not in self._items:
            found = self.snapshot.get(id)
            self._items[id] = Item(id, found.facets, found.parent, self) if found else None
        return self._items[id]

    def get(self, kind: Kind, identity: str) -> Item | None:
        """The object of this kind and name."""
        return self.item(ObjectId(kind, identity))

    def children(self, id: ObjectId, kind: Kind | None = None) -> list[Item]:
        """What names this object as its parent, of one kind or of all."""
        if self._children is None:
            found: dict[ObjectId, list[ObjectId]] = defaultdict(list)
            for of_kind, rows in self.snapshot.kinds.items():
                for identity, parent in rows.parents.items():
                    if parent.kind in WHOLES and identity in rows.objects:
                        found[parent].append(ObjectId(of_kind, identity))
            self._children = dict(found)
        items = (self.item(i) for i in self._children.get(id, ()) if kind in (None, i.kind))
        return [item for item in items if item is not None]

    def descendants(self, id: ObjectId) -> Iterator[ObjectId]:
        """Children, and theirs."""
        for child in self.children(id):
            yield child.id
            yield from self.descendants(child.id)

    def columns(self, table: ObjectId) -> list[Item]:
        """The table's columns, in order."""
        return sorted(
            self.children(table, Kind.COLUMN), key=lambda c: int(c.facets["position"] or 0)
        )

    def sort_key(self, id: ObjectId) -> str:
        """The identity; columns sort by their place."""
        item = self.item(id) if id.kind is Kind.COLUMN else None
        if item is None or item.parent is None:
            return id.identity
        return f"{item.parent.identity}.{int(item.facets['position'] or 0):05d}"

    def relation(self, identity: str) -> Item | None:
        """The table, foreign table, view or materialized view of this name."""
        kinds = (Kind.TABLE, Kind.FOREIGN_TABLE, Kind.VIEW, Kind.MATERIALIZED_VIEW)
        return next((item for kind in kinds if (item := self.get(kind, identity))), None)

    def quoted(self, identity: str) -> str:
        """A relation's full name for SQL, from its plain one; also of one that is not here."""
        item = self.relation(identity)
        return ident(*(item.parts if item else parts.split_at_schema(identity, self.snapshot)))


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One object in its world."""

    id: ObjectId
    facets: Mapping[str, Scalar]
    parent: ObjectId | None
    world: World

    @property
    def parts(self) -> tuple[str, ...]:
        """Raw names, from the schema down to the object's own."""
        return parts.of(self.id, self.facets, self.world.snapshot, self.parent)

    @property
    def raw_name(self) -> str:
        """The object's own raw name, without schema or table."""
        return self.parts[-1]

    @property
    def name(self) -> str:
        """The object's own name, for SQL."""
        return ident(self.parts[-1])

    @property
    def qualified(self) -> str:
        """Schema and name, for SQL."""
        return ident(*self.parts)

    @property
    def owner_relation(self) -> str:
        """Full name of the table or view that this one belongs to, for SQL."""
        return ident(*self.parts[:-1])

    @property
    def on_new_relation(self) -> bool:
        """Whether its table is made by the same changes, and thus in nobody's use."""
        return self.parent in self.world.made

    def text(self, facet: str) -> str:
        """A facet as text; empty where it is None."""
        value = self.facets.get(facet)
        return "" if value is None else str(value)

    def lines(self, facet: str) -> list[str]:
        """A facet that is a list."""
        return self.text(facet).splitlines() if self.text(facet) else []
