"""Whether production has functions with the very texts that statements give them.

Their bodies may name what is not there. That each was made all the same is proved by production.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconcile_pipeline.attribution.timeline.effects import differing
from reconcile_pipeline.catalog.model import Difference, Kind, Snapshot

_ROUTINES = frozenset({Kind.FUNCTION, Kind.PROCEDURE})
#: What a statement says of a function that no later ALTER changes.
_TEXT = frozenset({"arguments", "returns", "language", "body", "library"})


def as_in(production: Snapshot) -> Callable[[Sequence[Difference]], bool]:
    """Tells of effects whether all they do is to make functions that production has so."""

    def proved(effects: Sequence[Difference]) -> bool:
        return bool(effects) and all(_has(production, effect) for effect in effects)

    return proved


def _has(production: Snapshot, effect: Difference) -> bool:
    there = production.get(effect.id)
    if effect.id.kind not in _ROUTINES or effect.after is None or there is None:
        return False
    own = {name: value for name, value in effect.after.items() if name in _TEXT}
    return not differing(own, there.facets)
