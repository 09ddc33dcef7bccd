"""What statements that are missing mean for those after them, which are judged by production now.

What a missing statement makes is not there to be dropped yet, though a later one is to drop it:
that one seems done, and is not.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from reconcile_pipeline.attribution.model import EffectVerdict, StatementVerdict, Verdict
from reconcile_pipeline.catalog.model import Change
from reconcile_pipeline.drift.model import DriftReport, MigrationFinding

_Object = tuple[str, str]


def as_missing(report: DriftReport, files: Collection[str | None] | None = None) -> DriftReport:
    """The report, in which such statements are absent instead of applied. `files`: those that are
    to be completed; all where nobody says.
    """
    made: set[_Object] = set()
    found = tuple(
        _file(m, made) if files is None or m.file in files else m for m in report.migrations
    )
    return report if found == report.migrations else replace(report, migrations=found)


def _file(m: MigrationFinding, made: set[_Object]) -> MigrationFinding:
    """`made`: what missing statements make, which grows."""
    if m.report is None:
        return m
    statements: list[StatementVerdict] = []
    for statement in m.report.statements:
        if not statement.ran:
            statement = _statement(statement, made)
            if statement.verdict is Verdict.ABSENT:
                _note(statement, made)
        statements.append(statement)
    if tuple(statements) == m.report.statements:
        return m
    return replace(m, report=replace(m.report, statements=tuple(statements)))


def _note(statement: StatementVerdict, made: set[_Object]) -> None:
    for effect in statement.effects:
        each = (effect.kind, effect.identity)
        if effect.change is Change.CREATED:
            made.add(each)
        elif effect.change is Change.DROPPED:
            made.discard(each)


def _statement(statement: StatementVerdict, made: set[_Object]) -> StatementVerdict:
    if statement.verdict is Verdict.UNVERIFIABLE and made:
        return _without_effect(statement, made)
    if statement.verdict is not Verdict.APPLIED or statement.rows:
        return statement
    effects = tuple(
        replace(effect, verdict=Verdict.ABSENT)
        if effect.change is Change.DROPPED and (effect.kind, effect.identity) in made
        else effect
        for effect in statement.effects
    )
    if not effects or any(effect.verdict is not Verdict.ABSENT for effect in effects):
        return statement
    return replace(statement, verdict=Verdict.ABSENT, effects=effects)


def _without_effect(statement: StatementVerdict, made: set[_Object]) -> StatementVerdict:
    """`DROP … IF EXISTS` had nothing to drop in a replay that could not make it either."""
    from reconcile_pipeline.migrations.references import names  # slow to import

    dropped = names(statement.sql).dropped
    gone = sorted(each for each in made if each[1] in dropped)
    if statement.effects or statement.error or {identity for _, identity in gone} != dropped:
        return statement
    effects = tuple(EffectVerdict(*each, Change.DROPPED, Verdict.ABSENT) for each in gone)
    return replace(statement, verdict=Verdict.ABSENT, effects=effects) if gone else statement
