"""What findings and verdicts mean, in words for people: one place for all renderings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reconcile_pipeline.attribution.model import HandChange, MigrationVerdict, Verdict
from reconcile_pipeline.drift.model import Finding, MigrationFinding

MEANING: Final[Mapping[Finding, str]] = {
    Finding.SYNCHRONIZED: "live, and the history says so",
    Finding.UNRECORDED: "live, but the history does not name it",
    Finding.HALF_APPLIED: "some of its statements are live, some are not",
    Finding.PENDING: "not live, and the history does not name it",
    Finding.PENDING_DESTRUCTIVE: "not live, and running it would do harm",
    Finding.PHANTOM: "the history names it, but it is not live",
    Finding.ALTERED: "live and recorded, but changed since",
    Finding.FILE_MISSING: "the history names it, but there is no file",
}
"""One clause a finding; the subject is the migration."""


def meaning(migration: MigrationFinding) -> str:
    """The finding's meaning for this migration: what left no trace is not said to be missing."""
    pending = migration.finding in (Finding.PENDING, Finding.PENDING_DESTRUCTIVE)
    if pending and migration.verdict == MigrationVerdict.UNVERIFIABLE:
        return "not named by the history, and leaves nothing that would show whether it ran"
    if migration.finding is Finding.ALTERED and migration.verdict == MigrationVerdict.UNVERIFIABLE:
        return "the history names it, and nothing shows that it ran: undone by hand, or never run"
    return MEANING[migration.finding]


ADVICE: Final[Mapping[Finding, str]] = {
    Finding.SYNCHRONIZED: "nothing",
    Finding.UNRECORDED: "record as applied",
    Finding.HALF_APPLIED: "run what is missing, then record as applied",
    Finding.PENDING: "decide whether to run; until then keep out of the directory",
    Finding.PENDING_DESTRUCTIVE: "keep out of the directory, so that no push can do harm",
    Finding.PHANTOM: "take out of the history, or run",
    Finding.ALTERED: "adopt what was changed, or put it back",
    Finding.FILE_MISSING: "find the file again, or leave a marker in its place",
}
"""What to do about each finding, as an order to a person."""

ORDER: Final[tuple[Finding, ...]] = (
    Finding.PENDING_DESTRUCTIVE,
    Finding.PHANTOM,
    Finding.HALF_APPLIED,
    Finding.ALTERED,
    Finding.FILE_MISSING,
    Finding.UNRECORDED,
    Finding.PENDING,
    Finding.SYNCHRONIZED,
)
"""Findings, the most pressing first."""

VERDICT_MEANING: Final[Mapping[Verdict, str]] = {
    Verdict.APPLIED: "production has it",
    Verdict.SUPERSEDED: "a later applied statement replaced it",
    Verdict.DIFFERENT: "production has it in another shape",
    Verdict.ABSENT: "production does not have it",
    Verdict.UNVERIFIABLE: "it leaves nothing that can be checked",
}
"""One clause a verdict; the subject is the statement."""

LETTER: Final[Mapping[Verdict, str]] = {
    Verdict.APPLIED: "A",
    Verdict.SUPERSEDED: "S",
    Verdict.DIFFERENT: "D",
    Verdict.ABSENT: "N",
    Verdict.UNVERIFIABLE: "U",
}
"""One letter a verdict, so that a map can be read without its colours. N is *not there*."""

BY_HAND: Final[Mapping[HandChange, str]] = {
    HandChange.ADDED: "production has it, and no migration makes it",
    HandChange.REMOVED: "the applied migrations make it, and production lacks it",
    HandChange.CHANGED: "production has it in another shape than the applied migrations make",
}
"""One clause a kind of change made by hand."""


def count(number: int, one: str, many: str = "") -> str:
    """`3 files`, `1 file`: a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listing(parts: tuple[str, ...] | list[str], limit: int = 0, conjunction: str = "and") -> str:
    """`a, b and c`; with `limit`, `a, b and 7 more`."""
    shown = list(parts)
    if limit and len(shown) > limit:
        shown = [*shown[:limit], f"{len(shown) - limit} more"]
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {conjunction} {shown[-1]}"


def at_lines(lines: tuple[str, ...] | list[str], limit: int = 0) -> str:
    """`line 3`, `lines 3, 7 and 9`; `limit` as of `listing`."""
    return f"{'line' if len(lines) == 1 else 'lines'} {listing(lines, limit)}"
