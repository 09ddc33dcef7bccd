"""Whether anything is left of what a file did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconcile_pipeline.attribution.search.prices import Prices
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.attribution.traces import RowFacts
from reconcile_pipeline.catalog.model import ObjectId


def all_undone(
    timeline: Timeline,
    prices: Prices,
    rows: RowFacts,
    positions: Iterable[Position],
    ran: Mapping[Position, bool],
) -> bool:
    """Whether none of the objects that these statements, all of a file's, made or changed is as
    they left it, nor as later files did: that people changed just those that belong together is
    seldom. What they made of a table that was never made is no such thing.
    """
    undone: set[ObjectId] = set()
    for position in positions:
        if any(there for there, _ in rows.get(position, ())):
            return False
        effects = timeline.by_statement.get(position, ())
        tables = {effect.parent for effect in effects if effect.parent in timeline.by_object}
        if any(t is not None and timeline.predict(t, ran) is None for t in tables):
            return False
        undone |= (own := {effect.id for effect in effects})
        if any(not prices.of(id, ran) for id in own):
            return False
    return len(undone) > 1
