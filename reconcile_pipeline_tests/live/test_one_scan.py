"""One change, one scan, with default settings and a real daemon: an apply is one change, too."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import Request, urlopen

import psycopg
import pytest

from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.story import ADMINS, build_story
from reconcile_pipeline.story.world import drop_database
from reconcile_pipeline_tests.live.dev import ROOT, Dev, dev, project

pytestmark = pytest.mark.soak

LONGEST_S = 300
QUIET_S = 60  # four ticks of each sensor: whatever wants a scan has asked for it by then
CONFIG = f"""
watch = true
[targets.story]
dsn_env = "STORY_DATABASE_URL"
run_pending = ["013"]
never_applied = "archive"
schedule = ""
snapshot_schedule = ""
[targets.story.user_profiles]
admins = [{", ".join(f'"{address}"' for address in ADMINS)}]
"""
RUNS = """{ runsOrError { ... on Runs { results { pipelineName status } } } }"""
PLAN = """{ assetNodeOrError(assetKey: {path: ["reconciliation_plan"]}) { ... on AssetNode {
  assetMaterializations(limit: 1) { metadataEntries { label
    ... on TextMetadataEntry { text } } } } } }"""
LAUNCH = """mutation($given: ExecutionParams!) { launchRun(executionParams: $given) {
  __typename ... on PythonError { message } } }"""


@pytest.fixture
def watched(server: Server) -> Iterator[tuple[Dev, str]]:
    name = f"one_scan_{os.getpid()}"
    build_story(server, name, ROOT / "migrations")
    dsn = server.dsn(name, "postgres")
    with project(CONFIG) as folder, dev(folder, STORY_DATABASE_URL=dsn) as up:
        yield up, dsn
    drop_database(server, name)


def ask(up: Dev, query: str, **variables: Any) -> dict[str, Any]:
    """What Dagster's own web page would ask."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = Request(f"{up.url}/graphql", body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
    assert "errors" not in found, found
    return dict(found["data"])


def runs(up: Dev, job: str, *states: str) -> int:
    """How many runs of a job there are, or how many in these states."""
    found = ask(up, RUNS)["runsOrError"]["results"]
    return sum(r["pipelineName"] == job and (not states or r["status"] in states) for r in found)


def until(up: Dev, done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + LONGEST_S
    while not done():
        assert time.monotonic() < end, f"never: {what}\n{up.log[-4000:]}"
        time.sleep(0.5)


def plan_hash(up: Dev) -> str:
    (made,) = ask(up, PLAN)["assetNodeOrError"]["assetMaterializations"]
    return next(
        str(each["text"])[:12] for each in made["metadataEntries"] if each["label"] == "plan hash"
    )


def test_an_apply_is_followed_by_one_scan_and_so_is_a_change(watched: tuple[Dev, str]) -> None:
    up, dsn = watched
    until(up, lambda: runs(up, "scan", "SUCCESS") == 1, "the first scan")
    digits = plan_hash(up)
    approved = up.cli("approve", digits, "--target", "story", "--person", "Ada", "--yes")
    assert approved.returncode == 0, approved.stderr
    place = {"repositoryLocationName": "reconcile_pipeline", "repositoryName": "__repository__"}
    launched = ask(
        up, LAUNCH,
        given={
            "selector": {**place, "jobName": "reconcile"},
            "runConfigData": {"resources": {"approved": {"config": {"plan_hash": digits}}}},
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": "story"}]},
        },
    )  # fmt: skip
    assert launched["launchRun"]["__typename"] == "LaunchRunSuccess", launched
    until(up, lambda: runs(up, "reconcile", "SUCCESS") == 1, "the apply")
    until(up, lambda: runs(up, "scan", "SUCCESS") == 2, "the scan after it")
    time.sleep(QUIET_S)
    assert runs(up, "scan") == 2

    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE INDEX by_hand ON public.clients (name)")
    until(up, lambda: runs(up, "scan", "SUCCESS") == 3, "the scan of a change by hand")
    time.sleep(QUIET_S)
    assert runs(up, "scan") == 3
