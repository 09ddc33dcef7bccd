"""What runs by the clock: shared schedules, and those of targets that ask for their own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pytest

from reconcile_pipeline.config import Config
from reconcile_pipeline_tests.defs.location import all_schedules, defs, schedules


@pytest.mark.parametrize("schedule", all_schedules, ids=lambda schedule: schedule.name)
def test_a_schedule_asks_for_one_run_a_target(schedule: dg.ScheduleDefinition) -> None:
    at = datetime(2026, 1, 2, 2, 0, tzinfo=UTC)
    context = dg.build_schedule_context(
        scheduled_execution_time=at, repository_def=defs.get_repository_def()
    )
    requests = schedule.evaluate_tick(context).run_requests or ()
    assert [(request.partition_key, request.run_key) for request in requests] == [
        ("down", "down:2026-01-02T02:00:00+00:00"), ("story", "story:2026-01-02T02:00:00+00:00"),
    ]  # fmt: skip
    only = {key.to_user_string() for r in requests for key in r.asset_selection or ()}
    assert only == (set() if schedule.name == "nightly_scan" else {"production_snapshot"})


def test_a_target_has_schedules_of_its_own_where_it_asks_for_them() -> None:
    own = {"schedule": "15 4 * * 1", "timezone": "Europe/Berlin"}
    never = {"schedule": "", "snapshot_schedule": ""}
    targets = {"a": {}, "b-1": own, "c": never, "d": {}}
    made = schedules(Config.model_validate({"targets": targets}))
    assert {s.name: (s.cron_schedule, s.execution_timezone) for s in made} == {
        "nightly_scan": ("0 2 * * *", "UTC"),
        "hourly_fingerprint": ("30 * * * *", "UTC"),
        "scan_b_1": ("15 4 * * 1", "Europe/Berlin"),
        "snapshot_b_1": ("30 * * * *", "Europe/Berlin"),
    }
    at = datetime(2026, 1, 5, 4, 15, tzinfo=UTC)
    asked = {}
    for schedule in made:
        context = dg.build_schedule_context(scheduled_execution_time=at)
        requests: Any = schedule(context)
        asked[schedule.name] = [request.partition_key for request in requests]
    assert asked["nightly_scan"] == ["a", "d"]
    assert asked["scan_b_1"] == ["b-1"]
