"""Sees that a migrations directory has changed, and asks for a scan."""

import dagster as dg

from reconcile_pipeline.defs.jobs import scan
from reconcile_pipeline.defs.partitions import config
from reconcile_pipeline.defs.resources import Targets
from reconcile_pipeline.defs.sensors import cursor
from reconcile_pipeline.defs.sensors.cursor import Memory
from reconcile_pipeline.defs.sensors.last import ask, busy, last_scan
from reconcile_pipeline.defs.sensors.production_drift import INTERVAL_S, RUNNING, STOPPED
from reconcile_pipeline.defs.sensors.watched import look_at_each
from reconcile_pipeline.flow.watch import look_at_files


@dg.sensor(
    job=scan,
    minimum_interval_seconds=INTERVAL_S,
    default_status=RUNNING if config.watch else STOPPED,
    description=(
        "Each tick hashes the migration files of every target; where they changed, a scan is "
        "launched, unless the last one saw them already. While a run of the target is under way, "
        "it waits. The first tick of a target that was never scanned only remembers."
    ),
)
def migration_files(context: dg.SensorEvaluationContext, databases: Targets) -> dg.SensorResult:
    """One tick. No database is asked."""
    memories = cursor.read(context.cursor)
    seen, unreadable = look_at_each(databases, lambda target: look_at_files(target.directory))
    requests, waiting = [], []
    for name, state in seen.items():
        before = memories.get(name)
        if before is not None and before.state == state:
            continue
        if busy(context.instance, name):
            waiting.append(name)
            continue
        memory = memories[name] = Memory(state, seen=(before.seen if before else 0) + 1)
        scanned = last_scan(context.instance, name)
        known = before is not None or scanned is not None
        if known and (scanned is None or scanned.directory != state):
            requests.append(ask(memory, "files:", name))
    skipped = [f"{name} was passed over: {why}" for name, why in unreadable.items()]
    if requests:  # else the reason for skipping says it, which is no file a tick
        for words in skipped:
            context.log.warning(words)
    skipped += [f"{name} has a run under way, and is looked at again" for name in waiting]
    return dg.SensorResult(
        run_requests=requests,
        skip_reason=None if requests else "; ".join(skipped) or "No file has changed.",
        cursor=cursor.write(memories),
    )
