"""Who can do what, now and compared with before: apply's matrix, in the words of the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import Connection

from reconcile_pipeline.apply.access import read_access
from reconcile_pipeline.apply.matrix import Direction, Matrix, compare
from reconcile_pipeline.apply.subjects import pick_subjects
from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.config import UserProfiles
from reconcile_pipeline.errors import TargetError
from reconcile_pipeline.evidence.model import Access, AccessChange
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.plan.model import Backfill, Plan, RoleRule, StepKind


def access_matrix(target: ResolvedTarget) -> Matrix:
    """The matrix of a target. Production is only read. Raises TargetError."""
    with connect_to_read(target.dsn) as connection:
        try:
            return matrix_of(connection, target.settings.user_profiles)
        except psycopg.Error as error:
            raise TargetError(
                "Who may do what could not be asked: "
                f"{error.diag.message_primary or type(error).__name__}."
            ) from None


def matrix_of(connection: Connection[Any], profiles: UserProfiles | None) -> Matrix:
    """The same on a connection that is there."""
    admins = profiles.admins if profiles else ()
    return read_access(connection, pick_subjects(connection, _rule(profiles), admins))


def compare_access(before: Matrix, after: Matrix, plan: Plan) -> Access:
    """Every cell that changed. A change that nothing shows to be narrower counts as wider."""
    announced = frozenset(_announced(plan))
    roles = {
        f"authenticated, {step.backfill.role.admin_role}"
        for step in plan.steps
        if step.kind is StepKind.BACKFILL and step.backfill and step.backfill.role
    }
    return Access(
        before.probes + after.probes,
        tuple(
            AccessChange(
                role=change.subject,
                table=change.table,
                action=change.action.value.upper(),
                before="no table" if change.new_table else change.before,
                after=change.after,
                wider=change.direction is not Direction.NARROWED,
                # Whoever the plan makes an admin may then do what admins may.
                planned=change.table in announced or change.subject in roles,
            )
            for change in compare(before, after)
        ),
    )


def _rule(profiles: UserProfiles | None) -> Backfill | None:
    """Enough of a backfill to pick one user of each role by its rule."""
    if profiles is None:
        return None
    return Backfill(
        target=profiles.table,
        source=profiles.source,
        target_key="id",
        source_key="id",
        columns={},
        role=RoleRule(
            profiles.role_column,
            profiles.admin_role,
            profiles.default_role,
            len(profiles.admins),
            admins_digest="",
        ),
    )


def _announced(plan: Plan) -> Iterator[str]:
    """Tables that the plan's statements make, or whose access they are about."""
    from pglast import ast

    from reconcile_pipeline.migrations.tree import parse, relation

    for step in plan.steps:
        for statement in step.statements:
            for node in parse(statement):
                if isinstance(node, ast.CreateStmt | ast.AlterTableStmt):
                    yield relation(node.relation)
                elif isinstance(node, ast.CreatePolicyStmt | ast.AlterPolicyStmt):
                    yield relation(node.table)
                elif isinstance(node, ast.GrantStmt):
                    for part in node.objects or ():
                        if isinstance(part, ast.RangeVar):
                            yield relation(part)
