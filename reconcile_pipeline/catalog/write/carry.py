"""What renames make of a snapshot: the server carries the new names into every definition."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconcile_pipeline.catalog.model import Kind, ObjectId, Rows, Scalar, Snapshot
from reconcile_pipeline.catalog.write.renames import Rename
from reconcile_pipeline.catalog.write.tokens import PIECE, names

#: Facets of plain full names, one a line.
_PLAIN = frozenset({"owned_by", "references", "partition_of", "inherits", "table"})
#: Facets that people write: a name in them stays what it is.
_SPOKEN = frozenset({
    "comment", "index_comment", "column_comments", "constraint_comments", "attribute_comments",
    "owner", "acl", "column_acl", "identity_acl", "labels", "value", "database_value", "options",
})  # fmt: skip
_ROUTINES = frozenset({Kind.FUNCTION, Kind.PROCEDURE, Kind.AGGREGATE})
_BY_TYPES = _ROUTINES | {Kind.CAST, Kind.OPERATOR}
_KEPT = (Kind.INDEX, Kind.STATISTICS, Kind.SEQUENCE)  # named beside their table, not below it
#: `p.title AS name` then reads `p.name`, and `FROM app.new old` reads `FROM app.old`.
_TWICE = re.compile(r"(\?\d+\?)(?: AS)? \1(?!\.)")


class Carry:
    """All renames at once, applied to a snapshot."""

    def __init__(self, renames: Sequence[Rename], wanted: Snapshot) -> None:
        self.renames = renames
        self.wanted = wanted
        self._marks = {
            item.raw_name: f"?{number}?"
            for number, rename in enumerate(renames)
            for item in (rename.old, rename.new)
        }

    def snapshot(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with the new names."""
        kinds = {kind: self._rows(kind, rows) for kind, rows in snapshot.kinds.items()}
        return replace(snapshot, kinds=kinds)

    def identity(self, id: ObjectId) -> str:
        """The name that this object has then."""
        kind, identity = id
        for rename in self.renames:
            old, new = rename.old.id, rename.new.id
            if id == old:
                return self._below_table(new.identity) if not rename.is_table else new.identity
            if kind is Kind.PUBLICATION_TABLE and rename.is_table:
                identity = identity.removesuffix(f".{old.identity}") + (
                    f".{new.identity}" if identity.endswith(f".{old.identity}") else ""
                )
        return identity if kind in _KEPT else self._below_table(identity)

    def _below_table(self, identity: str) -> str:
        for rename in self.renames:
            if rename.is_table and f"{identity}.".startswith(f"{rename.old.id.identity}."):
                return rename.new.id.identity + identity[len(rename.old.id.identity) :]
        return identity

    def _rows(self, kind: Kind, rows: Rows) -> Rows:
        goal = self.wanted.kinds.get(kind, Rows((), {}))
        by_types: Mapping[str, str] = (
            {self._bare(name): name for name in goal.objects} if kind in _BY_TYPES else {}
        )
        objects: dict[str, tuple[Scalar, ...]] = {}
        parents: dict[str, ObjectId] = {}
        for known, values in rows.objects.items():
            new = by_types.get(self._bare(known), known) if by_types else known
            new = new if by_types else self.identity(ObjectId(kind, known))
            if (parent := rows.parents.get(known)) is not None:
                parents[new] = ObjectId(parent.kind, self.identity(parent))
            then = dict(zip(goal.facets, goal.objects.get(new, ()), strict=False))
            now = dict(zip(rows.facets, values, strict=True))
            objects[new] = tuple(self._facet(kind, f, now, then) for f in rows.facets)
        return Rows(rows.facets, objects, parents)

    def _facet(
        self, kind: Kind, facet: str, now: Mapping[str, Scalar], then: Mapping[str, Scalar]
    ) -> Scalar:
        value, wanted = now[facet], then.get(facet)
        if not isinstance(value, str) or facet in _SPOKEN:
            return value
        if facet in _PLAIN:
            return "\n".join(self._plain(line) for line in value.split("\n"))
        if kind is Kind.PUBLICATION_TABLE and facet == "columns":
            return "\n".join(sorted(self._column(str(now["table"]), n) for n in value.split("\n")))
        if value == wanted or not isinstance(wanted, str):
            return value
        if facet in ("definition", "body") and kind in _ROUTINES and _is_text(now, then):
            return value
        return wanted if self._bare(value) == self._bare(wanted) else value

    def _plain(self, name: str) -> str:
        for rename in self.renames:
            if not rename.is_table and name == rename.old.id.identity:
                return self._below_table(rename.new.id.identity)
        return self._below_table(name)

    def _column(self, table: str, name: str) -> str:
        for rename in self.renames:
            if rename.old.id == (Kind.COLUMN, f"{table}.{name}"):
                return rename.new.raw_name
        return name

    def _bare(self, text: str) -> str:
        """The text with both names of each rename made one, so that what is left compares."""

        def mark(match: re.Match[str]) -> str:
            piece = match[0]
            if piece[0] == "'":
                return f"'{self._bare(piece[1:-1])}'"
            parts = names(piece)
            if not any(part in self._marks for part in parts):
                return piece
            return ".".join(self._marks.get(part, part) for part in parts)

        return _TWICE.sub(r"\1", PIECE.sub(mark, text))


def _is_text(now: Mapping[str, Scalar], then: Mapping[str, Scalar]) -> bool:
    """Whether two bodies differ and are quoted text, which stays as it is; others are carried."""
    standard = str(now.get("body")).startswith(("BEGIN ATOMIC", "RETURN "))
    return now.get("body") != then.get("body") and not standard
