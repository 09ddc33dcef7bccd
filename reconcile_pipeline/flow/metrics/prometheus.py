"""Records in the text format that Prometheus reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconcile_pipeline.attribution.model import HandChange, Verdict
from reconcile_pipeline.drift.model import Finding
from reconcile_pipeline.errors import ConfigError
from reconcile_pipeline.flow.metrics.record import Record

if TYPE_CHECKING:
    from prometheus_client.core import GaugeMetricFamily
    from prometheus_client.registry import CollectorRegistry


def write(path: Path, records: Sequence[Record]) -> None:
    """Write them for node_exporter's textfile collector, whole or not at all. Raises OSError.

    Without the age: it would stand still. The time of the last good scan is there.
    """
    from prometheus_client import write_to_textfile

    path.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(path), registry(lambda: records))


def text(records: Sequence[Record]) -> str:
    """What a scrape would get now, the age of each last good scan included."""
    from prometheus_client import generate_latest

    return generate_latest(registry(lambda: records, now=time.time)).decode()


def serve(read: Callable[[], Sequence[Record]], address: str, port: int) -> Any:
    """Answer Prometheus' scrapes, each from the records as they are then. Returns (server, thread).

    Raises ConfigError where the port cannot be had.
    """
    from prometheus_client import start_http_server

    try:
        return start_http_server(port, addr=address, registry=registry(read, now=time.time))
    except OSError as error:
        raise ConfigError(
            f"{address}:{port} cannot be listened on: {(error.strerror or 'no reason').lower()}.",
            hint="Name another one with --listen.",
        ) from None


def registry(
    read: Callable[[], Sequence[Record]], now: Callable[[], float] | None = None
) -> CollectorRegistry:
    """A registry that reads the records at every scrape; with `now`, ages are told, too."""
    from prometheus_client.registry import Collector, CollectorRegistry

    class Scans(Collector):
        def collect(self) -> Iterable[GaugeMetricFamily]:
            return _families(read(), now() if now else None)

        def describe(self) -> Iterable[GaugeMetricFamily]:
            return _families((), None)

    made = CollectorRegistry(auto_describe=False)
    made.register(Scans())
    return made


def _families(records: Sequence[Record], now: float | None) -> Iterator[Any]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    def gauge(name: str, words: str, *labels: str) -> GaugeMetricFamily:
        return GaugeMetricFamily(f"reconcile_{name}", words, labels=("target", *labels))

    findings = gauge("findings", "Migrations by finding.", "finding")
    statements = gauge("statements", "Statements by verdict.", "verdict")
    by_hand = gauge("objects_changed_by_hand", "Objects that no migration explains.", "change")
    in_step = gauge("in_step", "1 where there is nothing to reconcile, else 0.")
    seconds = gauge("scan_duration_seconds", "How long the last good scan took.")
    at = gauge("last_good_scan_timestamp_seconds", "When the last good scan ended.")
    age = gauge("last_good_scan_age_seconds", "How long ago the last good scan ended.")
    failing = gauge("last_scan_failed", "1 where the newest attempt to scan failed, else 0.")
    failures = CounterMetricFamily(
        "reconcile_scan_failures", "Attempts to scan that failed.", labels=("target",)
    )
    for record in records:
        mine = [record.target]
        failing.add_metric(mine, float(record.failed_at > record.succeeded_at))
        failures.add_metric(mine, float(record.failures))
        if not record.succeeded_at:
            continue
        # Zeros are told: a series that ends is no series at 0.
        for family, kinds, counts in (
            (findings, Finding, record.findings),
            (statements, Verdict, record.statements),
            (by_hand, HandChange, record.by_hand),
        ):
            for kind in kinds:
                family.add_metric([*mine, kind.value], float(counts.get(kind.value, 0)))
        in_step.add_metric(mine, float(record.in_step))
        seconds.add_metric(mine, record.seconds)
        at.add_metric(mine, record.succeeded_at)
        if now is not None:
            age.add_metric(mine, max(now - record.succeeded_at, 0.0))
    yield from (findings, statements, by_hand, in_step, seconds, at, failing, failures)
    if now is not None:
        yield age
