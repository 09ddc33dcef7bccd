"""What the DROP of another object takes along."""

from __future__ import annotations

from collections.abc import Set

from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.catalog.write.circles import circles
from reconcile_pipeline.catalog.write.needs import Needs
from reconcile_pipeline.catalog.write.world import WHOLES


def dropped_with(dropped: Set[ObjectId], needs: Needs) -> dict[ObjectId, ObjectId]:
    """Object -> the one whose DROP takes it along; what is not in it goes by itself.

    A policy that calls a function which takes its table's rows goes before both, and so does a
    foreign key to a table that has one back: neither of the two could go first otherwise.
    """
    whole = {id: _whole(id, dropped, needs) for id in dropped}
    graph: dict[ObjectId, set[ObjectId]] = {top: set() for top in whole.values()}
    for id, top in whole.items():
        graph[top].update(whole[other] for other in needs.of(id) if other in whole)
    circle = circles(graph)
    return {
        id: top
        for id, top in whole.items()
        if id != top
        and (
            id.kind is Kind.COLUMN
            or not any(
                whole[other] != top and circle[whole[other]] == circle[top]
                for other in needs.of(id)
                if other in whole
            )
        )
    }


def _whole(id: ObjectId, dropped: Set[ObjectId], needs: Needs) -> ObjectId:
    """The topmost object that goes and that this one belongs to; itself where there is none."""
    whole, item = id, needs.world.item(id)
    while item is not None and item.parent is not None and item.parent.kind in WHOLES:
        if item.parent in dropped:
            whole = item.parent
        item = needs.world.item(item.parent)
    return whole
