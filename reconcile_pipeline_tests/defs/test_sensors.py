"""Ticks of the sensors on real databases: drift seen, drift that returns, one scan a change."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest

from reconcile_pipeline.config import FILE
from reconcile_pipeline.flow.watch import look_at_files
from reconcile_pipeline.history import detect
from reconcile_pipeline.history.base import TableHistory
from reconcile_pipeline.history.supabase import TABLE
from reconcile_pipeline_tests.defs.location import (
    ROOT,
    Targets,
    defs,
    migration_files,
    production_drift,
)
from reconcile_pipeline_tests.defs.ticking import Tick, reason, requests, ticking


@pytest.fixture
def tick(project: Path) -> Tick:
    return ticking(production_drift, project)


@pytest.fixture
def change(database: str) -> Callable[[str], None]:
    def run(sql: str) -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(sql.encode())

    return run


def test_the_first_tick_asks_for_a_scan_and_the_next_does_not(tick: Tick) -> None:
    (request,) = requests(tick())
    assert request.partition_key == "story"
    assert requests(tick()) == []


def test_drift_is_seen(tick: Tick, change: Callable[[str], None]) -> None:
    change("CREATE TABLE t (id int)")
    (first,) = requests(tick())
    change("CREATE INDEX by_hand ON t (id)")
    result = tick()
    (second,) = requests(result)
    assert second.run_key != first.run_key
    (observation,) = result.asset_events
    assert observation.asset_key == dg.AssetKey("production")
    assert observation.partition == "story"


def test_drift_that_goes_back_and_returns_is_seen_again(
    tick: Tick, change: Callable[[str], None]
) -> None:
    change("CREATE TABLE t (id int)")
    keys = [request.run_key for request in requests(tick())]
    for sql in ("CREATE INDEX i ON t (id)", "DROP INDEX i", "CREATE INDEX i ON t (id)"):
        change(sql)
        keys += [request.run_key for request in requests(tick())]
    assert len(keys) == len(set(keys)) == 4
    states = [str(key).split(":")[1] for key in keys]
    assert states[1] == states[3]
    assert states[0] == states[2]


def test_a_version_recorded_by_hand_is_seen(tick: Tick, change: Callable[[str], None]) -> None:
    change("CREATE SCHEMA supabase_migrations")
    change("CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY)")
    tick()
    change("INSERT INTO supabase_migrations.schema_migrations VALUES ('008')")
    assert len(requests(tick())) == 1
    change("DELETE FROM supabase_migrations.schema_migrations")
    assert len(requests(tick())) == 1


def test_what_is_no_drift_starts_nothing(tick: Tick, change: Callable[[str], None]) -> None:
    change("CREATE TABLE t (id int)")
    before = json.loads(str(tick().cursor))["story"]
    change("CREATE TEMPORARY TABLE busy (id int)")
    change("TRUNCATE t")
    change("INSERT INTO t VALUES (1)")
    result = tick()
    assert requests(result) == []
    after = json.loads(str(result.cursor))["story"]
    assert after["trigger"] != before["trigger"]  # it was looked at, and found to be the same
    assert after["state"] == before["state"]


def test_a_broken_cursor_counts_as_none(project: Path) -> None:
    context = dg.build_sensor_context(
        instance=dg.DagsterInstance.ephemeral(),
        cursor="{not json",
        resources={"databases": Targets(config_file=str(project / FILE))},
    )
    result: Any = production_drift(context)
    assert len(requests(result)) == 1


def test_every_history_tool_is_watched() -> None:
    sql = (ROOT / "reconcile_pipeline/flow/sql/history_tables.sql").read_text()
    names = {
        getattr(detect.by_name(name), "usual", TABLE).name
        for name in detect._HISTORIES
        if name != "none"
    }
    assert issubclass(detect._HISTORIES["flyway"], TableHistory)
    assert {name for name in names if f"'{name}'" not in sql} == set()


def test_changed_files_start_a_scan(project: Path) -> None:
    tick = ticking(migration_files, project)
    assert requests(tick()) == []  # nothing is known yet
    assert reason(tick()).startswith("No file has changed")
    file = project / "migrations" / "030_new.sql"
    keys = []
    for _ in range(2):
        file.write_text("SELECT 1;")
        keys += [request.run_key for request in requests(tick())]
        file.unlink()
        keys += [request.run_key for request in requests(tick())]
    assert len(keys) == len(set(keys)) == 8  # both targets keep their files there


# -- one change, one scan ------------------------------------------------------------------------


def report(instance: dg.DagsterInstance, fingerprint: str, directory: str) -> None:
    """What a scan of `story` leaves behind."""
    instance.report_runless_asset_event(
        dg.AssetMaterialization(
            "drift_report",
            partition="story",
            metadata={"fingerprint": fingerprint, "directory sha256": directory},
        )
    )


def test_a_change_that_both_sensors_see_is_scanned_once(
    project: Path, change: Callable[[str], None]
) -> None:
    instance = dg.DagsterInstance.ephemeral()
    production = ticking(production_drift, project, instance)
    directory = ticking(migration_files, project, instance)
    production()
    directory()
    change("CREATE TABLE t (id int)")
    (project / "migrations" / "030_new.sql").write_text("SELECT 1;")
    assert len(requests(production())) == 1
    run = instance.create_run_for_job(
        defs.resolve_job_def("scan"), tags={"dagster/partition": "story"}
    )
    held = directory()
    assert [r.partition_key for r in requests(held)] == ["down"]  # the other target's file, too
    seen = json.loads(str(held.cursor))["story"]["state"]
    # The scan of the first sensor ends; it has read the new file as well.
    instance.report_run_canceled(run)
    fingerprint = json.loads(str(production().cursor))["story"]["state"]
    report(instance, fingerprint, look_at_files(project / "migrations"))
    after = directory()
    assert requests(after) == []
    assert json.loads(str(after.cursor))["story"]["state"] != seen


def test_a_change_during_a_run_is_seen_once_it_ends(
    project: Path, change: Callable[[str], None]
) -> None:
    instance = dg.DagsterInstance.ephemeral()
    tick = ticking(production_drift, project, instance)
    tick()
    run = instance.create_run_for_job(
        defs.resolve_job_def("reconcile"),
        run_config={"resources": {"approved": {"config": {"plan_hash": "0123456789ab"}}}},
        tags={"dagster/partition": "story"},
    )
    change("CREATE TABLE t (id int)")
    for _ in range(2):
        held = tick()
        assert requests(held) == []
        assert "story has a run under way, and is looked at again" in reason(held)
    instance.report_run_canceled(run)
    assert len(requests(tick())) == 1


def test_what_the_last_scan_saw_is_not_scanned_again(
    project: Path, change: Callable[[str], None]
) -> None:
    instance = dg.DagsterInstance.ephemeral()
    tick = ticking(production_drift, project, instance)
    (first,) = requests(tick())
    change("CREATE TABLE t (id int)")
    change("CREATE INDEX by_hand ON t (id)")
    state = json.loads(str(ticking(production_drift, project)().cursor))["story"]["state"]
    report(instance, state, "")  # as the nightly scan leaves it
    assert requests(tick()) == []
    change("DROP INDEX by_hand")
    (request,) = requests(tick())
    assert request.run_key != first.run_key
