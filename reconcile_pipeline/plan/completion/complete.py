"""Completion: run what a half-applied migration still lacks, from its own file, and no more."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconcile_pipeline.attribution.model import EffectVerdict, StatementVerdict, Verdict
from reconcile_pipeline.catalog.model import Change, Kind, ObjectId, Snapshot
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.config import Target
from reconcile_pipeline.drift.model import DriftReport, MigrationFinding
from reconcile_pipeline.drift.words import listing
from reconcile_pipeline.migrations.hazards import judge
from reconcile_pipeline.plan import announce
from reconcile_pipeline.plan.completion.altered import questions
from reconcile_pipeline.plan.completion.another_shape import in_another_shape
from reconcile_pipeline.plan.completion.in_path import Setting, settings, spelled_out
from reconcile_pipeline.plan.completion.left_out import left_out
from reconcile_pipeline.plan.completion.not_null import closes, lasts, opens
from reconcile_pipeline.plan.completion.not_yet_made import as_missing
from reconcile_pipeline.plan.completion.online import arrange
from reconcile_pipeline.plan.completion.validation import validates
from reconcile_pipeline.plan.conditions import all_there, not_yet
from reconcile_pipeline.plan.judging import judged
from reconcile_pipeline.plan.locks import locks_of_step
from reconcile_pipeline.plan.model import Step, StepKind
from reconcile_pipeline.plan.relations import Relations
from reconcile_pipeline.plan.undo import undo_of

#: What completion never runs unless the configuration allows the rule by name.
BLOCKING = frozenset({"deletes_data", "rewrites_table", "irreversible"})

_OUTSIDE = re.compile(r"\A\s*(CREATE|DROP|REINDEX)\b.*?\bCONCURRENTLY\b", re.IGNORECASE | re.DOTALL)
_WRITES_ROWS = frozenset({"UPDATE", "DELETE", "TRUNCATE", "MERGE", "COPY", "DO", "CALL", "SELECT"})


@dataclass(frozen=True, slots=True)
class Completion:
    """The steps that complete one migration; or why it cannot be completed."""

    steps: tuple[Step, ...]
    declined: str = ""
    warnings: tuple[str, ...] = ()


def complete(
    finding: MigrationFinding,
    target: Target,
    production: Snapshot,
    before: int = 0,
    later: Sequence[MigrationFinding] = (),
) -> Completion:
    """Steps for the statements of one file that production lacks. `before`: so many steps there
    are of other files of the same version. `later`: the migrations after it."""
    assert finding.report is not None
    label = finding.version or finding.name
    missing: list[StatementVerdict] = []
    warnings: list[str] = []
    for statement in finding.report.statements:
        if statement.ran:
            continue
        if is_completed(statement):
            if statement.rows and all(_tag(each) == "INSERT" for each in (*missing, statement)):
                warnings.append(
                    f"{label}, line {statement.line}: its rows are not there, so they are inserted;"
                    " if they were deleted on purpose, take the statement out of the file."
                )
            missing.append(statement)
        elif statement.verdict is Verdict.DIFFERENT:
            return Completion((), in_another_shape(statement, later))
        elif is_left(statement) or statement.error:
            warnings.append(f"{label}, {left_out(statement, missing, is_left(statement))}")
    if not missing:
        lacking = [f"line {s.line}, {s.tag}" for s in finding.report.statements if not s.ran]
        if not lacking:
            return Completion((), "nothing shows whether it ran; run it by hand if it is wanted")
        return Completion(
            (), f"nothing of what it lacks can be run safely ({listing(lacking, limit=5)})"
        )
    set_before = settings(finding.report.statements)
    missing = spelled_out(missing, set_before, Relations(production).names)
    hazards = [(s, judge(s.sql)) for s in missing]
    for statement, found in hazards:
        blocked = [h for h in found if h.rule in BLOCKING - set(target.allow_hazards)]
        if blocked:
            rules = ", ".join(sorted({h.rule for h in blocked}))
            why = " ".join(dict.fromkeys(h.message for h in blocked)).rstrip(".")
            return Completion(
                (),
                f"line {statement.line}, {statement.tag}, is not run unasked ({rules}): {why}; "
                "allow_hazards in reconcile.toml lets it run",
            )
    arranged = arrange(missing, production)
    name = f"complete-{label}.{before + 1}" if before else f"complete-{label}"
    steps = [
        _step(f"{name}{suffix}", finding, group, target, production, arranged, set_before)
        for suffix, group in _groups(arranged)
    ]
    return Completion(tuple(steps), warnings=tuple(warnings))


def is_completed(statement: StatementVerdict) -> bool:
    """Whether completing its migration runs this statement.

    What writes rows, and does not only add them, could have run before its rows were changed.
    """
    absent = not statement.ran and statement.verdict is Verdict.ABSENT
    return absent and _tag(statement) not in _WRITES_ROWS


def is_left(statement: StatementVerdict) -> bool:
    """Whether it writes rows, and nothing tells if it did: an INSERT, too, of what other rows say
    where a replay has none.
    """
    if (tag := _tag(statement)) == "INSERT":
        return statement.verdict is Verdict.UNVERIFIABLE
    return tag in _WRITES_ROWS - {"SELECT"}


def completed_by(report: DriftReport) -> dict[str, str]:
    """Missing statements, and the objects that they make, as `view public.v` -> their migration."""
    found: dict[str, str] = {}
    for m in as_missing(report).migrations:
        for statement in m.report.statements if m.report else ():
            if is_completed(statement):
                names = [f"{effect.kind} {effect.identity}" for effect in statement.effects]
                found |= dict.fromkeys((statement.sql.strip(), *names), m.version or m.name)
    return found


def taken_away(
    unexplained: Iterable[ObjectId],
    production: Snapshot,
    report: DriftReport,
    steps: Sequence[Step],
) -> dict[ObjectId, str]:
    """Objects changed by hand that a completion drops, with all that is theirs -> the step's id.

    Adopted, such an object would be made again by the reconciliation migration.
    """
    completions = [step for step in steps if step.kind is StepKind.COMPLETION]
    first = {answer: step.id for step in reversed(completions) for answer in step.answers}
    runs = {
        (a, sql): step.id for step in completions for a in step.answers for sql in step.statements
    }
    gone: dict[ObjectId, str] = {}
    for m in report.migrations:
        for statement in m.report.statements if m.report else ():
            label = m.version or m.name
            # The text of one that drops an index gained a CONCURRENTLY.
            step = runs.get((label, statement.sql)) or first.get(label, "")
            for effect in statement.effects if step and is_completed(statement) else ():
                id = ObjectId(Kind(effect.kind), effect.identity)
                if effect.change is Change.DROPPED:
                    gone[id] = step
                else:
                    gone.pop(id, None)  # made anew
    found: dict[ObjectId, str] = {}
    for id in unexplained:
        above: ObjectId | None = id
        while above is not None and above not in gone:
            above = production.parent(above)
        if above is not None:
            found[id] = gone[above]
    return found


def _tag(statement: StatementVerdict) -> str:
    return statement.tag.upper().split(" ")[0]


def _groups(
    missing: Collection[StatementVerdict],
) -> list[tuple[str, list[StatementVerdict]]]:
    """Statements that touch the platform's tables, or cannot be in a transaction, go on their own,
    and so do those that validate a constraint.

    A trigger on `auth.users` takes a lock that every signup waits for: its transaction is short.
    Validating takes its time, for which nothing else should stay locked.
    """
    groups: list[list[StatementVerdict]] = []
    alone = False
    for statement in missing:
        outside = _OUTSIDE.match(statement.sql) is not None
        lonely = (
            outside
            or validates(statement.sql)
            or any(
                effect.identity.split(".", 1)[0] in MANAGED_SCHEMAS for effect in statement.effects
            )
        )
        if not groups or ((lonely or alone) and not _makes_anew(statement, groups[-1])):
            groups.append([])
        groups[-1].append(statement)
        alone = (lonely and not opens(statement.sql)) or closes(statement.sql)
    if len(groups) == 1:
        return [("", groups[0])]
    return [(f"-{number}", group) for number, group in enumerate(groups, 1)]


def _makes_anew(statement: StatementVerdict, before: Sequence[StatementVerdict]) -> bool:
    """Whether it makes what these drop: nobody should meanwhile find it missing."""
    dropped = {
        (effect.kind, effect.identity)
        for each in before
        if _OUTSIDE.match(each.sql) is None
        for effect in each.effects
        if effect.change is Change.DROPPED
    }
    made = {(e.kind, e.identity) for e in statement.effects if e.change is Change.CREATED}
    return _OUTSIDE.match(statement.sql) is None and not dropped.isdisjoint(made)


def _step(
    id: str,
    finding: MigrationFinding,
    statements: list[StatementVerdict],
    target: Target,
    production: Snapshot,
    of_file: Sequence[StatementVerdict],
    set_before: Mapping[int, Setting],
) -> Step:
    effects = [effect for statement in statements for effect in statement.effects]
    transactional = _OUTSIDE.match(statements[0].sql) is None
    commands = tuple(_with_settings(statements, set_before if transactional else {}))
    lasting = [effect for effect in effects if lasts(effect)]
    lines = list(dict.fromkeys(str(s.line) for s in statements))
    word = "lines" if lines[1:] else "line"
    listed = ", ".join(lines[:8]) + (" …" if lines[8:] else "")
    # Deletions and rewrites get here only where the configuration allows their rules by name.
    rows = announce.rows(commands, production) | _inserted(statements)
    locks = locks_of_step(commands, production, _relations(effects), [s.sql for s in of_file])
    return Step(
        id=id,
        kind=StepKind.COMPLETION,
        purpose=f"Run what {finding.file} still lacks ({word} {listed})",
        statements=commands,
        answers=(finding.version or finding.name,),
        hazards=judged(commands, strict=target.strict_hazards),
        lock_timeout_ms=target.lock_timeout_ms,
        statement_timeout_ms=target.statement_timeout_ms,
        locks=locks,
        precondition=not_yet(lasting, Relations(production).names & locks.keys()),
        postcondition=all_there(lasting, questions(commands)),
        undo=undo_of(effects, production, _on_platform(of_file)),
        transactional=transactional,
        rows=rows or None,
        rewrites=announce.rewrites(commands, production),
    )


def _on_platform(statements: Iterable[StatementVerdict]) -> list[str]:
    """The text of those that make triggers on the platform's tables."""
    return [
        statement.sql
        for statement in statements
        if any(
            effect.kind == "trigger" and effect.identity.split(".", 1)[0] in MANAGED_SCHEMAS
            for effect in statement.effects
        )
    ]


def _with_settings(
    statements: Iterable[StatementVerdict], set_before: Mapping[int, Setting]
) -> Iterator[str]:
    """The statements, each after what its file has set before it, where that is not set yet."""
    now = Setting()
    for statement in statements:
        setting = set_before.get(statement.index, Setting())
        yield from setting.after(now)
        yield statement.sql
        now = setting
    yield from now.end()


def _relations(effects: list[EffectVerdict]) -> frozenset[str]:
    """The relations that these effects are about."""
    return frozenset(
        ".".join(effect.identity.split(".")[:2]) for effect in effects if "." in effect.identity
    )


def _inserted(statements: list[StatementVerdict]) -> dict[str, announce.Rows]:
    """Tables that missing INSERTs fill."""
    return {row.table: (None, 0, 0) for statement in statements for row in statement.rows}
