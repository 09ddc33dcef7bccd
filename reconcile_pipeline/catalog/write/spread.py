"""What cannot be done because something else cannot be done."""

from __future__ import annotations

from collections.abc import Iterable

from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId
from reconcile_pipeline.catalog.write.names import literal
from reconcile_pipeline.catalog.write.needs import Needs


def spread(
    declined: dict[ObjectId, str],
    differences: Iterable[Difference],
    needs: Needs,
    needs_then: Needs,
) -> None:
    """Add to `declined` what needs something that will not come, or is needed by what stays."""
    by_id = {difference.id: difference for difference in differences}
    waiting = [by_id[id] for id in declined if id in by_id]
    while waiting:
        lost = waiting.pop()
        for difference in by_id.values():
            if difference.id in declined:
                continue
            reason = ""
            if lost.id in needs_then.of(difference.id) and _misses(difference, lost):
                reason = f"It needs {lost.id}, which cannot be made so."
            elif difference.change is Change.DROPPED and difference.id in needs.of(lost.id):
                reason = f"{lost.id} needs it, and cannot be changed."
            if reason:
                declined[difference.id] = reason
                waiting.append(difference)


def _misses(difference: Difference, lost: Difference) -> bool:
    """Whether the object cannot be without what was declined: an object, or a label of an enum."""
    if lost.change is Change.CREATED:
        return True
    if lost.id.kind is not Kind.ENUM or lost.change is Change.DROPPED or not difference.after:
        return False
    old, new = (str((f or {}).get("labels")).splitlines() for f in (lost.before, lost.after))
    labels = [literal(label) for label in new if label not in old]
    return any(label in str(value) for value in difference.after.values() for label in labels)
