"""The index that a CREATE INDEX CONCURRENTLY builds, and what is left of it when it fails."""

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


@dataclass(frozen=True, slots=True)
class Index:
    """The index that a step builds."""

    schema: str
    name: str

    @property
    def identifier(self) -> Identifier:
        """Its name, fit to be composed into SQL."""
        return Identifier(self.schema, self.name)


def index_of(connection: Connection[Any], step: Step) -> Index | None:
    """The index that the step builds, None where it drops one. Raises ApplyError for all else."""
    from pglast import ast, parse_sql
    from pglast.parser import ParseError

    try:
        parsed = [each.stmt for each in parse_sql("".join(step.statements))]
    except ParseError:
        parsed = []
    if len(parsed) == 1 and len(step.statements) == 1:
        statement = parsed[0]
        if isinstance(statement, ast.DropStmt) and statement.concurrent:
            return None
        if isinstance(statement, ast.IndexStmt) and statement.concurrent and statement.idxname:
            assert statement.relation is not None
            table = statement.relation
            schema = _schema(connection, table.schemaname, table.relname or "")
            return Index(schema, statement.idxname)
    raise ApplyError(
        f"Step {step.id} asks to run outside a transaction, where nothing could be taken back.",
        hint="Only one CREATE INDEX CONCURRENTLY with a name, or one DROP INDEX CONCURRENTLY, may.",
    )


def _schema(connection: Connection[Any], schema: str | None, table: str) -> str:
    if schema:
        return schema
    row = connection.execute(
        """SELECT n.nspname FROM pg_catalog.pg_class c
           JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE c.oid = pg_catalog.to_regclass(pg_catalog.quote_ident(%s))""",
        (table,),
    ).fetchone()
    if row is None:
        raise ApplyError(f"There is no table {table}.", hint="Make a new plan.")
    return str(row[0])


def drop_invalid(connection: Connection[Any], index: Index) -> None:
    """Drop the index if it is there and invalid, without stopping anybody."""
    row = connection.execute(_INVALID, (index.schema, index.name)).fetchone()
    if row and row[0]:
        connection.execute(SQL("DROP INDEX CONCURRENTLY {}").format(index.identifier))
