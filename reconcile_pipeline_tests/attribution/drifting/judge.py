"""Hold a scan's verdicts against the truth; where they differ, ask whether that can be decided.

A verdict other than the truth is right only where the end states are equal: the directory run as
the verdict says gives the same catalog and as many rows as it did as it was really run, or the same
production with no more changes by hand than there were. Where only the verdicts of several files
together give the same end, that is counted apart: `strict` takes it for wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from reconcile_pipeline.attribution.model import MigrationVerdict
from reconcile_pipeline.attribution.timeline.effects import IGNORED, SOFT
from reconcile_pipeline.catalog.collapse import roots
from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.model import Change, Difference, ObjectId
from reconcile_pipeline.drift.scan import Scan
from reconcile_pipeline_tests.attribution.drifting import ends, hands
from reconcile_pipeline_tests.attribution.drifting.fates import Fate, Run
from reconcile_pipeline_tests.attribution.drifting.hands import HandFact
from reconcile_pipeline_tests.attribution.drifting.production import Truth

V = MigrationVerdict
NOTHING = "leaves nothing"


@dataclass(slots=True)
class Outcome:
    """How a scan did: (class, verdict) counts; what is wrong, in words; changes by hand.

    `undecidable`: the file alone could have gone as judged; `together`: only with other files, or
    with fewer changes by hand, which are `untold` then.
    """

    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    strict: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    swaps: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    undecidable: list[str] = field(default_factory=list)
    together: list[str] = field(default_factory=list)
    untold: list[HandFact] = field(default_factory=list)
    missed: list[HandFact] = field(default_factory=list)
    invented: list[HandFact] = field(default_factory=list)
    found: int = 0

    def add(self, other: Outcome) -> None:
        """Count another outcome in."""
        self.confusion.update(other.confusion)
        self.right.update(other.right)
        self.strict.update(other.strict)
        self.total.update(other.total)
        for name in ("swaps", "wrong", "undecidable", "together", "untold", "missed", "invented"):
            getattr(self, name).extend(getattr(other, name))
        self.found += other.found

    def mean(self, right: Counter[str]) -> float:
        """The mean over the classes of the share that was judged right; files that leave nothing
        are no class, since no verdict on them is wrong."""
        shares = [right[name] / n for name, n in self.total.items() if n and name != NOTHING]
        return sum(shares) / len(shares) if shares else 1.0


def judge(scan: Scan, truth: Truth, rebuild: ends.Rebuild) -> Outcome:
    """`rebuild` builds the same production with other runs and no change by hand."""
    outcome = Outcome()
    together: list[bool] = []  # whether all verdicts together give the same end; asked once
    altered = _altered(truth)
    superseded = _superseded(truth)
    others: list[tuple[int, str]] = []  # judged otherwise than it went, and alone it ends otherwise
    alike: list[int] = []  # judged otherwise, and alone it ends alike
    for number, report in enumerate(scan.attribution.migrations):
        run = truth.runs[number]
        name = _class(run.fate, number, truth, altered, superseded)
        outcome.confusion[name, report.verdict.value] += 1
        outcome.total[name] += 1
        if _accepted(name, report.verdict, run, number in truth.failed):
            outcome.right[name] += 1
            outcome.strict[name] += 1
        elif ends.same_end(number, report, truth, rebuild):
            alike.append(number)
            outcome.undecidable.append(f"{report.path}: {name}, judged {report.verdict.value}")
            outcome.right[name] += 1
            outcome.strict[name] += 1
        else:
            others.append((number, name))
    undecidable = bool(others) and (
        ends.group_same([number for number, _ in others], alike, scan, truth, rebuild)
        or ends.all_same(scan, truth, rebuild, together)
    )
    for number, name in others:
        report = scan.attribution.migrations[number]
        told = f"{report.path}: {name}, judged {report.verdict.value}"
        if undecidable or ends.same_with_fewer(number, report, truth, rebuild):
            outcome.together.append(told)
            outcome.right[name] += 1
            continue
        outcome.wrong.append(f"{told}: {report.reason} {report.alternative}".strip())
        fate, verdict = truth.runs[number].fate, report.verdict
        if (fate is Fate.WHOLE and verdict is V.NOT_APPLIED) or (
            fate is Fate.NEVER and verdict in (V.APPLIED, V.APPLIED_CHANGED)
        ):
            outcome.swaps.append(report.path)
    have, want = hands.told(scan, truth), hands.happened(truth)
    otherwise = {*outcome.undecidable, *outcome.together}
    want = hands.by_the_verdicts(have, want, _made_by(scan, otherwise))
    outcome.found = len(have & want)
    if want - have and want > have and ends.all_same(scan, truth, rebuild, together):
        outcome.untold = sorted(want - have)
        want = have
    else:
        made = _made_by(scan, outcome.together)
        outcome.untold = sorted(each for each in want - have if each[:2] in made)
        want -= set(outcome.untold)
    outcome.missed = sorted(want - have)
    outcome.invented = sorted(have - want)
    return outcome


def _made_by(scan: Scan, words: Collection[str]) -> frozenset[tuple[str, str]]:
    """What the files make, by kind and identity, that may as well have gone as they were judged."""
    paths = {told.partition(": ")[0] for told in words}
    return frozenset(
        (effect.kind, effect.identity)
        for report in scan.attribution.migrations
        if report.path in paths
        for statement in report.statements
        for effect in statement.effects
        if effect.change is Change.CREATED
    )


_ACCEPTED = {
    "applied": {V.APPLIED},
    "superseded": {V.SUPERSEDED, V.APPLIED},
    "altered": {V.APPLIED_CHANGED},
    "partial": {V.PARTIAL},
    "not_applied": {V.NOT_APPLIED},
    NOTHING: {V.UNVERIFIABLE},
}


def _accepted(name: str, verdict: V, run: Run, failed: bool) -> bool:
    """`failed`: some statements of the file failed in production, so it is there in part only."""
    if name == NOTHING:
        return run.fate is not Fate.NEVER
    return verdict in _ACCEPTED[name] or (failed and verdict is V.PARTIAL)


def _class(fate: Fate, number: int, truth: Truth, altered: set[int], superseded: set[int]) -> str:
    if fate is Fate.NEVER:
        return "not_applied"
    if fate is not Fate.WHOLE:
        return "partial"
    if not truth.effects[number]:
        return NOTHING
    if number in altered:
        return "altered"
    return "superseded" if number in superseded else "applied"


def _altered(truth: Truth) -> set[int]:
    """The files whose work a change by hand undid or changed: the last to set it."""
    found = set()
    for change in truth.by_hand:
        if change.change is Change.CREATED:
            continue
        wanted = set(change.facets) - SOFT if change.change is Change.ALTERED else None
        for number in reversed(range(len(truth.effects))):
            if _made(truth.effects[number], change.id, wanted):
                found.add(number)
                break
    return found


def _made(effects: Sequence[Difference], id: ObjectId, wanted: set[str] | None) -> bool:
    for effect in effects:
        if effect.id != id or effect.change is Change.DROPPED:
            continue
        if wanted is None:
            return effect.change is Change.CREATED
        return bool(wanted & set(effect.facets))
    return False


def _superseded(truth: Truth) -> set[int]:
    """The files of whose work later files left nothing."""
    found = set()
    later: dict[ObjectId, set[str] | None] = {}  # None: dropped since, or made anew
    for number in reversed(range(len(truth.effects))):
        effects = truth.effects[number]
        if effects and all(_gone(effect, later) for effect in effects):
            found.add(number)
        for effect in effects:
            known = later.get(effect.id, set())
            if effect.change is not Change.ALTERED or known is None:
                later[effect.id] = None
            else:
                later[effect.id] = known | set(effect.facets)
    return found


def _gone(effect: Difference, later: dict[ObjectId, set[str] | None]) -> bool:
    if effect.id not in later:
        return False
    known = later[effect.id]
    return known is None or (effect.change is Change.ALTERED and known >= set(effect.facets))


def assumed(scan: Scan) -> int:
    """How many files did not run whole and how many objects were changed by hand, it is said."""
    found = scan.attribution
    partly = sum(m.verdict in (V.PARTIAL, V.NOT_APPLIED) for m in found.migrations)
    return partly + len(found.unexplained)


def explained(scan: Scan, truth: Truth, rebuild: ends.Rebuild) -> bool:
    """True where the files, run as the verdicts say, leave to production just what is reported."""
    other = rebuild(ends.as_judged(scan, truth))
    left = {
        hands.fact(d)
        for d in roots(compare(other.before_hand, truth.after))
        if not IGNORED.issuperset(d.facets)
    }
    told = {(u.id.kind.value, u.id.identity, u.change.value) for u in scan.attribution.unexplained}
    return left == told
