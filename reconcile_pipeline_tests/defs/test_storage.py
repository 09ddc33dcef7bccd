"""The repository's dagster.yaml, with Dagster's storage in a real PostgreSQL."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import quote

import dagster as dg
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from reconcile_pipeline.defs.storage import keep_connections
from reconcile_pipeline_tests.defs.location import ROOT


@pytest.fixture
def home(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DAGSTER_HOME as `reconcile dev` makes it; the storage is the test's own database."""
    parts = conninfo_to_dict(database)
    monkeypatch.setenv(
        "RECONCILE_DAGSTER_URL",
        f"postgresql+psycopg2://{parts['user']}@/{parts['dbname']}"
        f"?host={quote(str(parts['host']), safe='')}&port={parts['port']}",
    )
    shutil.copyfile(ROOT / "dagster.yaml", tmp_path / "dagster.yaml")
    return tmp_path


def test_runs_and_events_are_kept_in_postgresql(home: Path, database: str) -> None:
    @dg.asset
    def seen() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata={"where": "in PostgreSQL"})

    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert dg.materialize([seen], instance=instance).success
    with psycopg.connect(database) as connection:
        row = connection.execute(
            "SELECT count(*) FROM event_logs WHERE event LIKE '%in PostgreSQL%'"
        ).fetchone()
    assert row is not None
    assert row[0] > 0


def test_a_run_keeps_its_connections_and_outlives_a_restart_of_the_storage(
    home: Path, database: str
) -> None:
    ours = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with (
        dg.DagsterInstance.from_config(str(home)) as instance,
        psycopg.connect(database, autocommit=True) as other,
    ):
        keep_connections(instance)
        assert instance.get_runs_count() == 0
        begun = other.execute(f"SELECT pid {ours} ORDER BY pid".encode()).fetchall()
        assert instance.get_runs_count() == 0
        assert other.execute(f"SELECT pid {ours} ORDER BY pid".encode()).fetchall() == begun != []
        other.execute(f"SELECT pg_terminate_backend(pid) {ours}".encode())
        assert instance.get_runs_count() == 0


def test_a_target_has_one_run_at_a_time_and_none_is_retried(home: Path) -> None:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        limits = instance.get_concurrency_config().run_queue_config
        assert limits is not None
        assert list(limits.tag_concurrency_limits) == [
            {
                "key": "dagster/partition",
                "value": {"applyLimitPerUniqueValue": True},
                "limit": 1,
            }
        ]
        assert not instance.run_retries_enabled
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert instance.get_tick_retention_settings(
            dg._core.definitions.run_request.InstigatorType.SENSOR
        )
