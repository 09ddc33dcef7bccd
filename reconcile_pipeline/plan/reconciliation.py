"""The reconciliation migration: in one file, what the archived files and people did to production.

It is recorded as applied and never run on production. Replaying the directory, it comes last and
leads to production's schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from reconcile_pipeline.attribution.model import StatementVerdict, Verdict
from reconcile_pipeline.drift.model import MigrationFinding
from reconcile_pipeline.migrations import layouts
from reconcile_pipeline.migrations.layouts.common import New
from reconcile_pipeline.migrations.model import Inventory
from reconcile_pipeline.migrations.settings import is_setting, left_set
from reconcile_pipeline.migrations.tags import TRANSACTION
from reconcile_pipeline.plan.completion.complete import is_completed
from reconcile_pipeline.plan.model import Lessons

NAME = "reconcile_production"
NO_LESSONS = Lessons()

_RECORDED = "Recorded as applied"
_UNRECORDED = "Production has all of it, so it is not to be run there"
_CONTROL = (*TRANSACTION, "SAVEPOINT", "RELEASE")


_UNCHECKED = "SET check_function_bodies = off"
_NUMBER = re.compile(r"[VB]?([0-9]+)")


def next_number(names: Iterable[str]) -> str:
    """The number after all that these versions or files begin with, in their own width: 021 -> 022.

    The client sorts versions as text; a number one higher and as wide sorts last.
    """
    known = [match[1] for match in map(_NUMBER.match, names) if match]
    if not known:
        return "001"
    width = max(map(len, known))
    return str(max(map(int, known)) + 1).zfill(width)


def new_file(inventory: Inventory, history_versions: Iterable[str], text: str) -> New:
    """The file, as the directory's layout wants it: the last one, in the order of its tool.

    Where no file has a version, files run in the order of their names, whatever those are.
    """
    versions = [file.version for file in inventory.files if file.version]
    named = [file for file in inventory.files if file.version or not versions]
    names = [PurePosixPath(file.path).parts[0] for file in named]
    number = next_number([*versions, *names, *history_versions])
    new = layouts.new_file(inventory.layout, number, NAME, text)
    if not versions and names and new.path < names[-1]:
        last = PurePosixPath(names[-1]).stem
        return layouts.new_file(inventory.layout, last, NAME, text)
    return new


def content(
    archived: Sequence[MigrationFinding],
    completed: frozenset[str],
    adoption: Sequence[str],
    recorded: bool = True,
    lessons: Lessons = NO_LESSONS,
) -> str:
    """The file's text: the archived files' live statements in their order, then adoptions.

    `completed`: files that the plan runs to their end. `recorded`: the plan records it. Otherwise
    people must know that production has all of it. `lessons` say which statements to leave out, and
    what to say at the end.
    """
    parts = [
        "-- Reconciliation migration: what the archived migrations and people did to production.\n"
        f"-- {_RECORDED if recorded else _UNRECORDED}; "
        "replaying this directory gives production's schema.\n"
    ]
    for m in archived:
        assert m.report is not None
        label = m.version or m.name
        whole = m.file in completed
        chosen = [
            s
            for s in m.report.statements
            if _is_live(s, whole)
            and place(label, s.line) not in lessons.unshown
            and s.sql.strip() not in lessons.needless
        ]
        if chosen:
            parts.append(f"\n-- From {m.file}\n")
            commands = [sql for s in chosen for sql in _as_it_runs(s)]
            parts += [_terminated(sql) for sql in commands]
            # Each file had a session of its own; what one sets is not for those that follow.
            names = dict.fromkeys(name for sql in commands for name in left_set(sql))
            parts += [f"RESET {name};\n" for name in names]
    if by_hand := [sql for sql in adoption if sql not in lessons.needless]:
        parts.append("\n-- Made by hand in production\n")
        parts += [_terminated(sql) for sql in by_hand]
    if lessons.amended:
        parts.append("\n-- As production has it: what is above makes it otherwise\n")
        parts += [_terminated(sql) for sql in lessons.amended]
    return "\n".join(parts) if len(parts) > 1 else ""


def place(label: str, line: int) -> str:
    """A statement as `Lessons.unshown` names it: `020, line 7`."""
    return f"{label}, line {line}"


def _is_live(statement: StatementVerdict, whole: bool) -> bool:
    if statement.tag.upper().startswith(_CONTROL):
        return False
    if statement.verdict is Verdict.ABSENT and statement.ran and not statement.effects:
        return False  # its rows are not there, and rows are not what the replay must lead to
    if statement.ran:
        # What the shadow refuses would fail there again, for nothing where others took its place.
        useless = not statement.effects or statement.verdict is Verdict.SUPERSEDED
        return not (statement.error and useless) or statement.standing
    # What is set for those that are completed is set for them in a replay, too.
    return whole and (is_completed(statement) or is_setting(statement.sql))


def _as_it_runs(statement: StatementVerdict) -> tuple[str, ...]:
    """The statement, after what must be set for a function whose body names what is not there."""
    return (_UNCHECKED, statement.sql) if statement.unchecked else (statement.sql,)


def _terminated(sql: str) -> str:
    return sql.rstrip().rstrip(";").rstrip() + ";\n"
