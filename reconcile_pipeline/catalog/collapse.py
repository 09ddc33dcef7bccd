"""From everything that differs to what somebody did: one difference a change made by hand.

One command changes many objects: a dropped table takes its columns along, a dropped column its
indexes, a new primary key makes its columns NOT NULL. Whether one difference follows from another
is told from the facets alone, so it holds for any two snapshots.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from reconcile_pipeline.catalog import consequences, mentions
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId

_RELATIONS: Final = (
    Kind.TABLE, Kind.FOREIGN_TABLE, Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.SEQUENCE,
)  # fmt: skip
_TYPES: Final = (Kind.ENUM, Kind.DOMAIN, Kind.COMPOSITE_TYPE, Kind.RANGE_TYPE)
_ROUTINES: Final = (Kind.FUNCTION, Kind.PROCEDURE, Kind.AGGREGATE)
#: Kinds that hang on just one other object, of which kind, and the facet that names it.
_OWNERS: Final = {
    Kind.FOREIGN_TABLE: (Kind.FOREIGN_SERVER, "server"),
    Kind.FOREIGN_SERVER: (Kind.FOREIGN_DATA_WRAPPER, "wrapper"),
    Kind.PUBLICATION_SCHEMA: (Kind.SCHEMA, "schema"),
}


def roots(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """The differences that follow from no other one in the list, in the same order."""
    given = tuple(differences)
    by_id = {difference.id: difference for difference in given}
    dropped = Dropped(given)
    altered = consequences.Altered(given)
    return tuple(
        difference
        for difference in given
        if not _goes_with_parent(difference, by_id)
        and not (difference.change is Change.DROPPED and dropped.takes(difference))
        and not altered.explains(difference)
    )


def _goes_with_parent(difference: Difference, by_id: dict[ObjectId, Difference]) -> bool:
    """True when the parent was created or dropped as well. Only a dropped schema takes what is in
    it; what is in a new schema was made by commands of its own."""
    parent = difference.parent
    if parent is None or difference.change is Change.ALTERED:
        return False
    other = by_id.get(parent)
    if other is None or other.change is not difference.change:
        return False
    return difference.change is Change.DROPPED or parent.kind is not Kind.SCHEMA


class Dropped:
    """Everything that was dropped, by the names that other definitions call it."""

    def __init__(self, differences: Iterable[Difference]) -> None:
        self.objects: dict[str, set[ObjectId]] = {}
        self.columns: dict[str, set[ObjectId]] = {}
        self.keys: dict[tuple[str, str], set[ObjectId]] = {}
        self.ids: dict[ObjectId, ObjectId | None] = {}  # with their parents
        for difference in differences:
            if difference.change is not Change.DROPPED:
                continue
            id = difference.id
            self.ids[id] = difference.parent
            if id.kind in _RELATIONS + _TYPES:
                self.objects.setdefault(id.identity, set()).add(id)
            elif id.kind is Kind.EXTENSION:
                # Its types are no objects; the main one often has its name (citext, hstore).
                schema = (difference.before or {}).get("schema")
                self.objects.setdefault(f"{schema}.{id.identity}", set()).add(id)
            elif id.kind in _ROUTINES:
                self.objects.setdefault(id.identity.split("(")[0], set()).add(id)
            elif id.kind is Kind.COLUMN and difference.parent is not None:
                table = difference.parent.identity
                name = id.identity[len(table) + 1 :]
                self.columns.setdefault(name, set()).add(difference.parent)
            elif id.kind is Kind.CONSTRAINT and difference.parent is not None:
                columns = consequences.key_columns(difference.before or {})
                if columns is not None:
                    key = (difference.parent.identity, columns)
                    self.keys.setdefault(key, set()).add(id)

    def takes(self, difference: Difference) -> bool:
        """True when this dropped object could not stay without another one that was dropped."""
        return next(self.takers(difference), None) is not None

    def takers(self, difference: Difference) -> Iterator[ObjectId]:
        """The dropped objects without which this one could not stay."""
        facets = difference.before or {}
        kind = difference.id.kind
        if (owner := _OWNERS.get(kind)) is not None:
            other = ObjectId(owner[0], str(facets.get(owner[1])))
            yield from {other} & self.ids.keys()
            return
        if kind is Kind.OPERATOR_FAMILY:
            yield from {ObjectId(Kind.OPERATOR_CLASS, difference.id.identity)} & self.ids.keys()
            return
        names = mentions.names(mentions.text(kind, facets))
        for name in names:
            for id in self.objects.get(name, ()):
                # A serial's default speaks of the sequence that the column itself owns.
                if id != difference.id and self.ids[id] != difference.id:
                    yield id
        if kind is Kind.CONSTRAINT and (target := consequences.key_target(facets)) is not None:
            yield from self.keys.get(target, ())
            # What follows are the other table's columns, of which some have names of its own.
            names = mentions.names(str(facets.get("definition")).partition(" REFERENCES ")[0])
        yield from self._lost_columns(difference, names)

    def _lost_columns(self, difference: Difference, names: frozenset[str]) -> Iterator[ObjectId]:
        own = difference.id
        for name in names:
            for table in self.columns.get(name, ()):
                column = ObjectId(Kind.COLUMN, f"{table.identity}.{name}")
                if own == column:
                    continue
                if own.kind is Kind.COLUMN and (difference.before or {}).get("generated") is None:
                    continue  # a plain column's default cannot speak of another column
                if difference.parent == table or table.identity in names:
                    yield column
