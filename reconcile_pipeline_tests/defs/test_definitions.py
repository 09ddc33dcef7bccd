"""What the code location holds, and that it loads where there is no database."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from reconcile_pipeline_tests.defs.location import ROOT, defs
from reconcile_pipeline_tests.defs.story import APPLY

SCAN = ("production_snapshot", "local_migration_inventory", "drift_report", "reconciliation_plan")


def specs() -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def test_the_assets_are_exactly_these() -> None:
    assert set(specs()) == {"production", *SCAN, *APPLY, "down/database", "story/database"}


def test_production_is_external_and_upstream_of_everything() -> None:
    graph = defs.resolve_asset_graph()
    production = dg.AssetKey("production")
    assert not graph.get(production).is_materializable
    assert graph.get(production).child_keys == {
        dg.AssetKey("production_snapshot"),
        dg.AssetKey(["down", "database"]),
        dg.AssetKey(["story", "database"]),
    }
    lineage = {key: names for key, names in _upstream().items() if names}
    assert lineage == {
        "production_snapshot": {"production"},
        "drift_report": {"production_snapshot", "local_migration_inventory"},
        "reconciliation_plan": {"drift_report"},
        "user_profiles_backfill": {"reconciliation_plan"},
        "history_update": {"user_profiles_backfill"},
        "archive": {"history_update"},
        "down/database": {"production"},
        "story/database": {"production"},
        "verification": {"archive"},
    }


def _upstream() -> dict[str, set[str]]:
    return {
        name: {dep.asset_key.to_user_string() for dep in spec.deps}
        for name, spec in specs().items()
    }


def test_the_scan_job_stops_before_anything_is_written() -> None:
    assert _selected("scan") == set(SCAN)
    assert {specs()[name].tags["writes"] for name in SCAN} == {"nothing"}


def test_the_reconcile_job_applies() -> None:
    assert _selected("reconcile") == set(APPLY)
    writes = {name: specs()[name].tags["writes"] for name in APPLY}
    assert writes == {
        "user_profiles_backfill": "production", "history_update": "production",
        "archive": "directory", "verification": "nothing",
    }  # fmt: skip


def _selected(job: str) -> set[str]:
    layer = defs.resolve_job_def(job).asset_layer
    return {key.to_user_string() for key in layer.executable_asset_keys}


def test_a_target_is_a_partition_of_every_asset_and_check() -> None:
    for name, spec in specs().items():
        if name.endswith("/database"):  # stands for one target
            assert spec.partitions_def is None
            assert spec.freshness_policy is not None
            continue
        assert spec.partitions_def is not None
        assert spec.partitions_def.get_partition_keys() == ["down", "story"]
    checked = [s for a in defs.resolve_asset_graph().assets_defs for s in a.check_specs]
    assert len(checked) >= 26
    assert all(spec.partitions_def is not None for spec in checked)


def test_everything_says_what_it_is() -> None:
    assert [name for name, spec in specs().items() if not spec.description] == []
    checked = [s for a in defs.resolve_asset_graph().assets_defs for s in a.check_specs]
    assert [spec.name for spec in checked if not (spec.description or "").endswith("?")] == []
    assert all(spec.group_name != "default" and spec.kinds for spec in specs().values())


def test_nothing_but_a_person_can_start_an_apply() -> None:
    graph = defs.resolve_asset_graph()
    for name in APPLY:
        assert specs()[name].automation_condition is None
        (definition,) = [a for a in graph.assets_defs if dg.AssetKey(name) in a.keys]
        assert definition.op.retry_policy is None
    repository = defs.get_repository_def()
    for sensor in repository.sensor_defs:
        assert {target.job_name for target in sensor.targets} <= {"scan"}
    assert {schedule.job_name for schedule in repository.schedule_defs} == {"scan"}
    assert {s.name for s in repository.sensor_defs} == {
        "production_drift", "migration_files", "alerts",
    }  # fmt: skip


@pytest.mark.parametrize("assets", [APPLY, *[(name,) for name in APPLY]])
def test_materialize_all_cannot_apply_for_want_of_a_plan(assets: tuple[str, ...]) -> None:
    job = defs.resolve_job_def("reconcile")
    with pytest.raises(dg.DagsterInvalidConfigError, match="approved"):
        job.execute_in_process(
            partition_key="story", asset_selection=[dg.AssetKey(name) for name in assets]
        )


def test_sensors_and_schedules_wait_to_be_started_unless_the_configuration_says_so() -> None:
    repository = defs.get_repository_def()
    assert {s.default_status.value for s in repository.sensor_defs} == {"STOPPED"}
    assert {s.default_status.value for s in repository.schedule_defs} == {"STOPPED"}


# -- in processes of their own ---------------------------------------------------------------


def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Python as in a clean checkout: no database, no DAGSTER_HOME. `more`: variables."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name
        not in ("DAGSTER_HOME", "RECONCILE_CONFIG", "RECONCILE_DAGSTER_URL", "STORY_DATABASE_URL")
    }
    environment |= {"DAGSTER_DISABLE_TELEMETRY": "1", "PYTHONPATH": str(ROOT), **more}
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def home() -> Iterator[Path]:
    """Where embedded servers keep their data. Their account must be able to reach it."""
    with tempfile.TemporaryDirectory(prefix="rh-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_clean_checkout_validates_without_any_database(home: Path) -> None:
    arguments = ("-m", "dagster", "definitions", "validate", "-w", "workspace.yaml")
    done = run(*arguments, RECONCILE_HOME=str(home))
    assert done.returncode == 0, done.stderr
    assert "Validation successful for code location reconcile_pipeline" in done.stdout + done.stderr
    (storage,) = home.glob("dagster-*")
    assert (storage / "data" / "PG_VERSION").exists()
    assert not (storage / "data" / "postmaster.pid").exists()


PRINT = (
    "from reconcile_pipeline.definitions import defs\n"
    "for spec in defs.resolve_all_asset_specs():\n"
    "    parts = spec.partitions_def.get_partition_keys() if spec.partitions_def else ['-']\n"
    "    print(spec.key.to_user_string(), *parts)\n"
    "for s in defs.get_repository_def().sensor_defs: print(s.name, s.default_status.value)\n"
)


def test_a_target_is_added_without_code(tmp_path: Path) -> None:
    config = tmp_path / "reconcile.toml"
    config.write_text(
        "watch = true\n" + "".join(f'[targets.t{n}]\nowners = ["team:data"]\n' for n in range(50))
    )
    done = run("-c", PRINT, RECONCILE_CONFIG=str(config))
    assert done.returncode == 0, done.stderr
    lines = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert set(lines["verification"].split()) == {f"t{n}" for n in range(50)}
    assert lines["production_drift"] == "RUNNING"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "There is no "),
        ("", "is not valid: targets: it is missing"),
        ("[targets]", "names no target"),
        ('[targets."a b"]', "cannot name a partition"),
        ('[targets.a]\nowners = ["data"]', "neither a team nor an address"),
        ('[targets.a]\ndsn_env = "postgresql://ada:pw@db/x"', "never a DSN itself"),
    ],
)
def test_a_configuration_that_is_wrong_says_so_when_dagster_loads(
    tmp_path: Path, text: str | None, message: str
) -> None:
    config = tmp_path / "reconcile.toml"
    if text is not None:
        config.write_text(text)
    done = run("-c", PRINT, RECONCILE_CONFIG=str(config))
    assert done.returncode == 1
    assert message in done.stderr
    assert "pw@db" not in done.stderr
