"""Constraints added without a search under a strong lock: NOT VALID first, validated afterwards.

Adding a foreign key or a check searches all rows while nobody may write to the table, in a foreign
key's case to neither table. NOT VALID it holds for new rows at once; validating it then stops
nobody who reads or writes. Source: PostgreSQL's documentation, ALTER TABLE, Notes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from psycopg import sql

from reconcile_pipeline.attribution.model import StatementVerdict
from reconcile_pipeline.catalog.model import Kind, ObjectId, Snapshot

_VALIDATES = re.compile(r"\A\s*ALTER\s+TABLE\b[^,]*\bVALIDATE\s+CONSTRAINT\b", re.IGNORECASE)


def is_plain(table: str, production: Snapshot) -> bool:
    """Whether production has this table (`schema.table`), and it is not partitioned."""
    found = production.get(ObjectId(Kind.TABLE, table))
    return found is not None and not found.facets.get("partition_key")


def added_constraint(text: str, production: Snapshot) -> tuple[str, Any] | None:
    """The plain table (`schema.table`) and the constraint, as the parser gives it, where the
    statement just adds one that has a name; else None.
    """
    from pglast import ast
    from pglast.enums import AlterTableType

    from reconcile_pipeline.migrations.tree import parse, relation

    match parse(text):
        case (
            ast.AlterTableStmt(
                relation=ast.RangeVar() as range,
                cmds=(
                    ast.AlterTableCmd(
                        subtype=AlterTableType.AT_AddConstraint,
                        def_=ast.Constraint(conname=str()) as constraint,
                    ),
                ),
            ),
        ) if is_plain(table := relation(range), production):
            return table, constraint
    return None


def validates(text: str) -> bool:
    """Whether the statement validates a constraint, and does nothing else."""
    return _VALIDATES.match(text) is not None


def in_two(statement: StatementVerdict, production: Snapshot) -> tuple[StatementVerdict, ...]:
    """The statement itself; or, where it adds one named foreign key or check to a table that is
    there, the one that adds it NOT VALID and the one that validates it.

    Tables with partitions stay as they are: a foreign key cannot be added to them NOT VALID.
    """
    from pglast.enums import ConstrType

    match added_constraint(statement.sql, production):
        case (table, constraint) if (
            constraint.contype in (ConstrType.CONSTR_FOREIGN, ConstrType.CONSTR_CHECK)
            and constraint.skip_validation is False
            and constraint.is_enforced is not False
        ):
            schema, _, own = table.partition(".")
            validate = sql.SQL("ALTER TABLE {} VALIDATE CONSTRAINT {}").format(
                sql.Identifier(schema, own), sql.Identifier(constraint.conname)
            )
            # On a line of its own: the statement may end with a comment.
            return (
                replace(statement, sql=f"{statement.sql.rstrip()}\nNOT VALID"),
                replace(statement, sql=validate.as_string(None), effects=(), rows=()),
            )
    return (statement,)
