"""Adoption: SQL that makes a replay's schema what people made of production by hand."""

from __future__ import annotations

from collections.abc import Collection

from reconcile_pipeline.catalog.model import ObjectId
from reconcile_pipeline.drift.scan import Scan


def adopt(
    scan: Scan, restored: Collection[ObjectId] = ()
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Statements from the replay's end state to production, for every unexplained object but those
    that are restored. They are written from production's own definitions.

    Also the objects that no SQL brings about, with the reason.
    """
    end = scan.attribution.end
    ids = [entry.id for entry in scan.attribution.unexplained if entry.id not in restored]
    if end is None or not ids:
        return (), {}
    from reconcile_pipeline.catalog.write import write_changes

    changes = write_changes(end, scan.production.snapshot, ids)
    return (
        tuple(statement.sql for statement in changes.statements),
        {str(declined.id): declined.reason for declined in changes.declined},
    )
