"""Ticks of a sensor, one after another, each with the cursor that the last one left."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg

from reconcile_pipeline.config import FILE
from reconcile_pipeline_tests.defs.location import Targets

Tick = Callable[[], dg.SensorResult]


def ticking(
    sensor: dg.SensorDefinition, project: Path, instance: dg.DagsterInstance | None = None
) -> Tick:
    """Each call is a tick; the cursor goes from one to the next."""
    cursor: str | None = None
    on = instance or dg.DagsterInstance.ephemeral()

    def tick() -> dg.SensorResult:
        nonlocal cursor
        context = dg.build_sensor_context(
            instance=on,
            cursor=cursor,
            resources={"databases": Targets(config_file=str(project / FILE))},
        )
        result: Any = sensor(context)
        assert isinstance(result, dg.SensorResult)
        assert result.cursor is not None
        json.loads(result.cursor)
        cursor = result.cursor
        return result

    return tick


def requests(result: dg.SensorResult) -> list[dg.RunRequest]:
    return list(result.run_requests or ())


def reason(result: dg.SensorResult) -> str:
    assert isinstance(result.skip_reason, dg.SkipReason)
    return result.skip_reason.skip_message or ""
