"""Row versions of the catalogs: what was inserted, replaced or deleted since they were last read.

First per catalog (as the cheap fingerprint does), then, for the catalogs that differ, in 256
buckets of roots. A root is a relation, a type or a routine, by its oid. Columns and their defaults,
the largest catalogs, are not counted: none is deleted without a trace in a row that stays, so it is
enough to ask which were written since (`sql/helpers/written.sql`).

Where a catalog has more rows than before, only those that were written since are put into buckets.
If they make up the whole difference, every row of before is there still, and they are added to the
buckets of before. To put all rows of a large catalog into buckets costs several times as much.
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

from reconcile_pipeline.catalog import prepared
from reconcile_pipeline.catalog.fingerprint import by_catalog

Part = tuple[str, str]  # catalog of the roots, catalog that was counted
Buckets = dict[Part, frozenset[tuple[int, int, int]]]
#: One more row of the counts, and so of the same moment: the oldest transaction that may yet write.
_SINCE = """UNION ALL SELECT 'since', 0, CASE WHEN pg_current_xact_id_if_assigned() IS NULL
    THEN pg_snapshot_xmin(pg_current_snapshot())::xid::text::int8 END"""
_WRITTEN = "age(x.xmin) <= (SELECT age(%(since)s::xid))"
_PART = re.compile(r"SELECT '(\w*)', '(\w+)'")


@dataclass(frozen=True, slots=True)
class Versions:
    """`counts`: catalog -> (rows, sum; None for an empty one). `buckets`: part -> {(bucket, rows,
    sum)}. `since`: this and later transactions may have written after the reading; None where the
    reading's own transaction had written, which may be taken back."""

    counts: Mapping[str, tuple[int, int | None]]
    buckets: Mapping[Part, frozenset[tuple[int, int, int]]]
    since: str | None

    def changed_catalogs(self, last: Versions) -> frozenset[str]:
        """The catalogs in which anything was written."""
        catalogs = self.counts.keys() | last.counts.keys()  # one that is empty may be in neither
        return frozenset(c for c in catalogs if self.counts.get(c) != last.counts.get(c))

    def rows(self, catalog: str) -> int:
        """How many rows it has."""
        return self.counts.get(catalog, (0, 0))[0]

    def more(self, last: Versions, catalog: str) -> tuple[int, int]:
        """By how much its rows and their sum have grown."""
        now, was = self.counts.get(catalog, (0, 0)), last.counts.get(catalog, (0, 0))
        return now[0] - was[0], (now[1] or 0) - (was[1] or 0)

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
    rows = prepared.fetch(connection, _counts())
    [horizon] = [number for catalog, _, number in rows if catalog == "since"]
    counts = by_catalog(row for row in rows if row[0] != "since")
    since = None if horizon is None else str(horizon)
    if last is None:
        return Versions(counts, _read_buckets(connection, tuple(parts())), since)
    now = Versions(counts, {}, since)
    changed = now.changed_catalogs(last)
    buckets = {**last.buckets, **_added_to(connection, now, last, changed)}
    wanted = tuple(
        part for part in parts() if part[1] in changed and buckets[part] is last.buckets[part]
    )
    buckets.update(_read_buckets(connection, wanted))
    return Versions(counts, buckets, since)


def _added_to(
    connection: Connection[Any], now: Versions, last: Versions, changed: Collection[str]
) -> Buckets:
    """The buckets of those catalogs in which rows were inserted and no other row was written."""
    grown = {c for c in changed if now.rows(c) > last.rows(c)} if last.since else set()
    added = _read_buckets(connection, tuple(p for p in parts() if p[1] in grown), last.since)
    for catalog in grown:
        own = [row for part, rows in added.items() if part[1] == catalog for row in rows]
        # A row of before that is missing makes this one fewer; one that had been written by so
        # late a transaction, and was counted before, one more.
        if (sum(row[1] for row in own), sum(row[2] for row in own)) != now.more(last, catalog):
            added = {part: rows for part, rows in added.items() if part[1] != catalog}
    return {part: _sum(last.buckets[part], rows) for part, rows in added.items()}


def _sum(
    before: frozenset[tuple[int, int, int]], added: frozenset[tuple[int, int, int]]
) -> frozenset[tuple[int, int, int]]:
    counts = {bucket: (count, total) for bucket, count, total in before}
    for bucket, count, total in added:
        was = counts.get(bucket, (0, 0))
        counts[bucket] = (was[0] + count, was[1] + total)
    return frozenset((bucket, *pair) for bucket, pair in counts.items())


def _read_buckets(
    connection: Connection[Any], wanted: tuple[Part, ...], since: str | None = None
) -> Buckets:
    """Of all rows, or of those that this transaction or a later one wrote."""
    found: dict[Part, set[tuple[int, int, int]]] = {part: set() for part in wanted}
    if wanted:
        text = _only(wanted, written=since is not None)
        if len(wanted) == len(parts()):  # the first reading, which comes but once
            rows = connection.execute(SQL(text)).fetchall()
        else:
            rows = prepared.fetch(connection, text, {} if since is None else {"since": since})
        for root, catalog, bucket, count, total in rows:
            if count:
                found[root, catalog].add((bucket, count, total))
    return {part: frozenset(rows) for part, rows in found.items()}


@cache
def _counts() -> str:
    """The cheap fingerprint's query without the catalog that is not counted."""
    head, first, rest = _text("trigger_fingerprint").partition("SELECT 'pg_class'")
    return (
        head
        + "UNION ALL ".join(
            part
            for part in (first + rest).split("UNION ALL ")
            if not part.startswith("SELECT 'pg_attribute'")
        )
        + _SINCE
    )


@cache
def _only(wanted: Collection[Part], *, written: bool) -> str:
    head, _ = _split()
    text = head + "UNION ALL ".join(parts()[part] for part in wanted)
    return text.replace("{rows}", _WRITTEN if written else "true")


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
