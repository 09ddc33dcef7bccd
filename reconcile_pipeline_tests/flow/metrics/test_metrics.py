"""Metrics as Prometheus' own parser reads them."""

from __future__ import annotations

import time
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from reconcile_pipeline.config import Target
from reconcile_pipeline.errors import ConfigError, TargetError
from reconcile_pipeline.flow.metrics import prometheus, record
from reconcile_pipeline.flow.scan import scan_target
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline_tests.evidence import cases

REPORT = cases.facts("worse").before
DEAD = "postgresql://nobody:hunter22@127.0.0.1:1/none"
Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def parsed(text: str) -> Series:
    """Each series with its value."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def target(tmp_path: Path) -> ResolvedTarget:
    """A target that cannot be reached, with metrics."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/001_a.sql").write_text("SELECT 1;\n")
    return ResolvedTarget(
        "shop",
        Target.model_validate({}),
        DEAD,
        tmp_path / "migrations",
        tmp_path / "evidence/shop",
        metrics=tmp_path / "node/reconcile.prom",
    )


def test_findings_are_counted_by_kind_and_zeros_are_told() -> None:
    made = record.of(REPORT, 3.25, record.Record("worse"))
    found = parsed(prometheus.text([made]))

    def of(name: str, **labels: str) -> float:
        return found[f"reconcile_{name}", tuple(sorted({"target": "worse", **labels}.items()))]

    assert of("findings", finding="phantom") == 1
    assert of("findings", finding="unrecorded") == 0
    assert of("objects_changed_by_hand", change="added") == 1
    assert of("statements", verdict="absent") == 2
    assert of("in_step") == 0
    assert of("scan_duration_seconds") == 3.25
    assert of("last_scan_failed") == 0
    assert abs(of("last_good_scan_timestamp_seconds") - time.time()) < 60
    assert 0 <= of("last_good_scan_age_seconds") < 60


def test_a_failed_scan_keeps_the_last_good_one_and_says_so(target: ResolvedTarget) -> None:
    path = target.evidence / record.NAME
    good = record.of(replace(REPORT, target="shop"), 1.0, record.Record("shop"))
    with record.measured(target) as work:
        work.report = replace(REPORT, target="shop")
    assert path.exists()
    for _ in range(2):
        with pytest.raises(TargetError):
            scan_target(target)
    assert target.metrics is not None
    text = target.metrics.read_text()
    found = parsed(text)
    shop = (("target", "shop"),)
    assert found["reconcile_last_scan_failed", shop] == 1
    assert found["reconcile_scan_failures_total", shop] == 2
    assert found["reconcile_last_good_scan_timestamp_seconds", shop] > 0
    assert found["reconcile_findings", (("finding", "phantom"), *shop)] == good.findings["phantom"]
    assert not [name for name, _ in found if "age" in name]  # it would stand still in a file
    for written in (text, path.read_text()):
        assert "hunter22" not in written
    with record.measured(target) as work:
        work.report = replace(REPORT, target="shop")
    assert parsed(target.metrics.read_text())["reconcile_last_scan_failed", shop] == 0


def test_without_a_file_nothing_is_written(target: ResolvedTarget) -> None:
    with pytest.raises(TargetError):
        scan_target(replace(target, metrics=None))
    assert not target.evidence.exists()


def test_a_scan_does_not_fail_for_its_metrics(
    target: ResolvedTarget, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    with record.measured(replace(target, metrics=tmp_path / "file/no.prom")) as work:
        work.report = REPORT
    assert "Metrics were not written" in caplog.text


def test_they_are_served_with_the_age_as_it_is_then() -> None:
    old = replace(record.of(REPORT, 1.0, record.Record("worse")), succeeded_at=time.time() - 7200)
    server, thread = prometheus.serve(lambda: [old], "127.0.0.1", 0)
    try:
        url = f"http://127.0.0.1:{server.server_port}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            found = parsed(answer.read().decode())
        age = found["reconcile_last_good_scan_age_seconds", (("target", "worse"),)]
        assert 7200 <= age < 7300
        with pytest.raises(ConfigError):
            prometheus.serve(lambda: [old], "127.0.0.1", server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
