"""Reasons in words: what a person reads beside a verdict."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from reconcile_pipeline.attribution.model import (
    EffectVerdict,
    MigrationVerdict,
    RowEffect,
    StatementVerdict,
    Verdict,
)
from reconcile_pipeline.attribution.search.guided import Guided
from reconcile_pipeline.attribution.traces import File
from reconcile_pipeline.attribution.upon_other_types import Unfit
from reconcile_pipeline.catalog.model import Change, ObjectId
from reconcile_pipeline.migrations.model import Inventory
from reconcile_pipeline.shadow.model import Run

CLOSE = 0.35  # how near in price another explanation must be to be named
#: How else it may have been where statements could not work upon a column of another type.
UNDONE_OR_NEVER = "It may have run, and been undone by hand, or never have run at all."
REMOVED_BEFORE = (
    "What could not work may have been made, and removed by hand before the column was given"
    " another type."
)

_PLACE = re.compile(r"@(\d+):(\d+)")


def statement_reason(
    inventory: Inventory,
    run: Run,
    verdict: Verdict,
    effects: Iterable[EffectVerdict],
    rows: Sequence[RowEffect],
) -> str:
    """The catalog fact behind a statement's verdict."""
    if run.error:
        return f"The shadow refused it: {run.error}."
    facts = [
        f"{e.kind} {e.identity}: {named(inventory, e.fact)}"
        for e in effects
        if e.verdict is verdict or verdict is Verdict.DIFFERENT
    ]
    facts += [
        f"a later statement writes or removes these rows of {r.table}"
        if r.replaced
        else f"{r.matched} of {r.rows} rows of {r.table} found {r.detail}"
        if r.strength == "exact" and r.matched is not None
        else f"{r.table}: {r.detail}: {'yes' if r.matched else 'no'}"
        for r in rows
        if r.matched is not None
    ]
    if not facts:
        return "It leaves nothing in the catalog, and no rows, that could be looked up."
    more = f" (and {len(facts) - 3} more)" if len(facts) > 3 else ""
    return "; ".join(facts[:3]) + more + "." + _unchecked(run)


def _unchecked(run: Run) -> str:
    """What is said of a function that could not be made with its body checked."""
    if not run.unchecked:
        return ""
    return f" Its body names what is not there ({run.unchecked}); production has it all the same."


def named(inventory: Inventory, fact: str) -> str:
    """A fact with `@file:statement` replaced by the file's path and line."""

    def place(match: re.Match[str]) -> str:
        file = inventory.files[int(match[1])]
        return f"{file.path}:{file.statements[int(match[2])].line}"

    return _PLACE.sub(place, fact)


def reason(
    verdict: MigrationVerdict,
    statements: Sequence[StatementVerdict],
    half_true: bool = False,
    no_trace: bool = False,
) -> str:
    """A migration's verdict as a count of its statements'. `half_true`: all that could tell is
    conditions on rows, and not all of them hold. `no_trace`: all that it made is gone."""
    if half_true:
        return f"{_of(statements)}: what would be so of rows, had they run, is so only in part."
    if no_trace:
        return f"{_of(statements)}: the history says that it ran, and nothing in production does."
    if verdict is MigrationVerdict.UNVERIFIABLE and statements:
        return _why_unverifiable(statements)
    counts = Counter(s.verdict for s in statements)
    parts = [f"{counts[v]} {v.value}" for v in Verdict if counts[v]]
    if not parts:
        return "It holds no statement."
    return f"{_of(statements)}: {', '.join(parts)}."


def stopped_at(statements: Sequence[StatementVerdict], by_hand: Collection[ObjectId]) -> str:
    """What is said of a file whose first missing statement makes what somebody had made already, of
    those `by_hand`; nothing of others."""
    missing = next((s for s in statements if not s.ran and s.effects), None)
    found = [
        effect
        for effect in (missing.effects if missing else ())
        if effect.change is Change.CREATED
        and any((id.kind, id.identity) == (effect.kind, effect.identity) for id in by_hand)
    ]
    if missing is None or not found:
        return ""
    went_on = any(s.ran and s.effects for s in statements if s.index > missing.index)
    stop = f"It may have stopped at line {missing.line}"
    how = f"Line {missing.line} may have failed" if went_on else stop
    return f" {how}: {found[0].kind} {found[0].identity} was there already, made by hand."


def could_not(statements: Sequence[StatementVerdict]) -> str:
    """What is said of a file with statements that production's types did not let work."""
    lines: dict[str, list[str]] = {}
    for s in statements:
        if s.unfit:
            lines.setdefault(s.unfit, []).append(str(s.line))
    return "".join(
        f" {'Lines' if found[1:] else 'Line'} {', '.join(found)} could not work: {why}."
        for why, found in lines.items()
    )


def refused_upon(unfit: Unfit) -> str:
    """What is said of such a statement."""
    return f" It could not work: {unfit.why}, and upon that the server says: {unfit.said}."


def begun_at(statements: Sequence[StatementVerdict]) -> str:
    """What is said of a file of which production has only what the shadow cannot make."""
    lines = [s.line for s in statements if s.standing]
    return f" It began to run: production has what line {lines[0]} makes, and nothing else does."


def _of(statements: Sequence[StatementVerdict]) -> str:
    return f"Of {len(statements)} statements" if len(statements) != 1 else "Of 1 statement"


def _why_unverifiable(statements: Sequence[StatementVerdict]) -> str:
    refused = [s for s in statements if s.error]
    silent = len(statements) - len(refused)
    parts = []
    if silent:
        verb = "leaves" if silent == 1 else "leave"
        parts.append(f"{silent} {verb} nothing that could be looked up")
    if refused:
        verb = "fails" if len(refused) == 1 else "fail"
        parts.append(
            f"{len(refused)} {verb} on the shadow (line {refused[0].line}: {refused[0].error})"
        )
    return f"{_of(statements)}: {', '.join(parts)}."


def alternative(verdict: MigrationVerdict, file: File, best: Guided) -> str:
    """The second-best explanation, where the evidence leaves one."""
    if verdict is MigrationVerdict.SUPERSEDED:
        return "Had it never run, production would look the same."
    gap, shape = best.better.runner_up.get(file.number, (99.0, ()))
    if gap > CLOSE or not shape:
        return ""
    if all(shape):
        return "It may have run whole, and what is missing was removed or changed by hand."
    if not any(shape):
        return "It may never have run, and what is there was made by hand or by others."
    return "It may have run only in part, and the rest was not removed by hand but never made."
