"""Where production and the guided replay's end state differ: the changes made by hand."""

from __future__ import annotations

from collections.abc import Collection

from reconcile_pipeline.attribution.model import HandChange, Unexplained
from reconcile_pipeline.attribution.timeline.effects import IGNORED, protected_before
from reconcile_pipeline.catalog.collapse import roots
from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId, Snapshot

_CHANGES = {
    Change.CREATED: HandChange.ADDED,
    Change.DROPPED: HandChange.REMOVED,
    Change.ALTERED: HandChange.CHANGED,
}

#: Settings of a database that its platform decides, unless a file sets them: a hosted project is
#: made read-only when its disk is full.
OF_THE_PLATFORM = frozenset({"search_path", "default_transaction_read_only"})


def find(
    end: Snapshot, production: Snapshot, touched: Collection[ObjectId], base: Collection[ObjectId]
) -> tuple[Unexplained, ...]:
    """One entry a change made by hand.

    `touched`: objects that some statement has an effect on. `base`: objects that were taken from
    production beforehand because no file makes them.
    """
    differences = [d for d in compare(end, production) if _counts(d, touched, base)]
    return tuple(
        Unexplained(d.id, _CHANGES[d.change], d.before, d.after, d.facets, d.parent)
        for d in roots(differences)
    )


def _counts(d: Difference, touched: Collection[ObjectId], base: Collection[ObjectId]) -> bool:
    if d.id in base and d.id not in touched:
        return False
    if d.parent in base and d.id not in touched and d.change is Change.ALTERED:
        return False
    if d.id in base and protected_before(d.before, d.after, d.facets):
        return False
    if d.id.kind is Kind.ROLE:
        # Roles belong to the cluster: those that no file makes are not this database's drift.
        return d.id in touched
    if d.id.kind is Kind.ROLE_SETTING and d.parent and d.parent not in touched:
        # So do their settings, but for those that hold in this database alone.
        return d.id in touched or any(
            side is not None and side.get("database_value") is not None
            for side in (d.before, d.after)
        )
    if d.id.kind is Kind.DATABASE_SETTING and d.id.identity in OF_THE_PLATFORM:
        return d.id in touched
    if d.id.kind is Kind.SCHEMA and d.change is Change.ALTERED:
        return bool(set(d.facets) - {"owner"})
    return not IGNORED.issuperset(d.facets) or d.change is not Change.ALTERED
