"""Tells the story in Dagster, in this process, on a real instance, and keeps what each run gave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg

from reconcile_pipeline.config import FILE
from reconcile_pipeline.flow import run as runs
from reconcile_pipeline.flow.approve import approve_plan
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline_tests.defs.location import Targets, defs

PASSWORD = "s3cret-planted-1f7a"
APPLY = ("user_profiles_backfill", "history_update", "archive", "verification")

Result = dg.ExecuteInProcessResult


@dataclass
class Story:
    """One project on one instance. `instance_folder` holds Dagster's event log as SQLite files."""

    folder: Path
    instance: dg.DagsterInstance
    instance_folder: Path
    digits: str = ""
    runs: dict[str, Result] = field(default_factory=dict)

    @property
    def databases(self) -> Targets:
        """The resource on this project's reconcile.toml."""
        return Targets(config_file=str(self.folder / FILE))

    @property
    def target(self) -> ResolvedTarget:
        """The story's database."""
        return self.databases.resolve("story")

    def run(
        self, job: str, *assets: str, target: str = "story", plan_hash: str | None = None
    ) -> Result:
        """Run a job, or some of its assets; whatever comes of it."""
        resources: dict[str, Any] = {
            "databases": {"config": {"config_file": str(self.folder / FILE)}}
        }
        if plan_hash is not None:
            resources["approved"] = {"config": {"plan_hash": plan_hash}}
        return defs.resolve_job_def(job).execute_in_process(
            instance=self.instance,
            partition_key=target,
            run_config={"resources": resources},
            asset_selection=[dg.AssetKey(name) for name in assets] or None,
            raise_on_error=False,
        )


@contextmanager
def tell(folder: Path, home: Path) -> Iterator[Story]:
    """The whole story. What each run gave is in `runs` by name."""
    with dg.DagsterInstance.local_temp(str(home)) as instance:
        told = Story(folder, instance, home)
        told.runs["scan"] = told.run("scan")
        plan = materialized(told.runs["scan"], "reconciliation_plan")
        told.digits = str(plan["plan hash"].value)[:12]
        told.runs["refused"] = told.run("reconcile", plan_hash=told.digits)
        for name in APPLY:
            told.runs[f"refused {name}"] = told.run("reconcile", name, plan_hash=told.digits)
        approve_plan(told.target, runs.find(told.target, told.digits), "Ada")
        told.runs["too early"] = told.run("reconcile", "verification", plan_hash=told.digits)
        told.runs["reconcile"] = told.run("reconcile", plan_hash=told.digits)
        told.runs["again"] = told.run("scan")
        yield told


def materialization(result: Result, asset: str) -> dg.AssetMaterialization:
    """An asset's only materialization in a run.

    Its node may materialize others beside it, as each target's own database.
    """
    events = result.asset_materializations_for_node(asset)
    (event,) = [event for event in events if event.asset_key.path == [asset]]
    return event


def materialized(result: Result, asset: str) -> dict[str, dg.MetadataValue[Any]]:
    """That materialization's metadata."""
    return dict(materialization(result, asset).metadata)


def records(value: dg.MetadataValue[Any]) -> list[dict[str, Any]]:
    """The rows of a table among the metadata."""
    assert isinstance(value, dg.TableMetadataValue)
    return [dict(record.data) for record in value.records]


def checks(result: Result) -> dict[str, bool]:
    """`asset.check` -> whether it passed."""
    return {
        f"{each.asset_key.to_user_string()}.{each.check_name}": each.passed
        for each in result.get_asset_check_evaluations()
    }


def failures(result: Result) -> dict[str, str]:
    """Step -> why it failed, as the UI shows it."""
    return {
        str(event.step_key): str(event.step_failure_data.user_failure_data.description)
        for event in result.all_events
        if event.is_step_failure and event.step_failure_data.user_failure_data
    }


def names(values: Sequence[dg.AssetKey]) -> set[str]:
    """Asset keys as text."""
    return {value.to_user_string() for value in values}
