"""Adoption: SQL that makes a replay's schema what people made of production by hand."""

from __future__ import annotations

from collections.abc import Collection

from reconcile_pipeline.catalog.model import ObjectId
from reconcile_pipeline.drift.scan import Scan
from reconcile_pipeline.plan.restoring.together import with_consequences


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

    production = scan.production.ignored.without_grants(scan.production.snapshot)
    together = with_consequences(end, production, ids)
    changes = write_changes(end, production, [id for id in together if id not in restored])
    return (
        tuple(statement.sql for statement in changes.statements),
        {str(declined.id): declined.reason for declined in changes.declined},
    )
