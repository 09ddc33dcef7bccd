"""What belongs to a dropped table goes with it, also what it had in no replay of the drop.

A file renames a column and a later one drops the table: the replay shows the column go under its
new name only. Where the first file did not run, it went under the former one.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconcile_pipeline.attribution.timeline.supposed import put
from reconcile_pipeline.attribution.timeline.timeline import Timeline
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId


def add(timeline: Timeline) -> None:
    """Put such drops into the timeline, without facets, as they were seen in no replay."""
    for position, effects in timeline.by_statement.items():
        if position in timeline.blocks:
            continue
        told = {effect.id for effect in effects}
        for effect in effects:
            if effect.change is Change.DROPPED and effect.id.kind is not Kind.SCHEMA:
                for id in _parts(timeline, effect.id):
                    if id not in told and timeline.possible_before(id, position):
                        told.add(id)
                        put(timeline, position, Difference(id, Change.DROPPED, None, None, ()))


def _parts(timeline: Timeline, whole: ObjectId) -> Iterator[ObjectId]:
    """All that belongs to it, all the way, of what statements have an effect on; not what belonged
    to something else at some time, as a sequence that no column owns any more."""
    found = {whole}
    waiting = [whole]
    while waiting:
        new = timeline.children.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    for id in sorted(found - {whole}):
        if all(e.parent is None or e.parent in found for _, e in timeline.by_object[id]):
            yield id
