"""How a database's relations hang together: what a lock on one of them spreads to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from reconcile_pipeline.catalog.model import Kind, Rows, Scalar, Snapshot

_EMPTY = Rows((), {})
_SEQUENCE = re.compile(r"nextval\('((?:[^']|'')+)'::regclass\)")


class Relations:
    """Questions to a snapshot. Names are `schema.relation`, as in identities."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def _facet(self, kind: Kind, name: str) -> Iterator[tuple[str, Scalar, str]]:
        """(identity, the facet, the parent's identity) of all objects of a kind."""
        rows = self._snapshot.kinds.get(kind, _EMPTY)
        if name not in rows.facets:
            return
        place = rows.facets.index(name)
        for identity, values in rows.objects.items():
            parent = rows.parents.get(identity)
            yield identity, values[place], parent.identity if parent else ""

    @cached_property
    def names(self) -> frozenset[str]:
        """Every table, view, sequence and index."""
        kinds = (
            Kind.TABLE, Kind.FOREIGN_TABLE, Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.SEQUENCE,
            Kind.INDEX,
        )  # fmt: skip
        return frozenset(
            identity
            for kind in kinds
            for identity in self._snapshot.kinds.get(kind, _EMPTY).objects
        )

    @cached_property
    def children(self) -> dict[str, set[str]]:
        """Table -> its partitions and the tables that inherit from it."""
        found: dict[str, set[str]] = defaultdict(set)
        for kind in (Kind.TABLE, Kind.FOREIGN_TABLE):
            for facet in ("partition_of", "inherits"):
                for identity, value, _ in self._facet(kind, facet):
                    for parent in str(value or "").splitlines():
                        found[parent].add(identity)
        return found

    @cached_property
    def refers_to(self) -> dict[str, set[str]]:
        """Table -> the tables that its foreign keys refer to."""
        found: dict[str, set[str]] = defaultdict(set)
        for _, value, table in self._facet(Kind.CONSTRAINT, "references"):
            if value:
                found[table].add(str(value))
        return found

    @cached_property
    def referred_by(self) -> dict[str, set[str]]:
        """Table -> the tables whose foreign keys refer to it."""
        found: dict[str, set[str]] = defaultdict(set)
        for table, others in self.refers_to.items():
            for other in others:
                found[other].add(table)
        return found

    @cached_property
    def foreign_keys(self) -> dict[str, str]:
        """Foreign key, as `schema.table.name` -> the table that it refers to."""
        return {i: str(v) for i, v, _ in self._facet(Kind.CONSTRAINT, "references") if v}

    @cached_property
    def table_of_index(self) -> dict[str, str]:
        """Index -> its table."""
        found = {i: table for i, _, table in self._facet(Kind.INDEX, "definition")}
        for identity, _, table in self._facet(Kind.CONSTRAINT, "type"):
            schema = table.partition(".")[0]
            found.setdefault(f"{schema}.{identity[len(table) + 1 :]}", table)
        return found

    @cached_property
    def sequences(self) -> dict[str, set[str]]:
        """Table -> the sequences that its defaults draw from."""
        found: dict[str, set[str]] = defaultdict(set)
        for _, value, table in self._facet(Kind.COLUMN, "default"):
            for name in _SEQUENCE.findall(str(value or "")):
                name = name.replace('"', "").replace("''", "'")
                found[table].add(name if "." in name else f"public.{name}")
        return found

    @cached_property
    def views(self) -> dict[str, str]:
        """View or materialized view -> its query."""
        kinds = (Kind.VIEW, Kind.MATERIALIZED_VIEW)
        return {i: str(v or "") for kind in kinds for i, v, _ in self._facet(kind, "definition")}

    @cached_property
    def trigger_functions(self) -> dict[str, set[str]]:
        """Table -> definitions of the functions that its triggers call."""
        bodies = {i: str(v) for i, v, _ in self._facet(Kind.FUNCTION, "definition")}
        found: dict[str, set[str]] = defaultdict(set)
        for _, function, table in self._facet(Kind.TRIGGER, "function"):
            for identity in (str(function), f"{function}()"):
                if identity in bodies:
                    found[table].add(bodies[identity])
        return found

    def tables_of_type(self, name: str) -> frozenset[str]:
        """The tables with a column of this type or domain, or of an array of it."""
        short = name.removeprefix("public.")
        names = {name, short, f"{name}[]", f"{short}[]"}
        return frozenset(t for _, v, t in self._facet(Kind.COLUMN, "type") if str(v) in names)

    def with_children(self, table: str) -> set[str]:
        """The table and everything beneath it."""
        found: set[str] = set()
        waiting = [table]
        while waiting:
            if (one := waiting.pop()) not in found:
                found.add(one)
                waiting += self.children.get(one, ())
        return found
