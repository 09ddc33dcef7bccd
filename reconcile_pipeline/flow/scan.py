"""Scan a target: what the command line's `status` and `drift` and Dagster's first assets run."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.shadow.servers.starting import Starting, starting

if TYPE_CHECKING:
    from reconcile_pipeline.drift.scan import Progress, Scan


def silent(words: str) -> None:
    """Say nothing."""


def scan_target(
    target: ResolvedTarget, progress: Progress = silent, shadow: Starting | None = None
) -> Scan:
    """One whole scan. Production is only read. Raises the errors of its parts.

    `shadow`: the target's cluster where somebody has begun to start it; else it is started here.
    """
    with ExitStack() as stack:
        shadow = shadow or stack.enter_context(starting(target.shadow_url))
        # Importing these takes as long as the server's start.
        from reconcile_pipeline.drift.scan import scan
        from reconcile_pipeline.flow.metrics.record import measured

        with measured(target) as work:
            return work.found(
                scan(
                    target.name,
                    target.dsn,
                    target.directory,
                    layout=target.layout,
                    history=target.settings.history,
                    ignored=target.ignored,
                    shadow=shadow,
                    progress=progress,
                )
            )
