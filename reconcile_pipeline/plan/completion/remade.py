"""What a file drops and makes anew, or changes twice, and got no further than before that.

Production has such an object in the shape that the files before left it in. That is neither the one
that the later statement makes nor the one that it finds; it is missing like the one before it.
"""

from __future__ import annotations

from collections.abc import Mapping
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


def as_missing(report: DriftReport) -> DriftReport:
    """The report, in which such statements are absent instead of different.

    Not where somebody changed the object by hand, nor where a later statement that ran is about it:
    then it is to be decided which shape is right.
    """
    by_hand = {(entry.id.kind.value, entry.id.identity) for entry in report.unexplained}
    last = _last(report)
    found = tuple(_file(number, m, by_hand, last) for number, m in enumerate(report.migrations))
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
    by_hand: set[_Object],
    last: Mapping[_Object, tuple[int, int]],
) -> MigrationFinding:
    if m.report is None or all(s.verdict is not Verdict.DIFFERENT for s in m.report.statements):
        return m
    missing: set[_Object] = set()
    statements: list[StatementVerdict] = []
    for statement in m.report.statements:
        if not statement.ran:
            ours = {
                each
                for each in missing - by_hand
                if last.get(each, (-1, 0)) < (number, statement.index)
            }
            statement = _statement(statement, ours)
            if statement.verdict is Verdict.ABSENT:
                missing |= {(effect.kind, effect.identity) for effect in statement.effects}
        statements.append(statement)
    return replace(m, report=replace(m.report, statements=tuple(statements)))


def _statement(statement: StatementVerdict, missing: set[_Object]) -> StatementVerdict:
    def told(effect: EffectVerdict) -> EffectVerdict:
        known = effect.kind in _ROWLESS or effect.change is Change.ALTERED
        different = effect.verdict is Verdict.DIFFERENT
        if known and different and (effect.kind, effect.identity) in missing:
            return replace(effect, verdict=Verdict.ABSENT)
        return effect

    if statement.verdict is not Verdict.DIFFERENT or statement.rows:
        return statement
    effects = tuple(map(told, statement.effects))
    if not effects or any(effect.verdict is not Verdict.ABSENT for effect in effects):
        return statement
    return replace(statement, verdict=Verdict.ABSENT, effects=effects)
