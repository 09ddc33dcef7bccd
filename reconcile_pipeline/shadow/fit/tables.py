"""The tables to fill on a twin, and what their rows must respect."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from reconcile_pipeline.shadow.fit.values import Column

_TABLES = (files("reconcile_pipeline.shadow") / "sql/fit_tables.sql").read_bytes()


@dataclass(frozen=True, slots=True)
class Key:
    """A foreign key: the table that it refers to, own and their columns by number."""

    table: int
    own: tuple[int, ...]
    theirs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table to fill. `checks`: (numbers of the columns, SQL)."""

    oid: int
    schema: str
    name: str
    columns: tuple[Column, ...]
    keys: tuple[Key, ...]
    checks: tuple[tuple[tuple[int, ...], str], ...]

    @property
    def identifier(self) -> Composed:
        """Its name for SQL with parameters."""
        return SQL("{}.{}").format(escaped(self.schema), escaped(self.name))

    @property
    def full_name(self) -> str:
        """`schema.table`."""
        return f"{self.schema}.{self.name}"

    def column(self, number: int) -> Column:
        """The column of this number."""
        return next(c for c in self.columns if c.number == number)


def read_tables(connection: Connection[Any]) -> Iterator[Table]:
    """All tables, but for partitions; this is a read-only operation."""
    for row in connection.execute(_TABLES).fetchall():
        oid, schema, name, columns, keys, checks, alone, bounds, bound_columns = row
        constants: dict[int, list[str | int]] = {}
        for check in checks:
            for number in check["columns"] or ():
                constants.setdefault(number, []).extend(literals(check["sql"]))
        for number in bound_columns:
            for bound in bounds:
                constants.setdefault(number, []).extend(_of_bound(bound))
        yield Table(
            oid, schema, name,
            tuple(_column(each, set(alone), set(bound_columns), constants) for each in columns),
            tuple(Key(k["table"], tuple(k["own"]), tuple(k["theirs"])) for k in keys),
            tuple((tuple(c["columns"] or ()), c["sql"]) for c in checks),
        )  # fmt: skip


def _column(
    each: Mapping[str, Any],
    alone: Collection[int],
    bound: Collection[int],
    constants: Mapping[int, list[str | int]],
) -> Column:
    own = list(constants.get(each["number"], ()))
    for check in each["domain_checks"] or ():
        own += literals(check)
    return Column(
        each["number"], each["name"], each["type"], each["plain"], each["category"],
        each["required"], each["given"], each["generated"], each["number"] in alone,
        each["number"] in bound,
        each["length"], each["size"], each["element"], tuple(each["labels"] or ()),
        tuple(dict.fromkeys(own)),
    )  # fmt: skip


def literals(expression: str) -> Iterator[str | int]:
    """The strings and numbers in an expression of the server's own making."""
    from pglast import ast

    from reconcile_pipeline.migrations.tree import parse, walk

    for node in parse(f"SELECT {expression.replace('VALUE', 'value')}"):
        for part in walk(node):
            if isinstance(part, ast.A_Const) and part.val is not None:
                if isinstance(part.val, ast.Integer):
                    yield int(part.val.ival or 0)
                elif isinstance(part.val, ast.String):
                    yield str(part.val.sval)
                elif isinstance(part.val, ast.Float):
                    yield str(part.val.fval)


def _of_bound(bound: str) -> Iterator[str | int]:
    """`FOR VALUES IN ('a')` and `FOR VALUES FROM (1) TO (9)`: a range's lower bound belongs."""
    inside = bound.partition("(")[2].partition(")")[0]
    if "WITH" not in bound and inside:
        yield from literals(inside)


def in_order(tables: Mapping[int, Table], wanted: Collection[int]) -> list[Table]:
    """Tables after those that they refer to, as far as there is no circle."""
    order: dict[int, None] = {}
    open_: set[int] = set()

    def visit(oid: int) -> None:
        if oid in order or oid in open_ or oid not in tables:
            return
        open_.add(oid)
        for key in tables[oid].keys:
            visit(key.table)
        order[oid] = None

    for oid in sorted(wanted, key=lambda o: (tables[o].schema, tables[o].name)):
        visit(oid)
    return [tables[oid] for oid in order]


def escaped(name: str) -> SQL:
    """An identifier in a text with parameters, where a percent sign is written twice."""
    return SQL(Identifier(name).as_string(None).replace("%", "%%"))
