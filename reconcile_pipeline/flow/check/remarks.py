"""From what was found to remarks. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from reconcile_pipeline.attribution.model import MigrationVerdict
from reconcile_pipeline.drift.find import DELETES
from reconcile_pipeline.drift.model import DriftReport, Finding, MigrationFinding
from reconcile_pipeline.drift.words import MEANING, count, listing, meaning
from reconcile_pipeline.evidence.model import Push
from reconcile_pipeline.flow.check.model import Level, Remark
from reconcile_pipeline.flow.check.trial import Failing
from reconcile_pipeline.migrations.model import Inventory, MigrationFile, Severity

#: What no setting lets pass: it is about rows that are there.
NEVER_ALLOWED = frozenset({"rows_at_stake", "does_not_parse"})

RULES: Final[Mapping[str, str]] = {
    "does_not_parse": "The file is not SQL that PostgreSQL reads",
    "odd_file": "The file's name or bytes will surprise the tool or a reader",
    "rows_at_stake": "The statement would delete rows that production has now",
    "push_fails": "The statement fails on a copy of production's structure",
    "replay_fails": "The statement fails when the directory is run from nothing",
    "already_live": "Production has it already, though the history does not name it",
    "half_applied": "A part of the file is in production already",
    "altered": "The file ran, and what it made was changed since",
    "phantom": "The history names the file, but it is not live",
    "file_missing": "The history names a version that has no file",
    "out_of_order": "The file sorts before one that ran already",
    "changed_by_hand": "Production holds changes that no migration makes",
}
"""Rules of a check beside the hazards: name -> what it means, in one sentence."""

_BY_SEVERITY = {
    Severity.DANGER: Level.ERROR,
    Severity.WARNING: Level.WARNING,
    Severity.NOTICE: Level.NOTE,
}
_SAID: Final[Mapping[Finding, tuple[str, Level, str]]] = {
    Finding.UNRECORDED: (
        "already_live",
        Level.WARNING,
        "Production has it already, but the history does not name it: a push runs it again.",
    ),
    Finding.HALF_APPLIED: (
        "half_applied",
        Level.WARNING,
        "Some of its statements are in production, some are not.",
    ),
    Finding.ALTERED: ("altered", Level.WARNING, "It ran, and what it made was changed since."),
    Finding.PHANTOM: (
        "phantom",
        Level.WARNING,
        "The history says that it ran, but it is not live: no push will run it.",
    ),
}


def of_files(inventory: Inventory, chosen: frozenset[str]) -> Iterator[Remark]:
    """What is wrong with the chosen files as they lie there."""
    for file in inventory.files:
        if file.path not in chosen:
            continue
        for problem in inventory.problems.get(file.path, ()):
            line, message = _line(problem)
            if line:
                yield Remark(Level.ERROR, "does_not_parse", message, file.path, line)
            else:
                shared = problem.startswith("shares version")
                level = Level.ERROR if shared else Level.WARNING
                yield Remark(level, "odd_file", _sentence(f"The file {problem}"), file.path)


def of_stakes(push: Push | None, files: tuple[MigrationFile, ...]) -> Iterator[Remark]:
    """The rows that a push of these files would delete, statement by statement."""
    tags = {(file.path, s.line): s.tag for file in files for s in file.statements}
    for stake in push.at_stake if push else ():
        number = count(sum(rows for _, rows in stake.rows), "row")
        lost = listing([f"{rows:,} of {table}" for table, rows in stake.rows], limit=6)
        what = tags.get((stake.file, stake.line), "It")
        message = f"{what} would delete {number} of production: {lost}."
        yield Remark(Level.ERROR, "rows_at_stake", message, stake.file, stake.line, stake.rows)


def of_hazards(files: tuple[MigrationFile, ...], push: Push | None) -> Iterator[Remark]:
    """What the statements of files with hazards could do.

    `push`: the rows at stake where production was asked; then deleting from what holds nothing is
    only a warning.
    """
    counted = {(s.file, s.line) for s in push.at_stake} if push else set()
    for file in files:
        for statement in file.statements:
            for hazard in statement.hazards:
                level, message = _BY_SEVERITY[hazard.severity], hazard.message
                if hazard.rule == DELETES and (file.path, statement.line) in counted:
                    continue  # said, with its rows
                if hazard.rule == DELETES and push is not None:
                    level = Level.WARNING
                    message += " Production holds no such row now."
                yield Remark(level, hazard.rule, message, file.path, statement.line)


def of_failing(failing: tuple[Failing, ...], *, online: bool) -> Iterator[Remark]:
    """The statements that a trial saw fail."""
    for each in failing:
        error = _sentence(each.error)
        if not online:
            yield Remark(
                Level.ERROR,
                "replay_fails",
                f"{each.tag} fails when the directory is run from nothing: {error}",
                each.file,
                each.line,
            )
        elif each.certain:
            yield Remark(
                Level.ERROR,
                "push_fails",
                f"{each.tag} fails, and a push stops here: {error}",
                each.file,
                each.line,
            )
        else:
            yield Remark(
                Level.WARNING,
                "push_fails",
                f"{each.tag} fails on a copy of production that has none of its rows; "
                f"try it where they are: {error}",
                each.file,
                each.line,
            )


def of_drift(report: DriftReport, chosen: frozenset[str]) -> Iterator[Remark]:
    """What of production's drift bears on a push."""
    newest = max((m.version or "" for m in report.migrations if m.recorded and m.file), default="")
    for migration in report.migrations:
        if migration.file is None:
            yield Remark(
                Level.ERROR,
                "file_missing",
                f"Version {migration.version}: {MEANING[Finding.FILE_MISSING]}; "
                "the tool refuses to push.",
            )
        elif migration.file in chosen:
            yield from _of_migration(migration, newest)
    if report.unexplained:
        number = count(len(report.unexplained), "object")
        yield Remark(
            Level.WARNING,
            "changed_by_hand",
            f"{number} of production changed by hand, and no migration says so. "
            "See them with: reconcile drift",
        )


def _of_migration(migration: MigrationFinding, newest: str) -> Iterator[Remark]:
    assert migration.file is not None
    if migration.finding in _SAID:
        rule, level, message = _SAID[migration.finding]
        if rule == "altered" and migration.verdict == MigrationVerdict.UNVERIFIABLE:
            message = _sentence(meaning(migration))
        yield Remark(level, rule, message, migration.file)
    pending = migration.version and not migration.recorded
    if pending and (migration.version or "") < newest:
        yield Remark(
            Level.WARNING,
            "out_of_order",
            f"It sorts before {newest}, which ran already: the tool refuses it, or has to be told "
            "to include it.",
            migration.file,
        )


def _line(problem: str) -> tuple[int, str]:
    """`line 7: syntax error …` as (7, `Syntax error ….`); (0, …) where no line is named."""
    head, _, rest = problem.partition(": ")
    if head.startswith("line ") and head[5:].isdigit():
        return int(head[5:]), _sentence(rest)
    return 0, _sentence(problem)


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text[:1].upper() + text[1:].rstrip(".") + "."
