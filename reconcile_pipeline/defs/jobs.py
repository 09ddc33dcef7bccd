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
    tags={"writes": "nothing"},
)
