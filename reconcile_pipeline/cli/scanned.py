"""A scan for a verb: the shadow server starts before anything slow is imported or read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile_pipeline.cli.options import chosen_target
from reconcile_pipeline.shadow.servers.starting import starting

if TYPE_CHECKING:
    from reconcile_pipeline.drift.scan import Scan
    from reconcile_pipeline.flow.target import ResolvedTarget


def scanned(**options: Any) -> tuple[ResolvedTarget, Scan]:
    """The target that these options name, and a scan of it, which says what it does meanwhile.

    `options` are those of `target_options` and `direct_options`. Raises the errors of its parts.
    """
    with starting(options["shadow_url"]) as shadow:
        target = chosen_target(**options)
        from reconcile_pipeline.cli.console import progress
        from reconcile_pipeline.flow.scan import scan_target

        with progress() as say:
            return target, scan_target(target, say, shadow)
