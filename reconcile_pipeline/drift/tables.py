"""A drift report as rows: the tables that people see, and the frames they take away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from reconcile_pipeline.attribution.model import (
    MigrationReport,
    MigrationVerdict,
    StatementVerdict,
    Verdict,
)
from reconcile_pipeline.drift.model import DriftReport, Finding, MigrationFinding
from reconcile_pipeline.drift.words import BY_HAND, MEANING, at_lines, count, listing
from reconcile_pipeline.redact import redact

if TYPE_CHECKING:
    import pandas

LIVE = frozenset({Verdict.APPLIED, Verdict.SUPERSEDED})
"""Verdicts of a statement that ran, and whose effect was not changed by hand since."""


def is_live(statement: StatementVerdict, adopted: Collection[str] = ()) -> bool:
    """True where production shows what the statement did, but for what was changed since by hand
    of `adopted`: identities of the objects whose change the reconciliation migration carries.
    """
    if statement.verdict in LIVE:
        return True
    changed = [effect.identity for effect in statement.effects if effect.verdict not in LIVE]
    return statement.verdict is Verdict.DIFFERENT and all(one in adopted for one in changed)


class StatusRow(NamedTuple):
    """One migration: its local name or '', the recorded version or '', and what is true of it."""

    local: str
    remote: str
    verdict: str
    finding: str
    note: str


class StatementRow(NamedTuple):
    """One statement of one file, with the catalog facts behind its verdict."""

    local: str
    line: int
    statement: str
    verdict: str
    fact: str


class UnexplainedRow(NamedTuple):
    """One object that was changed by hand. `facets`: what differs, joined by commas."""

    change: str
    kind: str
    identity: str
    facets: str
    note: str


class Frame(StrEnum):
    """The tables that `to_frame` makes."""

    STATUS = "status"
    STATEMENTS = "statements"
    UNEXPLAINED = "unexplained"


def status_rows(report: DriftReport) -> list[StatusRow]:
    """One row a migration, in the report's order."""
    return [
        StatusRow(
            local_name(finding),
            (finding.version or "") if finding.recorded else "",
            finding.verdict,
            finding.finding.value,
            redact(_note(finding)),
        )
        for finding in report.migrations
    ]


def statement_rows(report: DriftReport) -> list[StatementRow]:
    """One row a statement, in the order of the directory and of each file."""
    return [
        StatementRow(
            local_name(finding),
            statement.line,
            statement.tag,
            statement.verdict.value,
            statement_fact(statement),
        )
        for finding in report.migrations
        if finding.report
        for statement in finding.report.statements
    ]


def unexplained_rows(report: DriftReport) -> list[UnexplainedRow]:
    """One row an object changed by hand: added, then changed, then removed; each by identity."""
    rows = [
        UnexplainedRow(
            u.change.value,
            u.id.kind.value,
            redact(u.id.identity),
            ", ".join(sorted(u.facets)) if u.expected and u.actual else "",
            redact(u.note) or BY_HAND[u.change],
        )
        for u in report.unexplained
    ]
    return sorted(rows)


def to_frame(report: DriftReport, table: Frame = Frame.STATUS) -> pandas.DataFrame:
    """One of the tables as a pandas frame: text columns, but for `line`, which is integers."""
    import pandas  # about 2 s of imports that `reconcile status` must not pay

    match table:
        case Frame.STATUS:
            return pandas.DataFrame(status_rows(report), columns=list(StatusRow._fields))
        case Frame.STATEMENTS:
            return pandas.DataFrame(statement_rows(report), columns=list(StatementRow._fields))
        case Frame.UNEXPLAINED:
            return pandas.DataFrame(unexplained_rows(report), columns=list(UnexplainedRow._fields))


def local_name(finding: MigrationFinding) -> str:
    """`003_core_schema` for a file with a version, else its path; '' where there is no file."""
    if finding.file is None:
        return ""
    if finding.version and finding.name:
        return f"{finding.version}_{finding.name}"
    return finding.version or finding.file.removesuffix(".sql")


def statement_fact(statement: StatementVerdict) -> str:
    """Why a statement has its verdict: its own reason, else its effects' facts."""
    if statement.reason or statement.error:
        error = "" if statement.error in statement.reason else statement.error
        return redact("; ".join(part for part in (statement.reason, error) if part))
    facts = [effect.fact or f"{effect.kind} {effect.identity}" for effect in statement.effects]
    return redact(listing(list(dict.fromkeys(facts)), limit=3))


def tally(report: MigrationReport) -> str:
    """`5 of 8 statements live`, and what cannot be checked where there is any."""
    verdicts = Counter(statement.verdict for statement in report.statements)
    live = sum(verdicts[verdict] for verdict in LIVE)
    total = count(len(report.statements), "statement")
    if (unverifiable := verdicts[Verdict.UNVERIFIABLE]) == len(report.statements):
        return f"none of {total} can be checked"
    text = f"{live} of {total} live"
    if unverifiable:
        text += f", {unverifiable} cannot be checked"
    return text


def _note(finding: MigrationFinding) -> str:
    report = finding.report
    if report is None:
        return MEANING[finding.finding]
    if finding.finding is Finding.SYNCHRONIZED:  # only what it says in spite of that
        return report.reason if report.verdict is MigrationVerdict.UNVERIFIABLE else ""
    match finding.finding:
        case Finding.PENDING_DESTRUCTIVE if finding.hazards:
            parts = [worst(finding.hazards)]
        case Finding.HALF_APPLIED if missing := _missing(report):
            parts = [tally(report), missing]
        case Finding.ALTERED if changed := _changed(report):
            parts = [changed]
        case _:
            parts = [report.reason or (tally(report) if report.statements else "")]
    if alternative := report.alternative:
        parts.append(f"or else: {alternative[:1].lower()}{alternative[1:]}")
    return "; ".join(part.rstrip(".") for part in parts if part)


def worst(hazards: tuple[str, ...], limit: int = 2) -> str:
    """The first hazards, which are the worst, in one clause."""
    shown = [hazard.rstrip(".") for hazard in hazards[:limit]]
    if more := len(hazards) - len(shown):
        shown.append(f"and {more} more")
    return "; ".join(shown)


def _missing(report: MigrationReport) -> str:
    lines: dict[str, list[str]] = {}
    for statement in report.statements:
        if statement.verdict is Verdict.ABSENT:
            lines.setdefault(statement.tag, []).append(str(statement.line))
    named = [f"{tag} ({at_lines(at, limit=4)})" for tag, at in lines.items()]
    return f"missing: {listing(named, limit=3)}" if named else ""


def _changed(report: MigrationReport) -> str:
    if report.verdict is MigrationVerdict.UNVERIFIABLE:  # nor is it said that it ever ran
        return ""
    effects = [
        f"{effect.kind} {effect.identity}"
        for statement in report.statements
        for effect in statement.effects
        if effect.verdict not in LIVE and effect.verdict is not Verdict.UNVERIFIABLE
    ]
    names = listing(list(dict.fromkeys(effects)), limit=3)
    return f"changed since: {names}" if effects else ""
