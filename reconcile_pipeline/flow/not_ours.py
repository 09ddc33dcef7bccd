"""What only a platform's own role may do in production: drop a trigger or policy of its tables.

A rehearsal's twin lets the plan's user, as hosted platforms do; where nothing says that this server
does, the step would fail on production. This is a read-only operation.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import psycopg
from pglast import ast
from pglast.enums import ObjectType

from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.migrations.tree import DEFAULT_SCHEMA, parse
from reconcile_pipeline.plan.model import Plan, StepKind

#: The setting that lists what Supabase lets ordinary roles do (github.com/supabase/supautils).
_TRIGGERS = "supautils.drop_trigger_grants"
_POLICIES = "supautils.policy_grants"

_OWNER = """
SELECT pg_catalog.pg_get_userbyid(c.relowner)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relname = %s
  AND NOT pg_catalog.pg_has_role(c.relowner, 'USAGE')
  AND pg_catalog.current_setting(%s, true) IS NULL
"""


def not_ours(target: ResolvedTarget, plan: Plan, restores: Mapping[str, str]) -> dict[str, str]:
    """Objects to restore that this user may not touch -> why. `restores`: statement -> the object
    that it puts back. Raises TargetError where production cannot be reached.

    Not asked where a role of its own applies the plan: nobody who plans needs its password.
    """
    if target.settings.apply_dsn_env:
        return {}
    statements = [
        (sql, named)
        for step in plan.steps
        if step.kind is StepKind.RESTORE
        for sql in step.statements
        if sql in restores and (named := _of_a_table(sql)) is not None
    ]
    if not statements:
        return {}
    found: dict[str, str] = {}
    with connect_to_read(target.dsn) as connection:
        for sql, (schema, table, setting) in statements:
            row = None
            with suppress(psycopg.DatabaseError), connection.transaction():
                # Refused where the setting is there, and not shown to everybody.
                row = connection.execute(_OWNER, (schema, table, setting)).fetchone()
            if row is not None:
                found[restores[sql]] = (
                    f"only {row[0]}, the owner of {schema}.{table}, may drop or change it"
                )
    return found


def _of_a_table(sql: str) -> tuple[str, str, str] | None:
    """Schema and table of a trigger that is dropped, or of a policy, and the setting about it."""
    match parse(sql):
        case (ast.DropStmt(removeType=ObjectType.OBJECT_TRIGGER, objects=(parts,)),):
            setting = _TRIGGERS
        case (ast.DropStmt(removeType=ObjectType.OBJECT_POLICY, objects=(parts,)),):
            setting = _POLICIES
        case (
            ast.CreatePolicyStmt(table=ast.RangeVar(relname=str() as name) as table)
            | ast.AlterPolicyStmt(table=ast.RangeVar(relname=str() as name) as table),
        ):
            return table.schemaname or DEFAULT_SCHEMA, name, _POLICIES
        case _:
            return None
    *schema, own, _ = (part.sval for part in parts)
    return schema[-1] if schema else DEFAULT_SCHEMA, own, setting
