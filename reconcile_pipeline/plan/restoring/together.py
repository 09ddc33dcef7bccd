"""What goes together: a change made by hand, and everything that followed from it.

The drift report names what somebody did; a dropped table took its views along. Who puts the one
back, or adopts it, means all of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconcile_pipeline.catalog.collapse import roots
from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.model import ObjectId, Snapshot


def with_consequences(
    end: Snapshot, production: Snapshot, ids: Iterable[ObjectId]
) -> tuple[ObjectId, ...]:
    """These objects, and those whose difference follows from theirs."""
    wanted = set(ids)
    differences = compare(end, production)
    own = {difference.id for difference in roots(differences)}
    hidden = [difference for difference in differences if difference.id not in own]
    while hidden:
        chosen = [difference for difference in differences if difference.id in wanted]
        followed = {
            each.id
            for each in hidden
            if each.id not in {left.id for left in roots([*chosen, each])}
        }
        if not followed:
            break
        wanted |= followed
        hidden = [each for each in hidden if each.id not in followed]
    return tuple(sorted(wanted))
