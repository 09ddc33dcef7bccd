"""Take a plan back, by a plan of its own: one transaction on production, then the directory.

All or nothing: the transaction must lead to exactly the production that was there before, else it
is rolled back. Rows that came meanwhile keep it from happening, looked for while nobody can write.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.apply.connection import open_connection
from reconcile_pipeline.apply.context import Context, Outcome, StepResult
from reconcile_pipeline.apply.directory.files import FilesResult
from reconcile_pipeline.apply.executor import run_statements
from reconcile_pipeline.apply.journal import Journal, read_journal
from reconcile_pipeline.apply.kept import keep_waiting, opened_at
from reconcile_pipeline.apply.names import find_relation
from reconcile_pipeline.apply.opening import opened
from reconcile_pipeline.apply.request import Request, Verification
from reconcile_pipeline.apply.transaction import run_step
from reconcile_pipeline.apply.undo.deeds import deeds
from reconcile_pipeline.apply.undo.files import check_undo, undo_files
from reconcile_pipeline.apply.undo.losses import created_columns, created_tables, losses
from reconcile_pipeline.apply.undo.plan import DATABASE, FILES
from reconcile_pipeline.apply.verification import look_after, look_before
from reconcile_pipeline.apply.waits.log import WatchLog
from reconcile_pipeline.apply.waits.waiting import Watcher
from reconcile_pipeline.errors import ApplyError
from reconcile_pipeline.plan.codec import plan_hash
from reconcile_pipeline.plan.model import Plan, Step
from reconcile_pipeline.plan.undo import LEADS_TO

#: Raises ApplyError unless this open transaction has led back to what was there before.
Check = Callable[[Connection[Any]], None]


@dataclass(frozen=True, slots=True)
class Undone:
    """The plan that is taken back, and its run folder. `check`: where a fingerprint is no proof,
    because others have changed something else since."""

    plan: Plan
    folder: Path
    check: Check | None = None


@dataclass(frozen=True, slots=True)
class UndoResult:
    """What was done. `restored`: production's fingerprint is the one before the plan."""

    steps: tuple[StepResult, ...]
    files: FilesResult
    restored: bool
    verification: Verification


def undo_plan(request: Request, undone: Undone) -> UndoResult:
    """Carry out an undo's plan. Run again after a crash, it goes on where it stopped.

    Raises the gate's errors, DirectoryError before anything is done where a file is not as the plan
    left it, and ApplyError where production does not let itself be led back.
    """
    steps = {step.id: step for step in request.plan.steps}
    files = undone.plan.files if FILES in steps else ()
    check_undo(files, request.root)
    # Once production is done, nothing more is written to it: only the directory is left.
    ended = _is_done(request.run_folder, DATABASE) or DATABASE not in steps
    with opened(request, changed_is_fine=ended and _begun(request.run_folder)) as context:
        before = look_before(context, request)
        assert before is not None
        results = []
        journal = context.journal
        watcher = Watcher(request.dsn, log=WatchLog(journal.folder, opened_at(journal)))
        try:
            with watcher:
                watcher.watch(context.connection)
                if not ended:
                    results.append(_production(context, request, steps[DATABASE], undone))
        finally:
            with suppress(ApplyError):
                keep_waiting(context.journal, watcher.result())
        changed = FilesResult()
        if files and not _is_done(request.run_folder, FILES):
            context.journal.write("started", FILES)
            changed = undo_files(files, request.root)
            context.journal.write("finished", FILES, milliseconds=0)
            results.append(StepResult(FILES, steps[FILES].kind.value, Outcome.DONE, 0))
        _forget(undone)
        seen = look_after(context, request)
        return UndoResult(
            tuple(results), changed, seen.fingerprint == undone.plan.fingerprint, seen
        )


def _production(context: Context, request: Request, step: Step, undone: Undone) -> StepResult:
    wanted = str((step.details or {}).get(LEADS_TO) or "")
    done = deeds(undone.plan, undone.folder, context.connection)

    def body(connection: Connection[Any]) -> Mapping[str, Any]:
        _stop_writers(
            connection, [*created_tables(done), *(t for t, _, _ in created_columns(done))]
        )
        # Our own transaction sees the rows that were there at its beginning. Nobody can add any
        # more now; what came in between is seen by another one.
        with open_connection(request.dsn) as other, other.transaction(force_rollback=True):
            other.execute("SET TRANSACTION READ ONLY")
            if lost := tuple(losses(other, done)):
                raise ApplyError(
                    f"The undo was rolled back: {'; '.join(lost)}. They would be lost.",
                    hint="Move those rows away first, then: reconcile undo.",
                )
        facts = run_statements(connection, step)
        if wanted and context.fingerprint(connection) != wanted:
            raise ApplyError(
                "The undo was rolled back: it does not lead back to what was there before."
            )
        if not wanted:
            if undone.check is None:
                raise ApplyError("The undo was rolled back: nothing shows where it leads.")
            undone.check(connection)
        return facts

    return run_step(context, step, body)


def _stop_writers(connection: Connection[Any], tables: list[str]) -> None:
    """Readers go on; who writes waits, or we give up after the step's lock_timeout."""
    for name in sorted(set(tables)):
        if (found := find_relation(connection, name)) is None:
            continue
        with suppress(psycopg.errors.WrongObjectType), connection.transaction():  # a view
            connection.execute(
                SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(
                    Identifier(found.schema, found.name)
                )
            )


def _forget(undone: Undone) -> None:
    """Into the plan's own journal: its steps are undone."""
    if not undone.folder.exists():
        return
    with Journal(undone.folder, plan_hash(undone.plan)) as journal:
        for step in undone.plan.steps:
            if (past := journal.of(step.id, "finished", "already", "committing", "page", "undone",
                                   "started")) and past[-1].event != "undone":  # fmt: skip
                journal.write("undone", step.id)


def _is_done(folder: Path, step: str) -> bool:
    return any(
        record.step == step and record.event in ("finished", "already")
        for record in read_journal(folder)
    )


def _begun(folder: Path) -> bool:
    return any(record.step for record in read_journal(folder))
