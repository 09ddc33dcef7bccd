"""The built-in backfill: a profile for every user, admins by a list, else the default role."""

from __future__ import annotations

from collections.abc import Sequence

from reconcile_pipeline.config import Target, UserProfiles
from reconcile_pipeline.drift.scan import Scan
from reconcile_pipeline.plan.backfill import admins_digest
from reconcile_pipeline.plan.backfills import filling_step, will_be_there
from reconcile_pipeline.plan.model import Backfill, RoleRule, Step


def profiles_step(
    name: str, target: Target, scan: Scan, before: Sequence[Step], warnings: list[str]
) -> list[Step]:
    """The backfill's step, where the configuration asks for it and the table will be there."""
    profiles = target.user_profiles
    if profiles is None:
        return []
    if not will_be_there(profiles.table, scan, before):
        warnings.append(
            f"{profiles.table} is not in production and no migration to be completed makes it: "
            "no profile is filled in."
        )
        return []
    return [_step(profiles, target, scan, before)]


def _step(profiles: UserProfiles, target: Target, scan: Scan, before: Sequence[Step]) -> Step:
    production = scan.production
    backfill = Backfill(
        target=profiles.table,
        source=profiles.source,
        target_key="id",
        source_key="id",
        columns={},
        role=RoleRule(
            column=profiles.role_column,
            admin_role=profiles.admin_role,
            default_role=profiles.default_role,
            admins=len(set(profiles.admins)),
            admins_digest=admins_digest(
                profiles.admins, production.system_identifier, production.snapshot.database
            ),
        ),
        batch_size=profiles.batch_size,
    )
    purpose = (
        f"Give every row of {profiles.source} that lacks one its row in {profiles.table}: "
        f"{profiles.admin_role} for the {len(set(profiles.admins))} listed addresses, "
        f"{profiles.default_role} for everyone else"
    )
    id = "backfill-" + profiles.table.split(".")[-1].replace("_", "-")
    return filling_step(id, purpose, backfill, target, scan, before)
