"""What only a platform's own role may do in production: drop a trigger or policy of its tables.

A rehearsal's twin lets the plan's user, as hosted platforms do; where nothing says that this server
does, the step would fail on production. This is a read-only operation.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

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


class _Part(NamedTuple):
    """A trigger that is dropped, or a policy, of a table; and the setting about such."""

    schema: str
    table: str
    name: str
    setting: str


def not_ours(target: ResolvedTarget, plan: Plan, restores: Mapping[str, str]) -> dict[str, str]:
    """Objects to restore that this user may not touch, and migrations to complete of which that is
    a part -> why. `restores`: statement -> the object that it puts back. Raises TargetError where
    production cannot be reached.

    Not asked where a role of its own applies the plan: nobody who plans needs its password.
    """
    if target.settings.apply_dsn_env:
        return {}
    asked: list[tuple[str, _Part, str]] = []
    for step in plan.steps:
        for sql in step.statements:
            if step.kind is StepKind.COMPLETION and (part := _of_a_table(sql)):
                asked.append((step.answers[0], part, f"its {part.name}"))
            elif step.kind is StepKind.RESTORE and sql in restores and (part := _of_a_table(sql)):
                asked.append((restores[sql], part, "it"))
    if not asked:
        return {}
    found: dict[str, str] = {}
    with connect_to_read(target.dsn) as connection:
        for answered, (schema, table, _, setting), it in asked:
            row = None
            with suppress(psycopg.DatabaseError), connection.transaction():
                # Refused where the setting is there, and not shown to everybody.
                row = connection.execute(_OWNER, (schema, table, setting)).fetchone()
            if row is not None:
                owner = f"{row[0]}, the owner of {schema}.{table}"
                found.setdefault(answered, f"only {owner}, may drop or change {it}")
    return found


def _of_a_table(sql: str) -> _Part | None:
    match parse(sql):
        case (ast.DropStmt(removeType=ObjectType.OBJECT_TRIGGER, objects=(parts,)),):
            kind, setting = "trigger", _TRIGGERS
        case (ast.DropStmt(removeType=ObjectType.OBJECT_POLICY, objects=(parts,)),):
            kind, setting = "policy", _POLICIES
        case (
            ast.CreatePolicyStmt(
                policy_name=name, table=ast.RangeVar(schemaname=schema, relname=str() as table)
            )
            | ast.AlterPolicyStmt(
                policy_name=name, table=ast.RangeVar(schemaname=schema, relname=str() as table)
            ),
        ):
            return _Part(schema or DEFAULT_SCHEMA, table, f"policy {name}", _POLICIES)
        case _:
            return None
    *before, table, name = (part.sval for part in parts)
    return _Part(before[-1] if before else DEFAULT_SCHEMA, table, f"{kind} {name}", setting)
