"""The changes made by hand, as they happened and as a scan tells them."""

from __future__ import annotations

from collections.abc import Set

from reconcile_pipeline.attribution.timeline.effects import IGNORED
from reconcile_pipeline.catalog.model import Change, Difference, ObjectId
from reconcile_pipeline.drift.scan import Scan
from reconcile_pipeline_tests.attribution.drifting.production import Truth

HandFact = tuple[str, str, str]  # kind, identity, how
_HOW = {Change.CREATED: "added", Change.DROPPED: "removed", Change.ALTERED: "changed"}


def fact(difference: Difference) -> HandFact:
    """A difference as a change made by hand is named."""
    return difference.id.kind.value, difference.id.identity, _HOW[difference.change]


def told(scan: Scan, truth: Truth) -> set[HandFact]:
    """What the scan says was done by hand."""
    unknowable = _unknowable(truth)
    return {
        (u.id.kind.value, u.id.identity, u.change.value)
        for u in scan.attribution.unexplained
        if u.id not in unknowable
    }


def happened(truth: Truth) -> set[HandFact]:
    """What was done by hand."""
    unknowable = _unknowable(truth)
    return {
        fact(d)
        for d in truth.by_hand
        if not IGNORED.issuperset(d.facets) and d.id not in unknowable
    }


def by_the_verdicts(
    have: Set[HandFact], want: Set[HandFact], made: Set[tuple[str, str]]
) -> set[HandFact]:
    """What happened, as it is to be told by other verdicts that are as right.

    `made`: what the files make of which that holds. A column that somebody added where a file that
    never ran gives another of that name was changed by hand, if the file ran; the end is the same.
    """
    otherwise = {"added": "changed", "changed": "added"}
    found: set[HandFact] = set()
    for kind, identity, how in want:
        other = (kind, identity, otherwise.get(how, how))
        alike = (kind, identity) in made and (kind, identity, how) not in have and other in have
        found.add(other if alike else (kind, identity, how))
    return found


def _unknowable(truth: Truth) -> frozenset[ObjectId]:
    """What was there before the files, or belongs to it, and none of them touches: whether it was
    made or changed by hand before the files or since, nothing tells."""
    touched = {effect.id for effects in truth.effects for effect in effects}
    hanging = {change.id for change in truth.by_hand if change.parent in truth.base}
    return (truth.base | hanging) - touched
