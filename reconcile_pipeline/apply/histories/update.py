"""Write the migration history in one transaction, with the way back tried out beforehand.

What the table held is kept as data in the run folder, beside the SQL that restores it. Both the
writing and the way back are tried in a transaction that is rolled back before the real one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import Composed

from reconcile_pipeline.apply.connection import settle
from reconcile_pipeline.apply.context import Context, StepResult
from reconcile_pipeline.apply.directory import disk
from reconcile_pipeline.apply.failures import failure
from reconcile_pipeline.apply.histories.image import image, way_back
from reconcile_pipeline.apply.transaction import bound, run_step
from reconcile_pipeline.errors import ApplyError
from reconcile_pipeline.history.model import History
from reconcile_pipeline.history.table import Table
from reconcile_pipeline.history.written import written
from reconcile_pipeline.migrations.model import MigrationFile
from reconcile_pipeline.plan.model import Plan, Step

BEFORE = "history_before.json"

_NAME = re.compile(r"([0-9]+)_(.*)\.sql")


def update_history(
    context: Context, step: Step, history: History, files: Iterable[MigrationFile]
) -> StepResult:
    """Record and forget the plan's versions, unless that is done. Raises ApplyError, PlanError.

    `files`: the directory's, of which those to be recorded are taken.
    """
    context.say(step.id, step.purpose)
    plan, connection = context.plan, context.connection
    settle(connection)
    table = written(history.read(connection))
    if table is None:
        raise ApplyError(f"The history of {history.tool} is written by its own client only.")
    name = f"{table.schema}.{table.name}"
    step = replace(step, rows={name: (len(plan.record), 0, len(plan.forget))})

    def done() -> bool:
        return _as_planned(plan, history.read(connection).versions())

    try:
        if not done():
            _try_out(context, step, history, files, table)
    except psycopg.Error as error:
        raise failure(context, step, error) from None

    def body(connection: Connection[Any]) -> Mapping[str, Any]:
        before = history.read(connection).versions()
        for sql in _statements(plan, history, files, connection):
            connection.execute(sql)
        after = history.read(connection).versions()
        if after != (before | set(plan.record)) - set(plan.forget):
            raise ApplyError("The history was rolled back: it did not become what was planned.")
        return {"table": name, "before": sorted(before), "after": sorted(after)}

    return run_step(context, step, body, done)


def undo_sql(run_folder: Path) -> tuple[str, ...]:
    """The SQL that restores the history as it was before this plan; empty where nothing is kept."""
    try:
        data = json.loads((run_folder / BEFORE).read_bytes())
        return tuple(str(sql) for sql in data["undo"])
    except FileNotFoundError:
        return ()
    except (ValueError, KeyError, TypeError):
        raise ApplyError(f"{BEFORE} cannot be read.", hint="Was it changed by hand?") from None


def files_to_record(plan: Plan, files: Iterable[MigrationFile]) -> Sequence[MigrationFile]:
    """The files of the plan's versions: the directory's, or those that the plan itself writes."""
    known = {file.version: file for file in files if file.version}
    for action in plan.files:
        name = PurePosixPath(action.path).name
        if action.action in ("create", "restore") and (match := _NAME.fullmatch(name)):
            digest = hashlib.sha256(action.content.encode()).hexdigest()
            known[match[1]] = MigrationFile(
                name, match[1], match[2], digest, action.content, statements=()
            )
    if missing := [version for version in plan.record if version not in known]:
        raise ApplyError(f"No file has the version {missing[0]} that is to be recorded.")
    return [known[version] for version in plan.record]


def _as_planned(plan: Plan, versions: frozenset[str]) -> bool:
    return versions >= set(plan.record) and versions.isdisjoint(plan.forget)


def _statements(
    plan: Plan, history: History, files: Iterable[MigrationFile], connection: Connection[Any]
) -> tuple[Composed, ...]:
    forget = history.forget(plan.forget, connection)
    return (*forget, *history.record(files_to_record(plan, files), connection))


def _try_out(
    context: Context,
    step: Step,
    history: History,
    files: Iterable[MigrationFile],
    table: Table,
) -> None:
    """Write and restore in a transaction that is rolled back; keep what restores it."""
    connection = context.connection
    with connection.transaction(force_rollback=True):
        bound(connection, step)
        before, columns = image(connection, table), table.columns(connection)
        for sql in _statements(context.plan, history, files, connection):
            connection.execute(sql)
        added = [name for name in table.columns(connection) if columns and name not in columns]
        back = way_back(table, before, image(connection, table, added), added)
        for sql in back:
            connection.execute(sql)
        if image(connection, table) != before:
            raise ApplyError("The way back for the history does not lead back: nothing is written.")
    text = json.dumps(
        {
            "plan": context.journal.plan,
            "table": f"{table.schema}.{table.name}",
            "rows": None if before is None else [json.loads(row) for row in before],
            "undo": [sql.as_string(connection) for sql in back],
        },
        indent=1,
        sort_keys=True,
    )
    try:
        disk.replace(context.journal.folder / BEFORE, (text + "\n").encode())
    except OSError as error:
        raise ApplyError(
            f"What the history held cannot be kept: {error.strerror}.",
            hint="Nothing is written to it without that. Free some space, and run this again.",
            changed=context.changed(),
        ) from None
