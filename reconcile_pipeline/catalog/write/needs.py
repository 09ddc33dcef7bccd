"""What an object needs to be there, read off its definition (see `tokens`)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.catalog.write import parts
from reconcile_pipeline.catalog.write.kinds.inherited import parent_columns
from reconcile_pipeline.catalog.write.tokens import NOTHING, Mentions, mentions, merge, names
from reconcile_pipeline.catalog.write.world import WHOLES, Item, World

ROUTINES = frozenset({Kind.FUNCTION, Kind.PROCEDURE})
_RELATIONS = frozenset(
    {Kind.TABLE, Kind.FOREIGN_TABLE, Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.SEQUENCE}
)
#: What belongs to a table, and has a name of its own in the table's schema.
_IN_SCHEMA = frozenset({Kind.INDEX, Kind.STATISTICS, Kind.SEQUENCE})
#: What says its own name only in its definition.
_NAMED_WITHIN = frozenset({*ROUTINES, Kind.AGGREGATE, Kind.STATISTICS})
#: Facets that name nothing, or nothing that must be there first.
_SILENT = frozenset({
    "owned_by", "owner", "acl", "comment", "column_acl", "identity_acl", "column_comments",
    "options", "labels", "body", "definition", "position", "constraint_comments",
    "attribute_comments",
})  # fmt: skip
#: Facets that hold full names as plain text, without quotes.
_PLAIN = frozenset({
    "references", "partition_of", "inherits", "table", "schema", "server", "wrapper",
})  # fmt: skip
_KEY = re.compile(r"(?:PRIMARY KEY|UNIQUE|REFERENCES [^()]+?) ?(?:NULLS NOT DISTINCT )?\(([^)]*)\)")


class Needs:
    """Dependencies of one world, found when asked for."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._of: dict[ObjectId, frozenset[ObjectId]] = {}
        self._soft: dict[ObjectId, frozenset[ObjectId]] = {}
        self._by_pair: dict[tuple[str, str], list[ObjectId]] = defaultdict(list)
        self._by_name: dict[str, list[ObjectId]] = defaultdict(list)
        snapshot = world.snapshot
        for kind, rows in snapshot.kinds.items():
            for identity in rows.objects:
                parent = rows.parents.get(identity)
                apart = parent is None or parent.kind not in WHOLES
                if not apart and kind not in _IN_SCHEMA:
                    continue
                id = ObjectId(kind, identity)
                item = world.item(id) if kind in _NAMED_WITHIN else None
                key = parts.of(id, item.facets if item else {}, snapshot, parent)
                if len(key) == 2 or not apart:
                    self._by_pair[key[0], key[1]].append(id)
                if apart:
                    self._by_name[key[-1]].append(id)

    def of(self, id: ObjectId) -> frozenset[ObjectId]:
        """What must be there for this object to be; what belongs to a table counts as its own."""
        if id not in self._of:
            item = self.world.item(id)
            self._of[id] = frozenset(self._find(item) - {id}) if item else frozenset()
        return self._of[id]

    def soft(self, id: ObjectId) -> frozenset[ObjectId]:
        """What a routine's body seems to use. The server minds only when it checks bodies."""
        if id.kind not in ROUTINES:
            return frozenset()
        if id not in self._soft:
            item = self.world.item(id)
            words = mentions(item.text("body")).words if item else frozenset()
            found = {i for word in words for i in self._by_name.get(word, ())}
            self._soft[id] = frozenset(
                i for i in found - {id} if i.kind in _RELATIONS | ROUTINES | {Kind.ENUM}
            )
        return self._soft[id]

    def owner(self, id: ObjectId) -> ObjectId | None:
        """The column that owns a sequence."""
        item = self.world.item(id) if id.kind is Kind.SEQUENCE else None
        return (
            ObjectId(Kind.COLUMN, item.text("owned_by")) if item and item.text("owned_by") else None
        )

    def dependents(self, id: ObjectId) -> list[ObjectId]:
        """Everything that needs this object directly, but for what belongs to it."""
        item = self.world.item(id)
        if item is None:
            return []
        name = item.raw_name
        if id.kind in (Kind.CONSTRAINT, Kind.INDEX) and item.parent is not None:
            name = parts.relation(item.parent, self.world.snapshot)[1]  # keys are not named
        name = name.replace('"', '""')
        own = {id, *self.world.descendants(id)}
        found = []
        for kind, rows in self.world.snapshot.kinds.items():
            for identity, values in rows.objects.items():
                candidate = ObjectId(kind, identity)
                if candidate in own:
                    continue
                if name not in identity and not any(
                    isinstance(value, str) and name in value for value in values
                ):
                    continue
                if id in self.of(candidate):
                    found.append(candidate)
        return found

    def _find(self, item: Item) -> set[ObjectId]:
        found: set[ObjectId] = set()
        said = _said(item)
        for pair in said.pairs:
            for id in self._by_pair.get(pair, ()):
                found.add(id)
                if id.kind is Kind.TABLE or id.kind is Kind.FOREIGN_TABLE:
                    found |= self._columns(id, said)
        for facet in _PLAIN & item.facets.keys():
            found.update(self._plainly(item, facet))
        if item.id.kind is Kind.SEQUENCE:  # may be before its owner, whose default needs it
            found.add(ObjectId(Kind.SCHEMA, item.parts[0]))
        elif item.parent is not None:
            found.add(item.parent)
            if item.parent.kind in _RELATIONS and item.id.kind is not Kind.COLUMN:
                found |= self._columns(item.parent, said)
            elif item.text("generated"):
                found |= self._columns(item.parent, said) - {item.id}
        if item.id.kind is Kind.COLUMN and item.facets["inherited"]:
            found |= {above.id for above in parent_columns(item)}
        if item.id.kind in (Kind.TABLE, Kind.FOREIGN_TABLE):
            own = {c.id for c in self.world.children(item.id, Kind.COLUMN)}
            for column in own:
                found |= self.of(column)
            found -= own
        if item.id.kind is Kind.CONSTRAINT and item.text("references"):
            found |= self._keys(item)
        elif "GROUP BY" in item.text("definition"):  # may lean on a primary key
            for relation in [i for i in found if i.kind is Kind.TABLE]:
                found |= {
                    c.id
                    for c in self.world.children(relation, Kind.CONSTRAINT)
                    if c.text("type") == "primary key"
                }
        return found

    def _columns(self, table: ObjectId, said: Mentions) -> set[ObjectId]:
        return {
            c.id
            for c in self.world.children(table, Kind.COLUMN)
            if c.id.identity[len(table.identity) + 1 :] in said.words
        }

    def _plainly(self, item: Item, facet: str) -> Iterable[ObjectId]:
        for name in item.lines(facet):
            if facet in ("schema", "server", "wrapper"):
                kind = {
                    "schema": Kind.SCHEMA,
                    "server": Kind.FOREIGN_SERVER,
                    "wrapper": Kind.FOREIGN_DATA_WRAPPER,
                }[facet]
                yield ObjectId(kind, name)
            elif relation := self.world.relation(name):
                yield relation.id

    def _keys(self, item: Item) -> set[ObjectId]:
        """The primary key, unique constraint or index that a foreign key points at."""
        other = self.world.relation(item.text("references"))
        wanted = _KEY.search(item.text("definition"))
        if other is None or wanted is None:
            return set()
        columns = set(names(wanted[1]))
        found = {
            index.id
            for index in self.world.children(other.id, Kind.INDEX)
            if "UNIQUE" in index.text("definition")
            and columns <= mentions(index.text("definition")).words
        }
        for key in self.world.children(other.id, Kind.CONSTRAINT):
            match = _KEY.search(key.text("definition"))
            if match and key.text("type") in ("primary key", "unique"):
                found |= {key.id} if set(names(match[1])) == columns else set()
        return found


def _said(item: Item) -> Mentions:
    """All names in an object's definition. A routine's: of its signature, and a standard body."""
    kind = item.id.kind
    if kind is Kind.ROLE:
        return NOTHING
    texts = []
    for facet, value in item.facets.items():
        if not isinstance(value, str) or facet in _SILENT or facet in _PLAIN:
            continue
        texts.append(value)
    if kind in ROUTINES:
        if item.text("body").startswith(("BEGIN ATOMIC", "RETURN ")):
            texts.append(item.text("body"))
    else:
        texts.append(item.text("definition"))
    if kind in (Kind.CAST, Kind.OPERATOR):
        texts.append(item.id.identity)
    if kind in (Kind.TRIGGER, Kind.EVENT_TRIGGER):
        texts.append(f"{item.text('function')}()")
    return merge(mentions(text) for text in texts)
