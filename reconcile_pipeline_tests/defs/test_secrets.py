"""Nothing that Dagster keeps or shows holds a password or anybody's address."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from reconcile_pipeline.defs.failing import told
from reconcile_pipeline.errors import TargetError
from reconcile_pipeline.story.story import ADMINS
from reconcile_pipeline_tests.defs.story import PASSWORD, Story

SECRETS = (PASSWORD, *ADMINS)


def leaks(folder: Path) -> list[str]:
    """Which secret is in which file of the folder. SQLite keeps texts as they are."""
    return [
        f"{path.relative_to(folder)}: {secret}"
        for path in folder.rglob("*")
        if path.is_file()
        for secret in SECRETS
        if secret.encode() in path.read_bytes()
    ]


def test_the_event_log_holds_no_secret_and_no_address(story: Story) -> None:
    assert story.runs["reconcile"].success
    folder = story.instance_folder
    assert any("drift_report" in path.read_bytes().decode("latin-1") for path in _logs(folder))
    assert leaks(folder) == []


def _logs(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*.db") if path.is_file())


def test_the_evidence_of_scans_holds_no_secret_and_no_address(story: Story) -> None:
    folder = story.target.evidence / "scans"
    assert len(list(folder.glob("*/*.json"))) > 5
    assert leaks(folder) == []


def test_an_error_loses_its_secrets_before_dagster_keeps_it(tmp_path: Path) -> None:
    dsn = f"postgresql://ada:{PASSWORD}@127.0.0.1:1/nowhere"

    @dg.asset
    def unforeseen() -> None:
        with told([dsn]):
            try:
                psycopg.connect(dsn, connect_timeout=2)
            except psycopg.Error as error:
                raise ValueError(f"{dsn} of {ADMINS[0]}") from error

    @dg.asset
    def foreseen() -> None:
        with told([dsn]):
            raise TargetError(f"{dsn} is off", hint=f"Ask {ADMINS[0]}.")

    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        for asset in (unforeseen, foreseen):
            assert not dg.materialize([asset], instance=instance, raise_on_error=False).success
    assert any(b"Something unforeseen" in path.read_bytes() for path in _logs(tmp_path))
    assert leaks(tmp_path) == []


def test_what_a_run_works_with_shows_nothing(story: Story) -> None:
    shown = f"{story.databases!r} {story.databases.config()!r} {story.target!r}"
    assert PASSWORD not in shown
    assert PASSWORD in os.environ["TEST_STORY_URL"]


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, dg.DagsterExecutionInterruptedError])
def test_an_interruption_goes_through(interrupt: type[BaseException]) -> None:
    with pytest.raises(interrupt), told():
        raise interrupt
