"""A drift report as Markdown, and as plain data that a terminal can lay out. Pure strings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from reconcile_pipeline.drift import markdown
from reconcile_pipeline.drift.model import DriftReport, Finding
from reconcile_pipeline.drift.tables import local_name, status_rows, unexplained_rows
from reconcile_pipeline.drift.words import ADVICE, MEANING, ORDER, count, listing
from reconcile_pipeline.redact import redact

_COLUMNS = ("Local", "Remote", "Verdict", "Finding", "Note")
_BY_HAND_COLUMNS = ("Change", "Kind", "Identity", "Differs in", "Note")
_WORDS = frozenset({"Verdict", "Finding", "Kind"})
_CODE = frozenset({"Local", "Remote", "Identity"})


@dataclass(frozen=True, slots=True)
class PlainTable:
    """A table before any layout. `tones` has one entry a row: good, warn, bad or plain."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    tones: tuple[str, ...]


_TONE = {
    Finding.SYNCHRONIZED: "good",
    Finding.PENDING_DESTRUCTIVE: "bad",
    Finding.PHANTOM: "bad",
}


def headline(report: DriftReport) -> str:
    """One sentence: in step, or what is wrong, the most pressing first."""
    files = sum(1 for m in report.migrations if m.file is not None)
    if report.in_step:
        but = f" ({count(len(report.ignored), 'object')} ignored)" if report.ignored else ""
        return f"In step: {count(files, 'migration')}, nothing to push, nothing unexplained{but}."
    found = Counter(m.finding for m in report.migrations)
    parts = [
        f"{found[finding]} {finding.value.replace('_', ' ')}"
        for finding in ORDER
        if found[finding] and finding is not Finding.SYNCHRONIZED
    ]
    if report.unexplained:
        parts.append(f"{count(len(report.unexplained), 'object')} changed by hand")
    return f"Drift: {listing(parts)}; {count(found[Finding.SYNCHRONIZED], 'migration')} in step."


def next_steps(
    report: DriftReport, plan: str = "See what would be done with: reconcile plan"
) -> tuple[str, ...]:
    """What a person should do now, the most pressing first; empty when in step.

    `plan`: says where the plan is seen, for those who read this.
    """
    if report.in_step:
        return ()
    steps = []
    for finding in ORDER:
        names = [
            local_name(m) or m.version or "" for m in report.migrations if m.finding is finding
        ]
        if names and finding is not Finding.SYNCHRONIZED:
            steps.append(f"{listing(names, limit=8)}: {ADVICE[finding]} ({MEANING[finding]}).")
    if report.unexplained:
        steps.append(
            f"{count(len(report.unexplained), 'object')} changed by hand: "
            "adopt each into a migration, or put it back."
        )
    steps.append(f"Until then, push nothing. {plan}")
    return tuple(steps)


def status_table(report: DriftReport) -> PlainTable:
    """Local | Remote | Verdict | Finding | Note, one row a migration."""
    return PlainTable(
        f"{report.target}: {headline(report)}",
        _COLUMNS,
        tuple(tuple(row) for row in status_rows(report)),
        tuple(_TONE.get(m.finding, "warn") for m in report.migrations),
    )


def unexplained_table(report: DriftReport) -> PlainTable:
    """Change | Kind | Identity | Differs in | Note, one row an object changed by hand."""
    rows = tuple(tuple(row) for row in unexplained_rows(report))
    return PlainTable("Changed by hand", _BY_HAND_COLUMNS, rows, ("warn",) * len(rows))


def ignored_line(report: DriftReport) -> str:
    """What differs and is no drift, since reconcile.toml says so; empty where nothing is."""
    if not report.ignored:
        return ""
    names = [redact(str(id)) for id in report.ignored]
    return f"Ignored, as reconcile.toml says: {listing(names, limit=8)}."


def to_markdown(report: DriftReport) -> str:
    """The whole report: headline, findings, what was changed by hand, what to do next."""
    parts = [f"**{markdown.escape(headline(report))}**", _table(status_table(report))]
    if report.unexplained:
        parts += ["### Changed by hand", _table(unexplained_table(report))]
    if ignored := ignored_line(report):
        parts.append(markdown.escape(ignored))
    if steps := next_steps(report):
        parts += ["### What to do next", _bullets(steps)]
    if report.notes:
        parts += ["### Notes", _bullets(tuple(redact(note) for note in report.notes))]
    parts.append(
        f"Production's fingerprint: {markdown.code(report.fingerprint)}. "
        f"History: {markdown.escape(report.history_tool)}."
    )
    return "\n\n".join(parts) + "\n"


def _table(plain: PlainTable) -> str:
    rows = (
        [_cell(name, cell) for name, cell in zip(plain.columns, row, strict=True)]
        for row in plain.rows
    )
    return markdown.table(plain.columns, rows)


def _cell(column: str, text: str) -> str:
    if column in _CODE:
        return markdown.code(text, in_table=True)
    return markdown.escape(text.replace("_", " ") if column in _WORDS else text)


def _bullets(items: tuple[str, ...]) -> str:
    return "\n".join(f"- {markdown.escape(item)}" for item in items)
