"""Who can do what, now and compared with before: apply's matrix, in the words of the evidence."""

from __future__ import annotations

import psycopg

from reconcile_pipeline.apply.access.matrix import Direction, Matrix
from reconcile_pipeline.apply.access.read import read_access
from reconcile_pipeline.apply.access.subjects import pick_subjects
from reconcile_pipeline.apply.request import Verification
from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.catalog.unread import unread
from reconcile_pipeline.config import UserProfiles
from reconcile_pipeline.evidence.model import Access, AccessChange
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.plan.model import Backfill, Plan, RoleRule


def access_matrix(target: ResolvedTarget) -> Matrix:
    """The matrix of a target. Production is only read. Raises TargetError."""
    profiles = target.settings.user_profiles
    admins = profiles.admins if profiles else ()
    with connect_to_read(target.dsn) as connection:
        try:
            return read_access(connection, pick_subjects(connection, _rule(profiles), admins))
        except psycopg.Error as error:
            raise unread(error, target.dsn, "Who may do what") from None


def access_facts(verification: Verification, plan: Plan) -> Access:
    """Every cell that changed. A change that nothing shows to be narrower counts as wider."""
    # Whoever the plan makes an admin may then do what admins may.
    made = {
        f"authenticated, {step.backfill.role.admin_role}"
        for step in plan.steps
        if step.backfill and step.backfill.role
    }
    return Access(
        verification.access.probes,
        tuple(
            AccessChange(
                role=change.subject,
                table=change.table,
                action=change.action.value.upper(),
                before="no table" if change.new_table else change.before,
                after=change.after,
                wider=change.direction is not Direction.NARROWED,
                planned=change not in verification.unplanned or change.subject in made,
            )
            for change in verification.access_changes
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
