"""The two jobs: one that only reads, and one that applies what a person approved."""

import dagster as dg

scan = dg.define_asset_job(
    "scan",
    selection=[
        "production_snapshot",
        "local_migration_inventory",
        "drift_report",
        "reconciliation_plan",
    ],
    description="Finds out what is really true in production, and plans. Writes nothing to it.",
    executor_def=dg.in_process_executor,
    # Where run_retries are on: again if its process died, not if the scan itself failed.
    tags={
        "writes": "nothing",
        "dagster/max_retries": "1",
        "dagster/retry_on_asset_or_op_failure": "false",
    },
)

reconcile = dg.define_asset_job(
    "reconcile",
    selection=["user_profiles_backfill", "history_update", "archive", "verification"],
    description=(
        "Applies a plan that a person has approved, and proves what came of it. Its run "
        "configuration names the plan: `resources: {approved: {config: {plan_hash: …}}}`. Nothing "
        "starts it but a person, and without an approval it refuses."
    ),
    executor_def=dg.in_process_executor,
    tags={"writes": "production", "dagster/max_retries": "0"},
)
