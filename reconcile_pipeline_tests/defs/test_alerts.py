"""Ticks of the alerts' sensor on a real instance, with a real receiver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from reconcile_pipeline.config import FILE
from reconcile_pipeline_tests.defs.location import COLUMNS, Targets, alerts, defs, show
from reconcile_pipeline_tests.defs.story import PASSWORD
from reconcile_pipeline_tests.flow.alerts.receivers import Inbox, http

TABLE = ("half applied", "020_a.sql, line 13: CREATE TABLE p — absent")
INDEX = ("added by hand", "index by_hand — no migration makes it")


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    with http() as receiver:
        monkeypatch.setenv("TEST_ALERT_URLS", receiver.url)
        yield receiver


@pytest.fixture
def instance() -> dg.DagsterInstance:
    return dg.DagsterInstance.ephemeral()


@pytest.fixture
def tick(inbox: Inbox, instance: dg.DagsterInstance, project: Path) -> Callable[[], str]:
    """One tick; what it says."""
    file = project / FILE
    file.write_text(
        f'{file.read_text()}\n[alerts]\nurls_env = "TEST_ALERT_URLS"\n'
        'ui = "https://dagster.example.com/"\n'
    )
    cursor: str | None = None

    def once() -> str:
        nonlocal cursor
        context = dg.build_sensor_context(
            instance=instance,
            cursor=cursor,
            resources={"databases": Targets(config_file=str(file))},
        )
        result: Any = alerts(context)
        cursor = result.cursor
        assert inbox.url not in str(cursor)
        return str(result.skip_reason.skip_message)

    return once


def report(instance: dg.DagsterInstance, *rows: tuple[str, str], target: str = "story") -> None:
    table = show.table(COLUMNS, rows)
    instance.report_runless_asset_event(
        dg.AssetMaterialization(
            "drift_report",
            partition=target,
            metadata={"summary": show.text("Drift: 1 half applied."), "findings": table},
        )
    )


def scan(instance: dg.DagsterInstance, project: Path, target: str = "down") -> dg.DagsterRun:
    """A run of the snapshot alone."""
    done = defs.resolve_job_def("scan").execute_in_process(
        instance=instance,
        partition_key=target,
        run_config={"resources": {"databases": {"config": {"config_file": str(project / FILE)}}}},
        asset_selection=[dg.AssetKey("production_snapshot")],
        raise_on_error=False,
    )
    return done.dagster_run


def test_a_finding_is_told_once_when_new_and_once_when_gone(
    tick: Callable[[], str], instance: dg.DagsterInstance, inbox: Inbox
) -> None:
    assert tick() == "Nothing new."
    report(instance, TABLE)
    assert tick() == "Sent: 1."
    (first,) = inbox.messages
    assert first["title"] == "story: 1 new finding"
    assert "half applied: 020_a.sql, line 13: CREATE TABLE p — absent" in first["message"]
    assert "Drift: 1 half applied." in first["message"]
    assert "Report: https://dagster.example.com/runs/" in first["message"]
    report(instance, TABLE)
    assert tick() == tick() == "Nothing new."
    report(instance, INDEX)
    tick()
    assert inbox.titles[1:] == ["story: 1 new finding", "story: 1 finding resolved"]
    assert "added by hand: index by_hand" in inbox.messages[1]["message"]
    assert "resolved: half applied: 020_a.sql, line 13" in inbox.messages[2]["message"]
    report(instance)
    tick()
    report(instance, INDEX)
    tick()
    assert inbox.titles[3:] == ["story: 1 finding resolved", "story: 1 new finding"]


def test_targets_are_told_apart(
    tick: Callable[[], str], instance: dg.DagsterInstance, inbox: Inbox
) -> None:
    tick()
    report(instance, TABLE)
    report(instance, TABLE, target="down")
    report(instance, TABLE, target="gone")  # no longer in reconcile.toml
    tick()
    assert inbox.titles == ["story: 1 new finding", "down: 1 new finding"]


def test_what_nobody_took_is_sent_again_and_fills_no_log_meanwhile(
    tick: Callable[[], str],
    instance: dg.DagsterInstance,
    inbox: Inbox,
    capfd: pytest.CaptureFixture[str],
) -> None:
    tick()
    report(instance, TABLE)
    inbox.broken = True
    words = "No place took 'story: 1 new finding'; it is sent again. "
    reason = tick()
    assert reason.startswith(words)
    assert reason.endswith("URL 1 did not take the message.")
    assert tick() == reason
    assert "did not take" not in capfd.readouterr().err  # a file for each tick
    inbox.broken = False
    tick()
    tick()
    assert inbox.titles == ["story: 1 new finding"]


def test_alerts_turned_on_late_tell_what_is_open_and_not_the_past(
    tick: Callable[[], str], instance: dg.DagsterInstance, inbox: Inbox
) -> None:
    report(instance, TABLE)
    report(instance, INDEX)
    tick()
    assert inbox.titles == ["story: 1 new finding"]
    assert "index by_hand" in inbox.messages[0]["message"]


def test_of_a_report_that_was_cut_nothing_is_resolved(
    tick: Callable[[], str], instance: dg.DagsterInstance, inbox: Inbox
) -> None:
    tick()
    many = [("added by hand", f"index i{n}") for n in range(300)]
    report(instance, *many)
    tick()
    report(instance, *many[50:])
    tick()
    assert [title for title in inbox.titles if "resolved" in title] == []
    report(instance)
    tick()
    assert inbox.titles[-1] == "story: 249 findings resolved"


def test_a_scan_that_fails_is_told_once_and_so_is_its_recovery(
    tick: Callable[[], str],
    instance: dg.DagsterInstance,
    inbox: Inbox,
    project: Path,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tick()
    for _ in range(2):
        scan(instance, project)
        tick()
    (failed,) = inbox.messages
    assert (failed["title"], failed["type"]) == ("down: production_snapshot failed", "failure")
    assert "The database cannot be reached" in failed["message"]
    assert "Check the connection string" in failed["message"]
    assert PASSWORD not in failed["message"]
    monkeypatch.setenv("TEST_DOWN_URL", database)
    assert scan(instance, project).is_success
    assert tick() == "Sent: 1."
    assert tick() == "Nothing new."
    assert inbox.titles[1:] == ["down: production_snapshot works again"]


def test_a_run_whose_process_is_gone_is_told(
    tick: Callable[[], str], instance: dg.DagsterInstance, inbox: Inbox
) -> None:
    tick()
    run = instance.create_run_for_job(
        defs.resolve_job_def("scan"), tags={"dagster/partition": "story"}
    )
    instance.report_run_failed(run, message="Its worker has died.")
    tick()
    (failed,) = inbox.messages
    assert failed["title"] == "story: drift_report failed"
    assert "Its worker has died." in failed["message"]
    report(instance)
    tick()
    assert inbox.titles[1:] == ["story: drift_report works again"]


def test_without_the_variable_the_tick_says_so(
    tick: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_ALERT_URLS")
    assert "The environment variable TEST_ALERT_URLS is not set." in tick()


def test_without_alerts_in_the_configuration_nothing_is_sent(project: Path) -> None:
    context = dg.build_sensor_context(
        instance=dg.DagsterInstance.ephemeral(),
        resources={"databases": Targets(config_file=str(project / FILE))},
    )
    result: Any = alerts(context)
    assert result.skip_reason.skip_message == "reconcile.toml has no [alerts]."
