"""Look up in production the rows that migrations leave: it is only read, in bounded queries.

The shadow holds nothing but migration rows, so they are few. A row is found by a unique key whose
values the migration itself chose; keys and timestamps that were made up are not compared, nor what
the statement took from the moment it ran in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Composable, Composed, Identifier

from reconcile_pipeline.attribution.model import RowEffect
from reconcile_pipeline.attribution.rows.made_up import made_up
from reconcile_pipeline.attribution.rows.of_the_moment import values
from reconcile_pipeline.attribution.rows.postconditions import Question, questions
from reconcile_pipeline.catalog.connect import alive
from reconcile_pipeline.catalog.model import Change, Kind
from reconcile_pipeline.catalog.parameters import with_parameters
from reconcile_pipeline.catalog.unread import may_succeed_again, unread
from reconcile_pipeline.shadow.model import RowChange, Run

_TRIES = 3  # of a question, where the connection is lost or a replica ends it
_BOUNDS = (
    b"SET LOCAL transaction_read_only = on; SET LOCAL statement_timeout = '5s';"
    # Rows that policies hide from the reader are not missing: better no answer than that one.
    b" SET LOCAL lock_timeout = '1s'; SET LOCAL row_security = off"
)

_CHANGES_ROWS = re.compile(r"\s*(update|delete)\b", re.IGNORECASE)
_COLUMNS = """
SELECT a.attname, t.typcategory,
       coalesce(pg_get_expr(d.adbin, d.adrelid)
                ~* '\\m(nextval|now|gen_random_uuid|uuid_generate\\w*|\\w+_timestamp)\\M', false)
         OR a.attidentity <> '' OR a.attgenerated <> ''
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
_VOLATILE = "SELECT count(*) FROM pg_proc p WHERE p.proname = ANY (%s) AND p.provolatile = 'v'"
_KEYS = """
SELECT array_agg(a.attname::text ORDER BY a.attname)
  FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
 WHERE i.indrelid = %s::regclass AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
   AND i.indexprs IS NULL
 GROUP BY i.indexrelid, i.indisprimary ORDER BY i.indisprimary DESC, i.indexrelid"""


@dataclass(frozen=True, slots=True)
class _Table:
    columns: tuple[str, ...]  # in their order
    made_up: frozenset[str]  # by a default, an identity or a clock
    keys: tuple[tuple[str, ...], ...]


