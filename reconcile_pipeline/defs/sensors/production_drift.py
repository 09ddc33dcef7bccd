"""Sees that a production has changed, and asks for a scan of it."""

import dagster as dg

from reconcile_pipeline.defs.jobs import scan
from reconcile_pipeline.defs.partitions import config
from reconcile_pipeline.defs.resources import Targets
from reconcile_pipeline.defs.sensors import cursor
from reconcile_pipeline.defs.sensors.cursor import Memory
from reconcile_pipeline.defs.sensors.last import ask, busy, last_scan
from reconcile_pipeline.defs.sensors.watched import LATE, look_at_each
from reconcile_pipeline.flow.watch import look

RUNNING, STOPPED = dg.DefaultSensorStatus.RUNNING, dg.DefaultSensorStatus.STOPPED
INTERVAL_S = 15  # s; a tick at rest costs one query a target


@dg.sensor(
    job=scan,
    minimum_interval_seconds=INTERVAL_S,
    default_status=RUNNING if config.watch else STOPPED,
    description=(
        "Each tick asks every target one cheap question: can catalog or history have changed? "
        "Only where they can, the fingerprint is read, and where that is new, a scan is launched, "
        "unless the last one saw it already. While a run of the target is under way, it waits. A "
        "target that is down is passed over, and said. Production is only read."
    ),
)
def production_drift(context: dg.SensorEvaluationContext, databases: Targets) -> dg.SensorResult:
    """One tick."""
    memories = cursor.read(context.cursor)
    known = {name: memory.trigger for name, memory in memories.items()}
    seen, down = look_at_each(
        databases,
        lambda target: look(target, known.get(target.name, "")),
        last=cursor.was_down(memories),
    )
    memories = cursor.noting(memories, seen, {n for n, why in down.items() if why != LATE})
    requests, observations, waiting = [], [], []
    for name, sight in seen.items():
        before = memories[name]
        if sight.fingerprint is None:
            continue
        if sight.fingerprint == before.state:
            memories[name] = Memory(before.state, sight.trigger, before.seen)
            continue
        if busy(context.instance, name):
            waiting.append(name)
            continue
        memory = memories[name] = Memory(sight.fingerprint, sight.trigger, before.seen + 1)
        observations.append(_observation(name, memory))
        scanned = last_scan(context.instance, name)
        if scanned is None or scanned.fingerprint != memory.state:
            requests.append(ask(memory, "", name))
    skipped = [f"{name} was passed over: {why}" for name, why in down.items()]
    if requests:  # else the reason for skipping says it, which is no file a tick
        for words in skipped:
            context.log.warning(words)
    skipped += [f"{name} has a run under way, and is looked at again" for name in waiting]
    return dg.SensorResult(
        run_requests=requests,
        skip_reason=None if requests else "; ".join(skipped) or "Nothing has changed.",
        cursor=cursor.write(memories),
        asset_events=observations,
    )


def _observation(name: str, memory: Memory) -> dg.AssetObservation:
    return dg.AssetObservation(
        "production",
        partition=name,
        description="Catalog or history are not what they were.",
        metadata={"fingerprint": memory.state, "times seen to change": memory.seen},
        tags={"dagster/data_version": memory.state},
    )
