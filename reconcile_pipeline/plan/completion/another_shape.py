"""Why a file is not completed where production has what it makes in another shape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconcile_pipeline.attribution.model import EffectVerdict, StatementVerdict, Verdict
from reconcile_pipeline.attribution.timeline.effects import REPLACED_WHOLE, SOFT
from reconcile_pipeline.catalog.model import Change, Kind
from reconcile_pipeline.drift.model import MigrationFinding
from reconcile_pipeline.drift.words import listing


def in_another_shape(statement: StatementVerdict, later: Iterable[MigrationFinding]) -> str:
    """The reason, and what to do. `later`: the migrations after the statement's."""
    where = f"line {statement.line}: production has"
    others = [e for e in statement.effects if e.verdict is Verdict.DIFFERENT]
    names = list(dict.fromkeys(f"{e.kind} {e.identity}" for e in others))
    if statement.rows and not names:
        return f"{where} some of the rows that it writes; decide which ones are right first"
    what = listing(names, limit=3) or "what it makes"
    if maker := _made_by(others, later):
        return (
            f"{where} {what} in another shape, that of {maker}; "
            f"if that is the right one, take line {statement.line} out of the file"
        )
    return f"{where} {what} in another shape; decide which one is right first"


def _made_by(effects: Sequence[EffectVerdict], later: Iterable[MigrationFinding]) -> str:
    """The last statement of the later migrations that made what this is about as it is, if one
    made all of it and it is of a kind that is always made whole; else empty.
    """
    wanted = {(e.kind, e.identity) for e in effects}
    if not wanted or any(Kind(kind) not in REPLACED_WHOLE for kind, _ in wanted):
        return ""
    found = ""
    for m in later:
        for s in m.report.statements if m.report else ():
            if s.ran and wanted <= {(e.kind, e.identity) for e in s.effects if _shapes(e)}:
                found = f"{m.version or m.name}, line {s.line}"
    return found


def _shapes(effect: EffectVerdict) -> bool:
    """Whether production has what this made, and it was more than a comment or a privilege."""
    made = effect.change is Change.CREATED or not SOFT.issuperset(effect.facets)
    return made and effect.verdict is Verdict.APPLIED
