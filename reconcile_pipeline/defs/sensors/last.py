"""What was scanned last, and what runs now: so that one change is scanned once.

An apply changes production and directory both; two sensors see it, and one scan answers both.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES

from reconcile_pipeline.defs.sensors.cursor import Memory

REPORT = dg.AssetKey("drift_report")
PARTITION = "dagster/partition"
FORGOTTEN = timedelta(hours=6)  # a run that has been quiet for so long is no longer waited for
OURS = frozenset({"scan", "reconcile", "__ASSET_JOB"})


@dataclass(frozen=True, slots=True)
class LastScan:
    """What the newest drift report of a target is of: production and directory, each by a hash."""

    fingerprint: str
    directory: str


def last_scan(instance: dg.DagsterInstance, name: str) -> LastScan | None:
    """The newest report's; None where there is none."""
    wanted = dg.AssetRecordsFilter(REPORT, asset_partitions=[name])
    for record in instance.fetch_materializations(wanted, limit=1).records:
        if found := record.asset_materialization:
            values = {key: str(value.value) for key, value in found.metadata.items()}
            return LastScan(values.get("fingerprint", ""), values.get("directory sha256", ""))
    return None


def busy(instance: dg.DagsterInstance, name: str) -> bool:
    """Whether a run of this target waits or is under way: what it leaves is looked at later."""
    waiting = dg.RunsFilter(
        statuses=NOT_FINISHED_STATUSES,
        tags={PARTITION: name},
        updated_after=datetime.now(UTC) - FORGOTTEN,
    )
    return any(run.job_name in OURS for run in instance.get_runs(waiting))


def ask(memory: Memory, prefix: str, name: str) -> dg.RunRequest:
    """The run that answers what was seen. Its key is new each time, even for an old state."""
    return dg.RunRequest(f"{prefix}{memory.run_key(name)}", partition_key=name)
