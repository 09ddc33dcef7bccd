"""Scans by the clock: what the sensors miss, because they are stopped or a target was down.

A target's `schedule` and `snapshot_schedule` say when. Targets that keep the default share one
schedule; each other one has its own, `scan_NAME` and `snapshot_NAME`.
"""

from collections.abc import Iterator, Sequence

import dagster as dg

from reconcile_pipeline.config import Config, Target
from reconcile_pipeline.defs.jobs import scan
from reconcile_pipeline.defs.partitions import config, schedule_name

RUNNING, STOPPED = dg.DefaultScheduleStatus.RUNNING, dg.DefaultScheduleStatus.STOPPED
SNAPSHOT = [dg.AssetKey("production_snapshot")]
SCAN_WORDS = "A full scan of every target."
SNAPSHOT_WORDS = (
    "A snapshot of every target. Its fingerprint is the data version: where it is new, Dagster "
    "shows that the drift report is out of date."
)


def schedules(config: Config) -> list[dg.ScheduleDefinition]:
    """All schedules of this configuration; the two shared ones are always there."""
    usual = Target.model_validate({})
    shared = [name for name, target in sorted(config.targets.items()) if _same(target, usual)]
    found = [
        _schedule("nightly_scan", usual.schedule, usual.timezone, shared, SCAN_WORDS),
        _schedule(
            "hourly_fingerprint",
            usual.snapshot_schedule,
            usual.timezone,
            shared,
            SNAPSHOT_WORDS,
            SNAPSHOT,
        ),
    ]
    for name, target in sorted(config.targets.items()):
        if name in shared:
            continue
        for prefix, cron, assets in (
            ("scan", target.schedule, None),
            ("snapshot", target.snapshot_schedule, SNAPSHOT),
        ):
            if cron:
                words = f"A {'full scan' if assets is None else 'snapshot'} of {name}."
                title = schedule_name(prefix, name)
                found.append(_schedule(title, cron, target.timezone, [name], words, assets))
    return found


def _same(target: Target, usual: Target) -> bool:
    chosen = (target.schedule, target.snapshot_schedule, target.timezone)
    return chosen == (usual.schedule, usual.snapshot_schedule, usual.timezone)


def _schedule(
    title: str,
    cron: str,
    timezone: str,
    names: Sequence[str],
    words: str,
    assets: Sequence[dg.AssetKey] | None = None,
) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=title,
        job=scan,
        cron_schedule=cron,
        execution_timezone=timezone,
        default_status=RUNNING if config.watch else STOPPED,
        description=words,
    )
    def requests(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
        """One run a target."""
        for name in names:
            yield dg.RunRequest(
                run_key=f"{name}:{context.scheduled_execution_time.isoformat()}",
                partition_key=name,
                asset_selection=assets,
            )

    return requests


all_schedules = schedules(config)
