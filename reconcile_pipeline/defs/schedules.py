"""Scans by the clock: what the sensors miss, because they are stopped or a target was down."""

from collections.abc import Iterator

import dagster as dg

from reconcile_pipeline.defs.jobs import scan
from reconcile_pipeline.defs.partitions import config, targets

RUNNING, STOPPED = dg.DefaultScheduleStatus.RUNNING, dg.DefaultScheduleStatus.STOPPED
STATUS = RUNNING if config.watch else STOPPED


@dg.schedule(
    job=scan,
    cron_schedule="0 2 * * *",
    default_status=STATUS,
    description="Every night at two (UTC), a full scan of every target.",
)
def nightly_scan(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
    """One run a target."""
    for name in targets.get_partition_keys():
        yield dg.RunRequest(run_key=_key(context, name), partition_key=name)


@dg.schedule(
    job=scan,
    cron_schedule="30 * * * *",
    default_status=STATUS,
    description=(
        "Every hour, a snapshot of every target. Its fingerprint is the data version: where it is "
        "new, Dagster shows that the drift report is out of date."
    ),
)
def hourly_fingerprint(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
    """One run a target, of the snapshot only."""
    for name in targets.get_partition_keys():
        yield dg.RunRequest(
            run_key=_key(context, name),
            partition_key=name,
            asset_selection=[dg.AssetKey("production_snapshot")],
        )


def _key(context: dg.ScheduleEvaluationContext, name: str) -> str:
    return f"{name}:{context.scheduled_execution_time.isoformat()}"
