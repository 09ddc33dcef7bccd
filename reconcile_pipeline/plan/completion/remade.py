"""What statements that are missing mean for those after them, which are judged by production now.

A file drops an object and makes it anew, or changes it twice, and got no further than before that.
Production has it in the shape that the files before left it in: neither the one that the later
statement makes nor the one that it finds. That one is missing, too. And what a missing statement
makes is not there to be dropped yet, though a later one is to drop it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from reconcile_pipeline.attribution.model import EffectVerdict, StatementVerdict, Verdict
from reconcile_pipeline.catalog.model import Change, Kind
from reconcile_pipeline.drift.model import DriftReport, MigrationFinding

#: What can be dropped and made anew without a row that anybody would miss.
_ROWLESS = frozenset(
    {Kind.POLICY, Kind.TRIGGER, Kind.FUNCTION, Kind.PROCEDURE, Kind.VIEW, Kind.INDEX,
     Kind.CONSTRAINT, Kind.RULE}
)  # fmt: skip
_Object = tuple[str, str]


def as_missing(report: DriftReport, files: Collection[str | None] | None = None) -> DriftReport:
    """The report, in which such statements are absent instead of different, or applied.

    Not where somebody changed the object by hand, nor where a later statement that ran is about it:
    then it is to be decided which shape is right. `files`: those that are to be completed; all
    where nobody says.
    """
    by_hand = {(entry.id.kind.value, entry.id.identity) for entry in report.unexplained}
    last = _last(report)
    missing: set[_Object] = set()
    made: set[_Object] = set()
    found = tuple(
        _file(number, m, last, by_hand, missing, made) if files is None or m.file in files else m
        for number, m in enumerate(report.migrations)
    )
    return report if found == report.migrations else replace(report, migrations=found)


def _last(report: DriftReport) -> dict[_Object, tuple[int, int]]:
    """Object -> the last statement about it that ran, as its file's place and its own."""
    return {
        (effect.kind, effect.identity): (number, statement.index)
        for number, m in enumerate(report.migrations)
        for statement in (m.report.statements if m.report else ())
        if statement.ran
        for effect in statement.effects
    }


def _file(
    number: int,
    m: MigrationFinding,
    last: Mapping[_Object, tuple[int, int]],
    by_hand: set[_Object],
    missing: set[_Object],
    made: set[_Object],
) -> MigrationFinding:
    """`missing`: what missing statements are about, `made`: what they make; both grow."""
    if m.report is None:
        return m
    statements: list[StatementVerdict] = []
    for statement in m.report.statements:
        if not statement.ran:
            here = (number, statement.index)
            ours = {each for each in missing - by_hand if last.get(each, (-1, 0)) < here}
            statement = _statement(statement, ours, made)
            if statement.verdict is Verdict.ABSENT:
                _note(statement, missing, made)
        statements.append(statement)
    if tuple(statements) == m.report.statements:
        return m
    return replace(m, report=replace(m.report, statements=tuple(statements)))


def _note(statement: StatementVerdict, missing: set[_Object], made: set[_Object]) -> None:
    for effect in statement.effects:
        each = (effect.kind, effect.identity)
        missing.add(each)
        if effect.change is Change.CREATED:
            made.add(each)
        elif effect.change is Change.DROPPED:
            made.discard(each)


def _statement(
    statement: StatementVerdict, missing: set[_Object], made: set[_Object]
) -> StatementVerdict:
    def told(effect: EffectVerdict) -> EffectVerdict:
        each = (effect.kind, effect.identity)
        if effect.verdict is Verdict.DIFFERENT:
            known = effect.kind in _ROWLESS or effect.change is Change.ALTERED
            is_missing = known and each in missing
        else:
            is_missing = effect.change is Change.DROPPED and each in made
        return replace(effect, verdict=Verdict.ABSENT) if is_missing else effect

    if statement.verdict not in (Verdict.DIFFERENT, Verdict.APPLIED) or statement.rows:
        return statement
    effects = tuple(map(told, statement.effects))
    if not effects or any(effect.verdict is not Verdict.ABSENT for effect in effects):
        return statement
    return replace(statement, verdict=Verdict.ABSENT, effects=effects)