class RowLookup:
    """Finds migration rows in production, on one read-only connection.

    `known`: the UUIDs that stand in the files, and so were not made up.
    """

    def __init__(self, connection: Connection[Any], known: frozenset[str] = frozenset()) -> None:
        self._connection = connection
        self._known = known
        self._tables: dict[tuple[str, str], _Table | None] = {}
        self._asked: dict[str, tuple[Question, ...]] = {}
        self._found: dict[tuple[str, str, tuple[str, ...], str], RowEffect] = {}
        self._volatile: dict[frozenset[str], bool] = {}

    def effects(self, run: Run, sql: str = "") -> tuple[RowEffect, ...]:
        """What production shows of the rows of one statement, whose text is `sql`."""
        found = [self._ask(question) for question in self._questions(sql)]
        for change in run.rows:
            if change.truncated:
                if not _rewritten(run, change):
                    found.append(self._emptied(change.schema, change.table))
            elif change.rows and not change.updated:
                key = (change.schema, change.table, change.rows, sql)
                if key not in self._found:
                    self._found[key] = self._look_up(*key)
                found.append(self._found[key])
        return tuple(found)

    def _questions(self, sql: str) -> tuple[Question, ...]:
        if not _CHANGES_ROWS.match(sql):
            return ()
        if sql not in self._asked:
            self._asked[sql] = questions(sql)
        return self._asked[sql]

    def _ask(self, question: Question) -> RowEffect:
        """Told only where there are rows to tell from, and all of them agree."""
        table = question.table
        concerned = self._one(SQL(question.concerned))
        violating = self._one(SQL(question.violating))
        matched: int | None = None
        if concerned and violating is not None:
            if question.concerned == question.violating:
                matched = 0  # a DELETE whose rows are there
            elif violating == 0:
                matched = concerned
            elif violating == concerned:
                matched = 0
        change = Change.DROPPED if question.emptied else Change.ALTERED
        return RowEffect(table, change, concerned or 0, matched, "postcondition", question.text)

    def _look_up(self, schema: str, name: str, rows: Sequence[str], sql: str) -> RowEffect:
        label = f"{schema}.{name}"
        if self._table(schema, name) is None:
            return RowEffect(label, Change.CREATED, len(rows), 0, "exact", "no such table")
        key, chosen = self._found_by(schema, name, rows, sql)
        if not chosen:
            return RowEffect(
                label, Change.CREATED, len(rows), None, "none", "no key to find them by"
            )
        conditions: list[Composable] = [
            SQL("t.{0} IS NOT DISTINCT FROM r.{0}" if key is None else "t.{0} = r.{0}").format(
                Identifier(column)
            )
            for column in chosen
        ]
        query = SQL(
            "SELECT count(*) FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) r"
            " WHERE EXISTS (SELECT FROM {table} t WHERE {conditions})"
        ).format(table=Identifier(schema, name), conditions=SQL(" AND ").join(conditions))
        count = self._one(with_parameters(query), ("[" + ",".join(rows) + "]",))
        if count is None:
            return RowEffect(label, Change.CREATED, len(rows), None, "none", "could not be read")
        return RowEffect(
            label, Change.CREATED, len(rows), int(count), "exact", f"by {', '.join(chosen)}"
        )

    def found_by(self, schema: str, name: str, rows: Sequence[str]) -> tuple[str, ...]:
        """The columns that these rows of a table are looked up by; empty where there are none."""
        return self._found_by(schema, name, rows)[1]

    def _found_by(
        self, schema: str, name: str, rows: Sequence[str], sql: str = ""
    ) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
        table = self._table(schema, name)
        if table is None:
            return None, ()
        passing = table.made_up | made_up(rows, self._known)
        passing |= self._of_the_moment(f"{schema}.{name}", table, sql)
        key = next((k for k in table.keys if not passing & set(k)), None)
        return key, key or tuple(sorted(set(table.columns) - passing))

    def _of_the_moment(self, label: str, table: _Table, sql: str) -> set[str]:
        """The columns of this table that the statement fills with what was so when it ran."""
        found = set()
        for value in values(sql).get(label, ()):
            if value.certain or self._any_volatile(value.called):
                here = table.columns[value.place : value.place + 1]
                found |= {value.column} if value.column else set(here)
        return found

    def _any_volatile(self, called: frozenset[str]) -> bool:
        if called not in self._volatile:
            count = self._one(SQL(_VOLATILE), (sorted(called),))
            self._volatile[called] = bool(count)
        return self._volatile[called]

    def _emptied(self, schema: str, name: str) -> RowEffect:
        label = f"{schema}.{name}"
        if self._table(schema, name) is None:
            return RowEffect(label, Change.DROPPED, 0, None, "none", "no such table")
        query = SQL("SELECT (NOT EXISTS (SELECT FROM {}))::int").format(Identifier(schema, name))
        empty = self._one(query)
        matched = None if empty is None else int(empty)
        return RowEffect(label, Change.DROPPED, 1, matched, "postcondition", "the table is empty")

    def _table(self, schema: str, name: str) -> _Table | None:
        key = (schema, name)
        if key not in self._tables:
            self._tables[key] = self._describe(schema, name)
        return self._tables[key]

    def _describe(self, schema: str, name: str) -> _Table | None:
        quoted = Identifier(schema, name).as_string(self._connection)
        there = self._one(SQL("SELECT (to_regclass(%s) IS NOT NULL)::int"), (quoted,))
        if not there:
            return None
        self._connection = alive(self._connection)
        with self._connection.transaction():
            self._connection.execute(_BOUNDS)
            columns = self._connection.execute(_COLUMNS, (quoted,)).fetchall()
            keys = self._connection.execute(_KEYS, (quoted,)).fetchall()
        return _Table(
            tuple(column for column, _, _ in columns),
            frozenset(column for column, category, made in columns if made or category == "D"),
            tuple(tuple(row[0]) for row in keys),
        )

    def _one(self, query: SQL | Composed, parameters: Sequence[Any] | None = None) -> int | None:
        """One number; None where the question cannot be asked (no right, no time).

        Raises TargetError where the connection is lost and cannot be had again: not to be asked is
        no reason to judge without the answer.
        """
        for _ in range(_TRIES):
            self._connection = alive(self._connection)
            try:
                with self._connection.transaction():
                    self._connection.execute(_BOUNDS)
                    row = self._connection.execute(query, parameters).fetchone()
                break
            except psycopg.Error as error:
                if not may_succeed_again(error):
                    return None
                lost = error
        else:
            raise unread(lost)
        return None if row is None or row[0] is None else int(row[0])


def _rewritten(run: Run, change: RowChange) -> bool:
    """Whether the statement changes the table or a column of it: that gives the table a new file,
    too, and empties nothing."""
    identity = f"{change.schema}.{change.table}"
    return any(
        e.id.identity == identity or (e.parent is not None and e.parent.identity == identity)
        for e in run.effects
        if e.id.kind in (Kind.TABLE, Kind.COLUMN)
    )


def facts(effects: Sequence[RowEffect], twin: bool = False) -> tuple[tuple[bool | None, bool], ...]:
    """For the search: (rows are there, the evidence is exact) a table; None where unknown, and
    where they would be gone anyhow.

    `twin`: another statement makes the same rows; that they are there says little then.
    """
    found = []
    for effect in effects:
        there = None
        if effect.matched is not None and not effect.replaced:
            there = effect.matched * 2 > effect.rows > 0
        found.append((there, effect.strength == "exact" and not (twin and there)))
    return tuple(found)
