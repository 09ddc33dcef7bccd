"""What production shows of each effect, statement and migration, once it is chosen what ran."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reconcile_pipeline.attribution.model import EffectVerdict, MigrationVerdict, Verdict
from reconcile_pipeline.attribution.timeline import grants
from reconcile_pipeline.attribution.timeline.effects import (
    REPLACED_WHOLE,
    SOFT,
    Facets,
    differing,
)
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import Change, Difference, Kind


def effect_verdict(
    timeline: Timeline, position: Position, effect: Difference, ran: Mapping[Position, bool]
) -> EffectVerdict:
    """Judge one effect by the facets it set and that nothing later set again."""
    verdict, fact = _judge(timeline, position, effect, ran)
    facets = effect.facets if effect.change is Change.ALTERED else ()
    return EffectVerdict(
        effect.id.kind.value, effect.id.identity, effect.change, verdict, facets, fact
    )


def _judge(
    timeline: Timeline, position: Position, effect: Difference, ran: Mapping[Position, bool]
) -> tuple[Verdict, str]:
    later = [
        (p, e)
        for p, e in timeline.by_object[effect.id]
        if p > position
        and ran[p]
        and (p, e.id) not in timeline.along
        and not _said_again(timeline, p, e)
    ]
    actual = timeline.actual(effect.id)
    kept = ran[position]
    if effect.change is Change.DROPPED:
        if kept and any(e.change is Change.CREATED for _, e in later):
            return Verdict.SUPERSEDED, _by(later, "created again by")
        if actual is None and _in_vain(timeline, position, effect, ran):
            return Verdict.ABSENT, "it was not there to be dropped"
        if actual is None:
            return Verdict.APPLIED, "production does not have it"
        if not kept or not differing(effect.before or {}, actual):
            return Verdict.ABSENT, "production still has it"
        return Verdict.DIFFERENT, "production has it in another shape"
    if kept and any(e.change is Change.DROPPED for _, e in later):
        return Verdict.SUPERSEDED, _by(later, "dropped by")
    if (values := _values(effect)) and not (kept and any(_values(e) is None for _, e in later)):
        return _of_values(values, actual)
    if effect.facets == ("acl",) and actual is not None and _ungranted(effect, later, actual):
        return Verdict.ABSENT, "production has what it grants or takes as it was before"
    rewritten = {name for _, e in later if e.change is Change.ALTERED for name in e.facets}
    own = [f for f in effect.facets if f not in rewritten]
    if kept and _replaced(effect, later, own):
        return Verdict.SUPERSEDED, _by(later, "replaced by")
    if actual is None:
        return Verdict.ABSENT, "production does not have it"
    after = effect.after or {}
    if effect.change is Change.CREATED:
        own = [f for f in own if f not in SOFT]
    wrong = differing({f: after[f] for f in own}, actual)
    if not wrong:
        return Verdict.APPLIED, "production has it so"
    before = effect.before or {}
    if effect.change is Change.ALTERED and not differing({f: before[f] for f in own}, actual):
        return Verdict.ABSENT, f"production has the former {', '.join(own)}"
    if not kept and (missing := _missing_before(timeline, position, effect, own, ran)):
        (file, index) = missing
        return Verdict.ABSENT, f"production has it as it was before @{file}:{index}"
    return Verdict.DIFFERENT, f"production differs in {', '.join(wrong)}"


def _missing_before(
    timeline: Timeline,
    position: Position,
    effect: Difference,
    own: Sequence[str],
    ran: Mapping[Position, bool],
) -> Position | None:
    """The earlier statement about the object that is missing, too, where production has it as it
    was before that one, and no statement that ran has to do with it since.

    Of what holds rows, only where the later one changes it in place: made anew, it is another.
    """
    told = timeline.by_object[effect.id]
    last = max((p for p, e in told if ran[p] and e.facets), default=(-1, -1))
    if effect.change is not Change.ALTERED and effect.id.kind not in REPLACED_WHOLE:
        return None
    actual = timeline.actual(effect.id) or {}
    for p, e in told:
        if last < p < position and e.before is not None:
            facets = own if effect.change is Change.ALTERED else e.before.keys()
            return None if differing({f: e.before[f] for f in facets}, actual) else p
    return None


def _values(effect: Difference) -> frozenset[str] | None:
    """The values that the statement only adds to an enum; None where it does anything else."""
    if effect.id.kind is not Kind.ENUM or effect.facets != ("labels",):
        return None
    before, after = (
        frozenset(str((state or {}).get("labels")).split("\n"))
        for state in (effect.before, effect.after)
    )
    return after - before if before < after else None


def _of_values(values: frozenset[str], actual: Facets | None) -> tuple[Verdict, str]:
    """Judge the adding of values by these alone: what later statements add replaces none."""
    have = values & frozenset(str((actual or {}).get("labels")).split("\n"))
    listed = ", ".join(sorted(values))
    if have == values:
        return Verdict.APPLIED, f"production has {listed}"
    if not have:
        return Verdict.ABSENT, f"production lacks {listed}"
    return Verdict.DIFFERENT, f"of {listed}, production has {', '.join(sorted(have))}"


def _ungranted(
    effect: Difference, later: Sequence[tuple[Position, Difference]], actual: Facets
) -> bool:
    """Whether all that it grants and takes, and no later statement does, is as it was before it,
    whatever somebody did to others' privileges."""
    own = grants.of(effect)
    for _, other in later:
        own = own.without(grants.of(other))
    return bool(own) and own.undone(grants.privileges(actual))


