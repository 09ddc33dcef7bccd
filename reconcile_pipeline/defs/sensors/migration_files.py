"""Sees that a migrations directory has changed, and asks for a scan."""

import dagster as dg

from reconcile_pipeline.defs.jobs import scan
from reconcile_pipeline.defs.partitions import config
from reconcile_pipeline.defs.resources import Targets
from reconcile_pipeline.defs.sensors import cursor
from reconcile_pipeline.defs.sensors.cursor import Memory
from reconcile_pipeline.defs.sensors.production_drift import INTERVAL_S, RUNNING, STOPPED
from reconcile_pipeline.defs.sensors.watched import look_at_each
from reconcile_pipeline.flow.watch import look_at_files


@dg.sensor(
    job=scan,
    minimum_interval_seconds=INTERVAL_S,
    default_status=RUNNING if config.watch else STOPPED,
    description=(
        "Each tick hashes the migration files of every target; where they changed, a scan is "
        "launched. The first tick only remembers."
    ),
)
def migration_files(context: dg.SensorEvaluationContext, databases: Targets) -> dg.SensorResult:
    """One tick. No database is asked."""
    memories = cursor.read(context.cursor)
    seen, unreadable = look_at_each(databases, lambda target: look_at_files(target.directory))
    requests = []
    for name, state in seen.items():
        before = memories.get(name)
        if before is not None and before.state == state:
            continue
        memory = memories[name] = Memory(state, seen=(before.seen if before else 0) + 1)
        if before is not None:
            key = f"files:{memory.run_key(name)}"
            requests.append(dg.RunRequest(key, partition_key=name))
    for name, why in unreadable.items():
        context.log.warning(f"{name} was passed over: {why}")
    skipped = "; ".join(f"{name} was passed over: {why}" for name, why in unreadable.items())
    return dg.SensorResult(
        run_requests=requests,
        skip_reason=None if requests else skipped or "No file has changed.",
        cursor=cursor.write(memories),
    )
