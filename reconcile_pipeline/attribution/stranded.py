"""What is said of files that could not run since another one never did, and of that one.

That it ran, and that somebody has dropped what it made since, with all that was built upon it,
would leave the same production: the likelier story is told, and the other one named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconcile_pipeline.attribution.search.guided import Guided
from reconcile_pipeline.attribution.search.upon_nothing import UponNothing
from reconcile_pipeline.attribution.traces import File, Traces
from reconcile_pipeline.catalog.model import ObjectId


@dataclass(frozen=True, slots=True)
class Stranded:
    """By file number: why a file could not run, and how else it may have been with another."""

    reasons: Mapping[int, str]
    alternatives: Mapping[int, str]


def stranded(best: Guided, files: Sequence[File]) -> Stranded:
    """What is said of the files of which it holds."""
    traces = Traces(best.timeline, files, best.rows)
    upon = UponNothing(best.timeline, traces)
    never = [f.number for f in files if not any(best.ran[p] for p in traces.checkable[f.number])]
    needs = {number: upon.needs(number) for number in never if upon.holds(number, best.ran)}
    alternatives = {}
    for number in [n for n in never if n not in needs] if needs else ():
        made = upon.made_by(number)
        lost, needed, gone = 0, set[ObjectId](), set(made)
        for other, its in needs.items():
            # What is built upon what is built upon it is lost as well; later files come later.
            if not gone.isdisjoint(its):
                lost, needed, gone = lost + 1, needed | (its & made), gone | upon.made_by(other)
        if lost:
            upon_it = f"{lost} other files" if lost > 1 else "another file"
            alternatives[number] = (
                f"It may have run, and somebody may have dropped {_listed(needed)} since, with all"
                f" that {upon_it} made upon it."
            )
    reasons = {
        number: f" It could not have run: {_listed(its)} was never made."
        for number, its in needs.items()
    }
    return Stranded(reasons, alternatives)


def _listed(ids: Iterable[ObjectId]) -> str:
    names = sorted(map(str, ids))
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return ", ".join(names[:2]) + more
