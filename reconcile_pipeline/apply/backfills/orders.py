"""The two orders in which a backfill goes through its source.

By block, as the rows lie on disk, where a plain table lacks many rows: along a random key every row
would mean another block. A row that moves meanwhile can be missed, so what is left goes by key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from psycopg import Connection
from psycopg.sql import SQL, Composed

from reconcile_pipeline.apply.backfills.pages import Care, Pages
from reconcile_pipeline.catalog.parameters import with_parameters

TID_RANGES = 140000  # since then a range of blocks can be read without the rest
ENOUGH_BLOCKS = 100

#: Keys that say nothing about a person, so that they may stand in the journal; and sorting them
#: costs next to nothing, unlike text by a language's rules.
_NAMELESS = frozenset({"uuid", "smallint", "integer", "bigint", "numeric", "oid"})


def has_plain_key(pages: Pages) -> bool:
    """True where keys are numbers or the like."""
    return pages.key_type.as_string(None) in _NAMELESS


class Order(Protocol):
    """How to cut a source into pages. A place is text; None is before the first, or the end."""

    @property
    def pages(self) -> Pages:
        """The SQL that it cuts up."""

    @property
    def name(self) -> str:
        """Its name in the journal."""

    @property
    def care(self) -> Care:
        """What to begin with."""

    @property
    def size(self) -> int:
        """The size of a page, in units of its own."""

    def upper(self, connection: Connection[Any], last: str | None, size: int) -> str | None:
        """The place where a page of this size ends; None where it reaches the source's end."""

    def insert(
        self, last: str | None, upper: str | None, care: Care
    ) -> tuple[Composed, Mapping[str, Any]]:
        """The page's INSERT and its parameters."""

    def stored(self, place: str | None) -> str | None:
        """The place as the journal may hold it."""


@dataclass(frozen=True, slots=True)
class ByKey:
    """Along the key. `size` is in rows that lack one; rows that are there are passed over."""

    pages: Pages
    size: int
    name: str = "key"
    care: Care = Care.LOOKING

    @property
    def named(self) -> bool:
        """True where a key says nothing about a person."""
        return has_plain_key(self.pages)

    def upper(self, connection: Connection[Any], last: str | None, size: int) -> str | None:
        """The key of the last row of the page."""
        query = SQL(
            "SELECT source.{key}::text FROM {source} AS source WHERE {after} AND {missing} "
            "ORDER BY source.{key} LIMIT 1 OFFSET %(skip)s"
        ).format(
            key=self.pages.key,
            source=self.pages.source,
            after=self._after(last, None),
            missing=self.pages.missing,
        )
        given = {**self.pages.parameters, "last": last, "skip": size - 1}
        row = connection.execute(with_parameters(query), given).fetchone()
        return None if row is None else str(row[0])

    def insert(
        self, last: str | None, upper: str | None, care: Care
    ) -> tuple[Composed, Mapping[str, Any]]:
        """Behind `last`, up to and with `upper`."""
        given = {**self.pages.parameters, "last": last, "upper": upper}
        query = self.pages.insert(self._after(last, upper), care)
        return query, given

    def stored(self, place: str | None) -> str | None:
        """Only a key that names nobody."""
        return place if self.named else None

    def _after(self, last: str | None, upper: str | None) -> Composed:
        key, kind = self.pages.key, self.pages.key_type
        parts = [SQL("true").format()]
        if last is not None:
            parts.append(SQL("source.{} > %(last)s::{}").format(key, kind))
        if upper is not None:
            parts.append(SQL("source.{} <= %(upper)s::{}").format(key, kind))
        return SQL(" AND ").join(parts)


@dataclass(frozen=True, slots=True)
class ByBlock:
    """Along the table's file. `size` is in blocks; `blocks` there are in all."""

    pages: Pages
    size: int
    blocks: int
    name: str = "block"
    care: Care = Care.NONE

    def upper(self, connection: Connection[Any], last: str | None, size: int) -> str | None:
        """The first block of the next page."""
        end = int(last or 0) + size
        return str(end) if end < self.blocks else None

    def insert(
        self, last: str | None, upper: str | None, care: Care
    ) -> tuple[Composed, Mapping[str, Any]]:
        """From block `last` on, up to block `upper` without it."""
        condition = SQL("source.ctid >= %(from)s::text::tid").format()
        given = {**self.pages.parameters, "from": f"({last or 0},0)"}
        if upper is not None:
            condition += SQL(" AND source.ctid < %(to)s::text::tid")
            given["to"] = f"({upper},0)"
        # One way through the target's index, and through the one that a foreign key is checked by:
        # with random keys that saves a fifth of the server's time.
        return self.pages.insert(condition, care, by_key=has_plain_key(self.pages)), given

    def stored(self, place: str | None) -> str | None:
        """Blocks say nothing about anybody."""
        return place


def by_block(
    connection: Connection[Any], pages: Pages, batch_size: int, missing: int
) -> ByBlock | None:
    """That order, where it pays: a plain table of many blocks that lacks at least half its rows."""
    if pages.plain is None or connection.info.server_version < TID_RANGES:
        return None
    row = connection.execute(
        """SELECT pg_catalog.pg_relation_size(oid)
                  / pg_catalog.current_setting('block_size')::int, reltuples::bigint
           FROM pg_catalog.pg_class WHERE oid = %s AND relkind = 'r'""",
        (pages.plain.oid,),
    ).fetchone()
    if row is None or row[0] < ENOUGH_BLOCKS:
        return None
    blocks, rows = int(row[0]), max(int(row[1]), missing)
    size = batch_size * blocks // rows
    if size < 8 or missing * 2 < rows:
        return None
    return ByBlock(pages, size, blocks)
