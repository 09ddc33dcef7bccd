"""The Dagster entry point. `workspace.yaml` and `pyproject.toml` name it."""

import dagster as dg

from reconcile_pipeline.defs.archive import archive
from reconcile_pipeline.defs.drift_report import drift_report
from reconcile_pipeline.defs.history_update import history_update
from reconcile_pipeline.defs.jobs import reconcile, scan
from reconcile_pipeline.defs.lineage import lineage_assets
from reconcile_pipeline.defs.local_migration_inventory import local_migration_inventory
from reconcile_pipeline.defs.partitions import config
from reconcile_pipeline.defs.production import production
from reconcile_pipeline.defs.production_snapshot import production_snapshot
from reconcile_pipeline.defs.reconciliation_plan import reconciliation_plan
from reconcile_pipeline.defs.resources import ApprovedPlan, Targets
from reconcile_pipeline.defs.schedules import all_schedules
from reconcile_pipeline.defs.sensors.alerts import alerts
from reconcile_pipeline.defs.sensors.migration_files import migration_files
from reconcile_pipeline.defs.sensors.production_drift import production_drift
from reconcile_pipeline.defs.user_profiles_backfill import user_profiles_backfill
from reconcile_pipeline.defs.verification import verification
from reconcile_pipeline.defs.where import config_file

defs = dg.Definitions(
    assets=[
        production,
        production_snapshot,
        local_migration_inventory,
        drift_report,
        reconciliation_plan,
        user_profiles_backfill,
        history_update,
        archive,
        verification,
        *lineage_assets(config),
    ],
    jobs=[scan, reconcile],
    schedules=all_schedules,
    sensors=[production_drift, migration_files, alerts],
    resources={
        "databases": Targets(config_file=str(config_file())),
        "approved": ApprovedPlan.configure_at_launch(),
    },
    executor=dg.in_process_executor,  # 0.5 s a step; a process a step would cost 9 s
)