def _said_again(timeline: Timeline, position: Position, effect: Difference) -> bool:
    """Whether the statement wrote the object again just as it was."""
    vain = effect.id in timeline.in_vain.get(position, ())
    return vain and effect.change is Change.ALTERED


def _in_vain(
    timeline: Timeline, position: Position, effect: Difference, ran: Mapping[Position, bool]
) -> bool:
    """Whether the statement failed since what it drops was never made."""
    if position not in timeline.failed:
        return False
    return timeline.predict(effect.id, ran, position) is None


def _replaced(
    effect: Difference, later: Sequence[tuple[Position, Difference]], own: Sequence[str]
) -> bool:
    if not later:
        return False
    if effect.change is Change.ALTERED:
        return not own
    if effect.id.kind not in REPLACED_WHOLE:
        return False
    if "body" in (effect.after or {}):
        # A function's whole text also changes with each setting of it.
        return any("body" in e.facets for _, e in later if e.change is Change.ALTERED)
    return any(e.change is Change.ALTERED and not SOFT.issuperset(e.facets) for _, e in later)


def _by(later: Sequence[tuple[Position, Difference]], words: str) -> str:
    (file, index), _ = later[-1]
    return f"{words} @{file}:{index}"


def statement_verdict(
    effects: Iterable[EffectVerdict], parts: frozenset[tuple[str, str]], rows: Verdict | None
) -> Verdict:
    """A statement's verdict from its effects'.

    `parts`: (kind, identity) of effects that only follow from a bigger one in the same statement
    (a new table's columns). `rows`: what production shows of the statement's rows, if anything.
    """
    listed = list(effects)
    main = [e.verdict for e in listed if (e.kind, e.identity) not in parts]
    if rows is not None:
        main.append(rows)
    if not main:
        return Verdict.UNVERIFIABLE
    found = set(main)
    live = {Verdict.APPLIED, Verdict.SUPERSEDED}
    if found == {Verdict.SUPERSEDED}:
        return Verdict.SUPERSEDED
    if found == {Verdict.ABSENT}:
        return Verdict.ABSENT
    if found <= live:
        following = {e.verdict for e in listed if (e.kind, e.identity) in parts}
        return Verdict.APPLIED if following <= live else Verdict.DIFFERENT
    return Verdict.DIFFERENT


def migration_verdict(statements: Sequence[tuple[Verdict, bool]]) -> MigrationVerdict:
    """A migration's verdict from its statements': (verdict, chosen as having run)."""
    checkable = [(v, kept) for v, kept in statements if v is not Verdict.UNVERIFIABLE]
    if not checkable:
        return MigrationVerdict.UNVERIFIABLE
    ran = [v for v, kept in checkable if kept]
    if not ran:
        return MigrationVerdict.NOT_APPLIED
    if len(ran) < len(checkable):
        return MigrationVerdict.PARTIAL
    if set(ran) == {Verdict.SUPERSEDED}:
        return MigrationVerdict.SUPERSEDED
    if set(ran) <= {Verdict.APPLIED, Verdict.SUPERSEDED}:
        return MigrationVerdict.APPLIED
    return MigrationVerdict.APPLIED_CHANGED
