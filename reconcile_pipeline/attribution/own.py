"""What a migration tool made for itself: its history's table is nobody's change by hand."""

from __future__ import annotations

from reconcile_pipeline.catalog.model import Kind, ObjectId, Snapshot
from reconcile_pipeline.history.model import HistoryState


def of_history(snapshot: Snapshot, history: HistoryState) -> frozenset[ObjectId]:
    """The history's table and all that belongs to it; its schema too, where nothing else is in it.

    Empty where there is none.
    """
    if history.place is None:
        return frozenset()
    schema, name = history.place
    table = ObjectId(Kind.TABLE, f"{schema}.{name}")
    found = {id for id in snapshot.ids() if _belongs(snapshot, id, table)}
    inside = (id for id in snapshot.ids() if id.identity.startswith(f"{schema}."))
    if found and all(id in found for id in inside):
        found.add(ObjectId(Kind.SCHEMA, schema))
    return frozenset(found)


def _belongs(snapshot: Snapshot, id: ObjectId | None, table: ObjectId) -> bool:
    while id is not None and id != table:
        id = snapshot.parent(id)
    return id is not None
