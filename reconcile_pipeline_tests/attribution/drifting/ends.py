"""Whether a directory, run as verdicts say, ends as it really ended: what cannot be decided."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from reconcile_pipeline.attribution.model import MigrationReport, MigrationVerdict
from reconcile_pipeline.attribution.timeline.effects import IGNORED
from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.model import Change, Kind, Snapshot
from reconcile_pipeline.drift.scan import Scan
from reconcile_pipeline.migrations.tags import TRANSACTION
from reconcile_pipeline_tests.attribution.drifting.fates import Fate, Run
from reconcile_pipeline_tests.attribution.drifting.production import Truth

V = MigrationVerdict
Rebuild = Callable[[Sequence[Run]], Truth]
_NEEDED_BY_NOTHING = frozenset({Kind.POLICY, Kind.TRIGGER, Kind.INDEX})


def as_judged(scan: Scan, truth: Truth) -> list[Run]:
    return [
        replace(run, indices=_judged(report, run))
        for run, report in zip(truth.runs, scan.attribution.migrations, strict=True)
    ]


def all_same(scan: Scan, truth: Truth, rebuild: Rebuild, known: list[bool]) -> bool:
    """True where the directory, run as all the verdicts say, gives the same catalog as it did, or
    the same production after the same changes by hand or fewer."""
    if not known:
        other = rebuild(as_judged(scan, truth))
        known.append(_ends_alike(truth, other) or _same_production(truth, other))
    return known[0]


def group_same(
    numbers: Sequence[int], alike: Sequence[int], scan: Scan, truth: Truth, rebuild: Rebuild
) -> bool:
    """True where just these files, run as their verdicts say, end alike: one that makes a table
    and one that drops it. Or these and those that end `alike` by themselves: of two files that do
    the same, either may have run, and that the second one did says nothing while the first did."""
    judged = as_judged(scan, truth)

    def same(chosen: Collection[int]) -> bool:
        runs = [judged[n] if n in chosen else run for n, run in enumerate(truth.runs)]
        return len(chosen) > 1 and _ends_alike(truth, rebuild(runs))

    return same(numbers) or (bool(alike) and same({*numbers, *alike}))


def same_end(number: int, report: MigrationReport, truth: Truth, rebuild: Rebuild) -> bool:
    """True where this file, run as its verdict says and the others as they were, ends alike."""
    runs = list(truth.runs)
    indices = _judged(report, runs[number])
    if report.verdict is V.UNVERIFIABLE:
        whole = runs[number].fate is Fate.NEVER
        indices = tuple(s.index for s in report.statements) if whole else ()
    runs[number] = replace(runs[number], indices=indices)
    return _ends_alike(truth, rebuild(runs))


def same_with_fewer(number: int, report: MigrationReport, truth: Truth, rebuild: Rebuild) -> bool:
    """True where this file, run as its verdict says and the others as they were, gives the same
    production after those of the same changes by hand that could still be made: that a table was
    made and dropped, or never made, is all one."""
    runs = list(truth.runs)
    runs[number] = replace(runs[number], indices=_judged(report, runs[number]))
    return _same_production(truth, rebuild(runs))


def _judged(report: MigrationReport, run: Run) -> tuple[int, ...]:
    """The statements that ran by the verdict; where it says nothing, those that really ran."""
    if report.verdict is V.UNVERIFIABLE:
        return run.indices
    return tuple(s.index for s in report.statements if s.ran and s.tag not in TRANSACTION)


def _ends_alike(truth: Truth, other: Truth) -> bool:
    alike = _no_difference(truth, truth.before_hand, other.before_hand)
    return alike and other.counts == truth.counts


def _same_production(truth: Truth, other: Truth) -> bool:
    """True where those of the changes by hand that still could be made gave the same production."""
    alike = _no_difference(truth, truth.after, other.after)
    return alike and other.counts_after == truth.counts_after


def _no_difference(truth: Truth, real: Snapshot, other: Snapshot) -> bool:
    """Whether production could be either. What it lacks of the base, and nothing else needs, the
    dashboard may as well never have had: that a file dropped it, nothing there tells."""
    return all(
        IGNORED.issuperset(d.facets)
        or (d.change is Change.CREATED and d.id in truth.base and d.id.kind in _NEEDED_BY_NOTHING)
        for d in compare(real, other)
    )
