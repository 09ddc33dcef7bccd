"""What production lacks: the missing statements of half-applied migrations, and missing rows."""

import dagster as dg

from reconcile_pipeline.apply.context import StepResult
from reconcile_pipeline.defs import applying, show
from reconcile_pipeline.defs.checks import WARN, Check, specs
from reconcile_pipeline.defs.partitions import owners, targets
from reconcile_pipeline.defs.reconciliation_plan import reconciliation_plan
from reconcile_pipeline.defs.resources import ApprovedPlan, Targets
from reconcile_pipeline.drift.words import count
from reconcile_pipeline.flow import stages
from reconcile_pipeline.flow.apply import apply_database
from reconcile_pipeline.flow.run import Run
from reconcile_pipeline.plan.model import RoleRule, StepKind

ANTI_JOIN = Check("anti_join_empty", "Does every user have a profile?")
ROLES = Check("roles_right", "Are the admins exactly those of the list?")
LISTED = Check("every_listed_admin_found", "Is every address of the list a confirmed user's?", WARN)


@dg.asset(
    deps=[reconciliation_plan],
    group_name=applying.GROUP,
    kinds={"postgres"},
    owners=owners,
    tags={"writes": "production"},
    partitions_def=targets,
    check_specs=specs("user_profiles_backfill", [ANTI_JOIN, ROLES, LISTED, applying.BOUNDED]),
    description=(
        "Runs what production lacks of half-applied migrations, each step in one transaction with "
        "a bounded wait for locks; then gives every user without a profile one, page by page, "
        "with the role that reconcile.toml says." + applying.HOW
    ),
)
def user_profiles_backfill(
    context: dg.AssetExecutionContext, databases: Targets, approved: ApprovedPlan
) -> show.Result:
    """Write to production. Refuses without an approval; passes over what is done."""
    with databases.work(context) as work:
        run = work.approved(approved.plan_hash)
        part = apply_database(work.target, run, work.say, work.tell)
        fills = applying.of_kind(part, StepKind.BACKFILL)
        return show.Result(
            metadata={
                **applying.metadata(run, part, stages.BACKFILL),
                "profiles": show.table(
                    ("Table", "Source", "Source rows", "Rows", "Missing", "By role"),
                    map(_row, fills),
                ),
            },
            check_results=[
                ANTI_JOIN.result(*_missing(fills)),
                ROLES.result(*_roles(run, fills)),
                LISTED.result(*_listed(run, fills)),
                applying.bounded(run, part),
            ],
        )


def _row(fill: StepResult) -> tuple[object, ...]:
    facts = fill.facts
    roles = ", ".join(f"{rows:,} {role}" for role, rows in facts["groups"].items())
    return (
        facts["table"], facts["source"], facts["source_rows"], facts["target_rows"],
        facts["missing"], roles,
    )  # fmt: skip


def _missing(fills: list[StepResult]) -> tuple[list[str], str]:
    reasons = [
        f"{count(fill.facts['missing'], 'row')} of {fill.facts['source']} without one in "
        f"{fill.facts['table']}."
        for fill in fills
        if fill.facts["missing"]
    ]
    figure = " ".join(
        f"{fill.facts['source']} has {count(fill.facts['source_rows'], 'row')}, "
        f"{fill.facts['missing']} without one in {fill.facts['table']}; the same backfill again "
        f"would insert {fill.facts['second_run_inserted']}."
        for fill in fills
    )
    return reasons, figure or "The plan fills no table."


def _roles(run: Run, fills: list[StepResult]) -> tuple[list[str], str]:
    reasons, figures = [], []
    for fill, rule in _rules(run, fills):
        groups, found = fill.facts["groups"], fill.facts["admins_found"]
        admins = groups.get(rule.admin_role, 0)
        if admins != found:
            reasons.append(
                f"{count(admins, 'row')} with the role {rule.admin_role}, {found} listed users."
            )
        listing = ", ".join(f"{rows:,} {role}" for role, rows in groups.items())
        figures.append(f"{fill.facts['table']}: {listing}; {found} on the list.")
    return reasons, " ".join(figures) or "The plan gives out no role."


def _listed(run: Run, fills: list[StepResult]) -> tuple[list[str], str]:
    reasons, figures = [], []
    for fill, rule in _rules(run, fills):
        unconfirmed = fill.facts["admins_unconfirmed"]
        unknown = rule.admins - fill.facts["admins_found"] - unconfirmed
        if unconfirmed:
            reasons.append(f"{count(unconfirmed, 'address', 'addresses')} never confirmed.")
        if unknown > 0:
            reasons.append(f"{count(unknown, 'address', 'addresses')} of no user.")
        figures.append(f"{count(rule.admins, 'address', 'addresses')} on the list.")
    return reasons, " ".join(figures) or "The plan gives out no role."


def _rules(run: Run, fills: list[StepResult]) -> list[tuple[StepResult, RoleRule]]:
    rules = {s.id: s.backfill.role for s in run.plan.steps if s.backfill and s.backfill.role}
    return [(fill, rules[fill.step]) for fill in fills if fill.step in rules]
