"""Adoption: SQL that makes a replay's schema what people made of production by hand."""

from __future__ import annotations

from reconcile_pipeline.drift.scan import Scan


def adopt(scan: Scan) -> tuple[str, ...]:
    """Statements from the replay's end state to production, for every unexplained object."""
    end = scan.attribution.end
    ids = [entry.id for entry in scan.attribution.unexplained]
    if end is None or not ids:
        return ()
    from reconcile_pipeline.catalog.write import write_changes

    written = write_changes(end, scan.production.snapshot, ids)
    return tuple(change.sql for change in written if change.sql)
