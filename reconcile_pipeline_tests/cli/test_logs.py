"""`--log-format json` and `reconcile metrics`, as a collector meets them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconcile_pipeline_tests.cli.conftest import MIGRATIONS, Story, project, reconcile


@pytest.fixture(autouse=True)
def our_logger() -> Iterator[None]:
    """Leave the process's logging as it was."""
    logger = logging.getLogger("reconcile_pipeline")
    before = logger.handlers, logger.level, logger.propagate
    yield
    logger.handlers, logger.level, logger.propagate = before


def lines(text: str) -> list[dict[str, str]]:
    """Each line as the object it is."""
    return [json.loads(line) for line in text.splitlines()]


def test_a_scan_logs_lines_of_json_and_notes_its_metrics(
    shared_story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, shared_story.dsn, monkeypatch)
    none = reconcile("metrics")
    assert (none.exit_code, "metrics = " in none.stderr) == (2, True)
    config = tmp_path / "reconcile.toml"
    config.write_text('metrics = "node/reconcile.prom"\n' + config.read_text())
    assert "reconcile_last_scan_failed" in reconcile("metrics").stdout

    result = reconcile("status", "--format", "json", "--log-format", "json")
    assert result.exit_code == 1, result.stderr
    assert json.loads(result.stdout)["target"] == "story"
    said = lines(result.stderr)
    assert "reading production" in [line["message"] for line in said]
    assert {line["level"] for line in said} == {"info"}
    assert all(line["time"].endswith("+00:00") for line in said)

    shown = reconcile("metrics").stdout
    assert 'reconcile_findings{finding="pending_destructive",target="story"} 1.0' in shown
    assert "reconcile_last_good_scan_age_seconds" in shown
    written = (tmp_path / "node/reconcile.prom").read_text()
    assert 'reconcile_in_step{target="story"} 0.0' in written
    assert "is no address" in reconcile("metrics", "--listen", "here").stderr


def test_an_error_is_one_line_without_the_password() -> None:
    url = "postgresql://nobody:hunter22@127.0.0.1:1/none"
    for arguments in (
        ("--log-format", "json", "status", "--database-url", url, "--migrations", MIGRATIONS),
        ("status", "--log-format", "json", "--database-url", url, "--migrations", MIGRATIONS),
    ):
        result = reconcile(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "hunter22" not in result.stderr
        error = lines(result.stderr)[-1]
        assert error["level"] == "error"
        assert error["hint"]
        assert "127.0.0.1" in error["message"]
