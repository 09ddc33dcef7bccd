"""Scan a target: what the command line's `status` and `drift` and Dagster's first assets run."""

from __future__ import annotations

from reconcile_pipeline.drift.scan import Progress, Scan, scan
from reconcile_pipeline.flow.metrics.record import measured
from reconcile_pipeline.flow.target import ResolvedTarget


def silent(words: str) -> None:
    """Say nothing."""


def scan_target(target: ResolvedTarget, progress: Progress = silent) -> Scan:
    """One whole scan. Production is only read. Raises the errors of its parts."""
    with measured(target) as work:
        return work.found(
            scan(
                target.name,
                target.dsn,
                target.directory,
                layout=target.layout,
                history=target.settings.history,
                shadow_url=target.shadow_url,
                progress=progress,
            )
        )
