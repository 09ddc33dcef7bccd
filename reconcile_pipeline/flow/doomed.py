"""Which rows of production one statement would delete: counted, never touched.

TRUNCATE … CASCADE empties every table that refers to the one it names, and so on; a DELETE takes
along what refers by ON DELETE CASCADE; DROP TABLE and DROP COLUMN take what they hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Composable, Identifier

from reconcile_pipeline.drift.find import DELETES
from reconcile_pipeline.migrations.hazards import judge
from reconcile_pipeline.migrations.model import Hazard

_FIND = """
SELECT c.oid::bigint, n.nspname, c.relname, greatest(c.reltuples, 0)::bigint
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND (n.nspname || '.' || c.relname = %s OR n.nspname = %s)
ORDER BY 2, 3
"""
_HARMLESS = frozenset(
    {
        "ColumnRef", "A_Const", "A_Expr", "BoolExpr", "NullTest", "BooleanTest", "TypeCast",
        "TypeName", "String", "Integer", "Float", "Boolean", "BitString", "A_ArrayExpr",
        "SQLValueFunction",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of one table: those that `condition` is true for, or all. `estimate`: of all."""

    table: int
    schema: str
    name: str
    estimate: int
    condition: Composable | None = None

    @property
    def identifier(self) -> Identifier:
        return Identifier(self.schema, self.name)


def deletes(sql: str) -> tuple[Hazard, ...]:
    """The statement's hazards of deleting data; empty for most."""
    return tuple(hazard for hazard in judge(sql) if hazard.rule == DELETES)


def doomed_rows(connection: Connection[Any], sql: str) -> tuple[tuple[str, int], ...]:
    """(table, rows) that the statement would delete now; tables that hold none are left out.

    To be called in a read-only transaction with a statement timeout. What takes too long to count
    is given as the catalog estimates it.
    """
    found: dict[str, int] = {}
    for hazard in deletes(sql):
        for rows in _closure(connection, sql, hazard):
            name = f"{rows.schema}.{rows.name}"
            found[name] = max(found.get(name, 0), _count(connection, rows))
    return tuple((name, number) for name, number in found.items() if number)


def _closure(connection: Connection[Any], sql: str, hazard: Hazard) -> Iterator[_Rows]:
    """The rows that the hazard names, then those that go along."""
    truncates = "(TRUNCATE CASCADE)" in hazard.message
    waiting = [rows for name in hazard.objects for rows in _named(connection, sql, hazard, name)]
    seen: set[int] = set()
    while waiting:
        rows = waiting.pop(0)
        if rows.table in seen:
            continue
        seen.add(rows.table)
        yield rows
        if truncates or ("Deletes " in hazard.message and "(TRUNCATE)" not in hazard.message):
            waiting += _referring(connection, rows, deletes_only=not truncates)


def _named(connection: Connection[Any], sql: str, hazard: Hazard, name: str) -> Iterator[_Rows]:
    found = connection.execute(_FIND, (name, name if "schema" in hazard.message else None))
    for oid, schema, table, estimate in found.fetchall():
        yield _Rows(oid, schema, table, estimate, _condition(sql))
    table, _, column = name.rpartition(".")
    if "Drops the column" in hazard.message:
        for oid, schema, relation, estimate in connection.execute(_FIND, (table, None)).fetchall():
            held = SQL("{} IS NOT NULL").format(Identifier(column))
            yield _Rows(oid, schema, relation, estimate, held)


def _condition(sql: str) -> Composable | None:
    """The WHERE of a plain DELETE; None where all rows are meant, or may be."""
    from pglast import ast, parse_sql
    from pglast.parser import ParseError
    from pglast.stream import RawStream

    try:
        node = parse_sql(sql)[0].stmt
    except (ParseError, IndexError):
        return None
    if not isinstance(node, ast.DeleteStmt) or node.whereClause is None:
        return None
    assert node.relation is not None
    if node.usingClause or node.withClause or node.relation.alias:
        return None
    if not _harmless(node.whereClause):
        return None
    return SQL(RawStream()(node.whereClause).replace("%", "%%"))


def is_harmless(condition: str) -> bool:
    """True for a condition that may be asked of production: it compares columns and constants.

    A file may be hostile, and a function can do harm even in a read-only transaction.
    """
    from reconcile_pipeline.migrations.tree import parse

    statements = parse(f"SELECT WHERE {condition}")
    return len(statements) == 1 and _harmless(statements[0].whereClause)


def _harmless(condition: object) -> bool:
    from reconcile_pipeline.migrations.tree import walk

    return all(type(part).__name__ in _HARMLESS for part in walk(condition))


def _referring(connection: Connection[Any], rows: _Rows, *, deletes_only: bool) -> list[_Rows]:
    query = (files("reconcile_pipeline.flow") / "sql/references.sql").read_bytes()
    found = connection.execute(query, {"table": rows.table, "deletes": deletes_only}).fetchall()
    result = []
    for schema, name, table, columns, referred in found:
        condition: Composable | None = None
        if deletes_only:
            condition = SQL("({}) IN (SELECT {} FROM {}{})").format(
                SQL(", ").join(map(Identifier, columns)),
                SQL(", ").join(map(Identifier, referred)),
                rows.identifier,
                _where(rows),
            )
        result.append(_Rows(table, schema, name, 0, condition))
    return result


def _where(rows: _Rows) -> Composable:
    return SQL(" WHERE {}").format(rows.condition) if rows.condition is not None else SQL("")


def _count(connection: Connection[Any], rows: _Rows) -> int:
    for condition in (_where(rows), SQL("")):  # a WHERE that cannot be asked: at most all rows
        query = SQL("SELECT count(*) FROM {}{}").format(rows.identifier, condition)
        try:
            with connection.transaction():
                row = connection.execute(query).fetchone()
        except psycopg.errors.QueryCanceled:
            return rows.estimate
        except psycopg.Error:
            continue
        return int(row[0]) if row else 0
    return rows.estimate
