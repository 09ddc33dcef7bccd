"""The index that a step builds or drops CONCURRENTLY, and what is left of it when that fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.errors import ApplyError
from reconcile_pipeline.plan.model import Step

_INVALID = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_class c
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
               JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
               WHERE n.nspname = %s AND c.relname = %s AND NOT i.indisvalid)
"""
_THERE = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_class c
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = %s AND c.relname = %s AND c.relkind IN ('i', 'I'))
"""


@dataclass(frozen=True, slots=True)
class Index:
    """The index that a step builds, or drops."""

    schema: str
    name: str
    built: bool = True

    @property
    def identifier(self) -> Identifier:
        """Its name, fit to be composed into SQL."""
        return Identifier(self.schema, self.name)


def index_of(connection: Connection[Any], step: Step) -> Index:
    """The index that the step builds or drops. Raises ApplyError for all else."""
    from pglast import ast, parse_sql
    from pglast.parser import ParseError

    try:
        parsed = [each.stmt for each in parse_sql("".join(step.statements))]
    except ParseError:
        parsed = []
    if len(parsed) == 1 and len(step.statements) == 1:
        statement = parsed[0]
        if isinstance(statement, ast.DropStmt) and statement.concurrent and statement.objects:
            *schemas, name = [part.sval for part in statement.objects[0]]
            given = schemas[-1] if schemas else None
            missing_ok = bool(statement.missing_ok)
            return Index(_schema(connection, given, name, missing_ok), name, False)
        if isinstance(statement, ast.IndexStmt) and statement.concurrent and statement.idxname:
            assert statement.relation is not None
            table = statement.relation
            schema = _schema(connection, table.schemaname, table.relname or "")
            return Index(schema, statement.idxname)
    raise ApplyError(
        f"Step {step.id} asks to run outside a transaction, where nothing could be taken back.",
        hint="Only one CREATE INDEX CONCURRENTLY with a name, or one DROP INDEX CONCURRENTLY, may.",
    )


def is_invalid(connection: Connection[Any], index: Index) -> bool:
    """True where it is there, and invalid: not wholly built, or not wholly dropped."""
    row = connection.execute(_INVALID, (index.schema, index.name)).fetchone()
    return bool(row and row[0])


def is_there(connection: Connection[Any], index: Index) -> bool:
    """True where an index of that name is there, valid or not."""
    row = connection.execute(_THERE, (index.schema, index.name)).fetchone()
    return bool(row and row[0])


def _schema(
    connection: Connection[Any], schema: str | None, table: str, missing_ok: bool = False
) -> str:
    if schema:
        return schema
    row = connection.execute(
        """SELECT n.nspname FROM pg_catalog.pg_class c
           JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE c.oid = pg_catalog.to_regclass(pg_catalog.quote_ident(%s))""",
        (table,),
    ).fetchone()
    if row is None and missing_ok:  # nothing to drop; if it were there, it would be here
        row = connection.execute("SELECT pg_catalog.current_schema()").fetchone()
    if row is None or row[0] is None:
        raise ApplyError(f"There is no {table}.", hint="Make a new plan.")
    return str(row[0])


def drop_invalid(connection: Connection[Any], index: Index) -> None:
    """Drop the index if it is there and invalid, without stopping anybody."""
    if is_invalid(connection, index):
        connection.execute(SQL("DROP INDEX CONCURRENTLY {}").format(index.identifier))
