"""Row versions of the catalogs: what was inserted, replaced or deleted since they were last read.

First per catalog (as the cheap fingerprint does), then, for the catalogs that differ, in 256
buckets of roots. A root is a relation, a type or a routine, by its oid. Columns and their defaults,
the largest catalogs, are not counted: none is deleted without a trace in a row that stays, so it is
enough to ask which were written since (`sql/helpers/written.sql`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL

Part = tuple[str, str]  # catalog of the roots, catalog that was counted
_SINCE = SQL(
    "SELECT CASE WHEN pg_current_xact_id_if_assigned() IS NULL"
    " THEN pg_snapshot_xmin(pg_current_snapshot())::xid::text END"
)
_PART = re.compile(r"SELECT '(\w*)', '(\w+)'")


@dataclass(frozen=True, slots=True)
class Versions:
    """`counts`: catalog -> (rows, sum). `buckets`: part -> {(bucket, rows, sum)}. `since`: this and
    later transactions may have written after the reading; None where the reading's own transaction
    had written, which may be taken back."""

    counts: Mapping[str, tuple[int, int]]
    buckets: Mapping[Part, frozenset[tuple[int, int, int]]]
    since: str | None

    def changed_catalogs(self, last: Versions) -> frozenset[str]:
        """The catalogs in which anything was written."""
        catalogs = self.counts.keys() | last.counts.keys()  # one that is empty may be in neither
        return frozenset(c for c in catalogs if self.counts.get(c) != last.counts.get(c))

    def changed_buckets(self, last: Versions) -> set[tuple[str, str, int]]:
        """(catalog of the roots, catalog, bucket) in which anything was written."""
        return {
            (*part, row[0])
            for part, rows in self.buckets.items()
            if rows is not last.buckets.get(part)
            for row in rows ^ last.buckets.get(part, frozenset())
        }


def read_versions(connection: Connection[Any], last: Versions | None = None) -> Versions:
    """All versions; the buckets of catalogs that are as they were are taken from `last`."""
    counted = connection.execute(_counts())
    counts = {catalog: (count, total) for catalog, count, total in counted}
    row = connection.execute(_SINCE).fetchone()
    horizon = row[0] if row else None
    if last is None:
        chosen = frozenset(counts)
    else:
        chosen = Versions(counts, {}, horizon).changed_catalogs(last)
    buckets = dict(last.buckets) if last else {}
    wanted = tuple(part for part in parts() if part[1] in chosen)
    if wanted:
        found: dict[Part, set[tuple[int, int, int]]] = {part: set() for part in wanted}
        for root, catalog, bucket, count, total in connection.execute(_only(wanted)):
            found[root, catalog].add((bucket, count, total))
        buckets.update((part, frozenset(rows)) for part, rows in found.items())
    return Versions(counts, buckets, horizon)


@cache
def _counts() -> SQL:
    """The cheap fingerprint's query without the catalogs that are not counted."""
    head, first, rest = _text("trigger_fingerprint").partition("SELECT 'pg_class'")
    return SQL(
        head
        + "UNION ALL ".join(
            part
            for part in (first + rest).split("UNION ALL ")
            if not part.startswith(("SELECT 'pg_attribute'", "SELECT 'pg_attrdef'"))
        )
    )


@cache
def _only(wanted: Collection[Part]) -> SQL:
    head, _ = _split()
    return SQL(head + "UNION ALL ".join(parts()[part] for part in wanted))


@cache
def parts() -> dict[Part, str]:
    """The query of each part."""
    _, texts = _split()
    return {(match[1], match[2]): text for text in texts if (match := _PART.match(text))}


@cache
def _split() -> tuple[str, list[str]]:
    """What comes before the first part, and the parts."""
    head, first, rest = _text("versions").partition("SELECT 'pg_class', ")
    return head, (first + rest).split("UNION ALL ")


def _text(name: str) -> str:
    return (files(__package__) / "sql" / "helpers" / f"{name}.sql").read_text(encoding="utf-8")
