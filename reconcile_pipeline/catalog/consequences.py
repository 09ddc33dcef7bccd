"""Differences that another, altered or created, object brings about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from reconcile_pipeline.catalog import mentions
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId, Scalar

_KEY = re.compile(r"^(?:PRIMARY KEY|UNIQUE(?: NULLS NOT DISTINCT)?) \(([^)]*)\)")
_TARGET = re.compile(r" REFERENCES .*?\(([^)]*)\)")
_TEXTS = (
    "definition", "using", "check", "default", "row_filter", "partition_bound", "constraints",
    "columns",
)  # fmt: skip


def key_columns(facets: Mapping[str, Scalar]) -> str | None:
    """The column list of a primary key or unique constraint, as written; None for others."""
    match = _KEY.match(str(facets.get("definition")))
    return match[1] if match else None


def key_target(facets: Mapping[str, Scalar]) -> tuple[str, str] | None:
    """The table and column list that a foreign key refers to; None for other constraints."""
    match = _TARGET.search(str(facets.get("definition")))
    return (str(facets["references"]), match[1]) if match and facets.get("references") else None


class Altered:
    """What was altered or created, as far as it changes other objects."""

    def __init__(self, differences: Iterable[Difference]) -> None:
        self.tables: dict[ObjectId, frozenset[str]] = {}
        self.not_null: set[ObjectId] = set()
        self.typed: dict[ObjectId, set[str]] = {}
        self.labels: list[tuple[str, str]] = []
        self.own_columns: set[tuple[str, Change, tuple[str, ...]]] = set()
        self.dropped_indexes: set[tuple[ObjectId, str]] = set()
        self.names: dict[Change, set[str]] = {change: set() for change in Change}
        for difference in differences:
            self._note(difference)

    def _note(self, difference: Difference) -> None:
        id, parent = difference.id, difference.parent
        before, after = difference.before or {}, difference.after or {}
        name = id.identity.split("(")[0]
        self.names[difference.change].add(
            name[len(parent.identity) + 1 :] if id.kind is Kind.COLUMN and parent else name
        )
        if id.kind is Kind.TABLE and difference.change is Change.ALTERED:
            self.tables[id] = frozenset(difference.facets)
        elif id.kind is Kind.ENUM and difference.change is Change.ALTERED:
            self.labels += _renamed(str(before.get("labels")), str(after.get("labels")))
        if parent is None:
            return
        if id.kind is Kind.CONSTRAINT and difference.change is Change.CREATED:
            if after.get("type") == "primary key":
                for name in mentions.names(key_columns(after) or ""):
                    self.not_null.add(ObjectId(Kind.COLUMN, f"{parent.identity}.{name}"))
        elif id.kind is Kind.COLUMN:
            name = id.identity[len(parent.identity) + 1 :]
            if not (after or before).get("inherited"):
                self.own_columns.add((name, difference.change, difference.facets))
            if "type" in difference.facets and difference.change is Change.ALTERED:
                self.typed.setdefault(parent, set()).add(name)
        elif id.kind is Kind.INDEX and difference.change is Change.DROPPED:
            self.dropped_indexes.add((parent, id.identity.rpartition(".")[2]))

    def explains(self, difference: Difference) -> bool:
        """True when this difference follows from what was noted."""
        if difference.id.kind is Kind.COLUMN and self._inherited(difference):
            return True
        if difference.change is not Change.ALTERED:
            return False
        if self._renamed(difference):
            return True
        facets = frozenset(difference.facets)
        match difference.id.kind:
            case Kind.SEQUENCE:
                return self._with_its_table(difference, facets)
            case Kind.TABLE:
                return self._lost_its_index(difference, facets)
            case Kind.COLUMN if facets <= {"not_null", "not_null_validated"}:
                return difference.id in self.not_null and bool((difference.after or {})["not_null"])
            case Kind.COLUMN if facets == {"identity_acl"}:
                return "owner" in self.tables.get(difference.parent or difference.id, ())
        return facets <= set(_TEXTS) and (self._recast(difference) or self._relabelled(difference))

    def _renamed(self, difference: Difference) -> bool:
        """Only names differ: of something dropped before, of something created in its place after.
        So shows the renaming of one object in another."""
        before, after = difference.before or {}, difference.after or {}
        for facet in difference.facets:
            old, new = before.get(facet), after.get(facet)
            if facet in ("body", "comment") or not (isinstance(old, str) and isinstance(new, str)):
                return False
            pairs = mentions.replaced(old, new)
            if pairs is None or not all(
                (was - now) & self.names[Change.DROPPED]
                and (now - was) & self.names[Change.CREATED]
                for was, now in pairs
            ):
                return False
        return True

    def _inherited(self, difference: Difference) -> bool:
        """A partition's column follows the column of the same name that is not inherited."""
        facets = difference.after or difference.before or {}
        if not facets.get("inherited") or difference.parent is None:
            return False
        name = difference.id.identity[len(difference.parent.identity) + 1 :]
        return (name, difference.change, difference.facets) in self.own_columns

    def _with_its_table(self, difference: Difference, facets: frozenset[str]) -> bool:
        """An owned sequence follows its table's owner and persistence."""
        if difference.parent is None or difference.parent.kind is not Kind.COLUMN:
            return False
        table = ObjectId(Kind.TABLE, difference.parent.identity.rpartition(".")[0])
        changed = self.tables.get(table, frozenset())
        return ("owner" in changed and facets <= {"owner", "acl"}) or (
            "persistence" in changed and facets == {"persistence"}
        )

    def _lost_its_index(self, difference: Difference, facets: frozenset[str]) -> bool:
        if facets != {"replica_identity"}:
            return False
        was = str((difference.before or {}).get("replica_identity"))
        return (difference.id, was.removeprefix("index ")) in self.dropped_indexes

    def _recast(self, difference: Difference) -> bool:
        """Only casts and types differ, and a column that the definition speaks of has another."""
        before, after = difference.before or {}, difference.after or {}
        for name in difference.facets:
            old, new = str(before.get(name)), str(after.get(name))
            plain = mentions.without_types if name == "columns" else mentions.without_casts
            if plain(old) != plain(new):
                return False
        spoken = mentions.names(mentions.text(difference.id.kind, after))
        if difference.parent in self.typed:
            return not self.typed[difference.parent].isdisjoint(spoken)
        return any(t.identity in spoken and c & spoken for t, c in self.typed.items())

    def _relabelled(self, difference: Difference) -> bool:
        """Only a renamed enum label differs."""
        before, after = difference.before or {}, difference.after or {}
        for name in difference.facets:
            old, new = str(before.get(name)), str(after.get(name))
            for was, now in self.labels:
                old = old.replace(f"'{was}'::", f"'{now}'::")
            if old != new:
                return False
        return bool(self.labels)


def _renamed(before: str, after: str) -> list[tuple[str, str]]:
    old, new = before.split("\n"), after.split("\n")
    if len(old) != len(new):
        return []
    return [
        (was.replace("'", "''"), now.replace("'", "''"))
        for was, now in zip(old, new, strict=True)
        if was != now and was not in new
    ]
