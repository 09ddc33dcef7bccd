"""The plan that takes an earlier plan back: one transaction on production, then the directory.

It is a plan like any other: shown, hashed, approved, and refused where anything changed since.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier, Literal

from reconcile_pipeline.apply.facts import Facts
from reconcile_pipeline.apply.histories.update import undo_sql
from reconcile_pipeline.apply.journal import read_journal
from reconcile_pipeline.apply.undo.deeds import Deed, deeds, files_done
from reconcile_pipeline.apply.undo.files import check_undo
from reconcile_pipeline.apply.undo.losses import created_columns, created_tables, losses
from reconcile_pipeline.catalog.parameters import with_parameters
from reconcile_pipeline.drift.words import count
from reconcile_pipeline.errors import PlanError
from reconcile_pipeline.migrations.hazards import judge
from reconcile_pipeline.migrations.model import Hazard
from reconcile_pipeline.plan.codec import plan_hash
from reconcile_pipeline.plan.completion.validation import validates
from reconcile_pipeline.plan.model import FileAction, Plan, Step, StepKind
from reconcile_pipeline.plan.undo import ENDED, LEADS_TO, UNDOES

DATABASE, FILES = "undo-production", "undo-files"
Limits = tuple[int | None, int | None, int | None]


def make_undo(
    plan: Plan,
    folder: Path,
    root: Path,
    connection: Connection[Any],
    facts: Facts,
    *,
    leads_to: str,
    written: Sequence[str] | None = None,
) -> Plan:
    """The plan that takes `plan` back. Production and directory are only read.

    `folder`: the plan's run folder. `facts`: of production and directory as they are now.
    `leads_to`: the fingerprint that it must lead to; empty where others have changed something
    since that has nothing to do with it. `written`: SQL that leads from the catalog as it is to the
    one before, in place of the steps' own undo. Raises PlanError that says why it cannot be.
    """
    done = deeds(plan, folder, connection)
    files = plan.files if files_done(plan, folder) else ()
    if not done and not files:
        raise PlanError("That plan has changed nothing, or was undone already.")
    check_undo(files, root)
    if lost := tuple(losses(connection, done)):
        raise PlanError(
            f"It cannot be undone: {'; '.join(lost)}. They would be lost.",
            hint="Move those rows away first, or change production forward with a new migration.",
        )
    last = read_journal(folder)[-1]
    # The journal's end makes it another plan when the same plan was applied once more.
    details = {UNDOES: plan_hash(plan), LEADS_TO: leads_to, ENDED: f"{last.seq}, {last.time}"}
    steps = []
    names = ", ".join(deed.step.id for deed in reversed(done))
    if done:
        statements = tuple(_statements(done, folder, written))
        steps.append(
            Step(
                id=DATABASE,
                kind=StepKind.UNDO,
                purpose=f"Take back, in one transaction: {names}",
                statements=statements,
                answers=tuple(deed.step.id for deed in done),
                hazards=_hazards(statements),
                lock_timeout_ms=max(deed.step.lock_timeout_ms for deed in done),
                statement_timeout_ms=max(deed.step.statement_timeout_ms for deed in done),
                details=details,
                rows=_rows(done),
                rewrites=_rewrites(done, statements),
            )
        )
    if files:
        steps.append(
            Step(
                id=FILES,
                kind=StepKind.UNDO,
                purpose=f"Put the directory back as it was ({count(len(files), 'change')})",
                statements=(),
                answers=(),
                details={**details, **dict(map(_way_back, reversed(files)))},
            )
        )
    return Plan(
        target=plan.target,
        fingerprint=facts.fingerprint,
        inventory_sha256=facts.inventory_sha256,
        system_identifier=facts.system_identifier,
        database=facts.database,
        steps=tuple(steps),
        files=(),
        declined={},
        warnings=tuple(_warnings(done, connection)),
    )


def _statements(done: Sequence[Deed], folder: Path, written: Sequence[str] | None) -> Iterator[str]:
    """Last step first: the history, rows that were added, then what was made of the catalog."""
    made, apart = set(created_tables(done)), _apart(done)
    for deed in reversed(done):
        if deed.step.kind is StepKind.HISTORY:
            yield from undo_sql(folder)
    for deed in reversed(done):
        if deed.replaced or any(u or d for n, (_, u, d) in deed.rows.items() if n not in apart):
            raise _no_way_back(deed, "it changed or deleted rows, and what they were is not kept")
        if any(name not in made for name in deed.dropped):
            raise _no_way_back(deed, f"it dropped {deed.dropped[0]}, and its rows are not kept")
        for name, (inserted, _, _) in deed.rows.items():
            if inserted and name not in apart:
                yield _forget_rows(name, deed.xids)
    if written is not None:
        yield from written
        return
    for deed in reversed(done):
        if deed.step.kind in (StepKind.HISTORY, StepKind.BACKFILL):
            continue
        if all(map(validates, deed.step.statements)):
            continue  # the constraint goes with the step that made it
        if not deed.step.undo:
            raise _no_way_back(deed, "the plan has no way back for it")
        yield from deed.step.undo


def _apart(done: Sequence[Deed]) -> set[str]:
    """Tables that go as a whole, and the history's, which has its own way back."""
    history = (d.step.rows or {} for d in done if d.step.kind is StepKind.HISTORY)
    return set(created_tables(done)).union(*history)


def _forget_rows(name: str, xids: Sequence[int]) -> str:
    schema, _, table = name.partition(".")
    return (
        SQL("DELETE FROM {} WHERE xmin::text::bigint = ANY ({}::bigint[])")
        .format(Identifier(schema, table), Literal(f"{{{','.join(map(str, xids))}}}"))
        .as_string(None)
    )


def _rows(done: Sequence[Deed]) -> dict[str, Limits]:
    """What it may do to rows: the run's own, the other way round."""
    total: dict[str, tuple[int, int]] = {}
    for deed in done:
        for name, (inserted, _, deleted) in deed.rows.items():
            i, d = total.get(name, (0, 0))
            total[name] = (i + deleted, d + inserted)
    limits: dict[str, Limits] = {name: (i, 0, d) for name, (i, d) in total.items()}
    for name in created_tables(done):
        limits[name] = (0, 0, None)
    for table, column, _ in created_columns(done):
        limits[f"{table}.{column}"] = (0, 0, None)
    return limits


def _rewrites(done: Sequence[Deed], statements: Sequence[str]) -> tuple[str, ...]:
    """Tables whose file it writes anew, of which no row may be lost: a type that was made wider
    needs nothing on the way there, and everything on the way back.
    """
    back = {name for h in _hazards(statements) if h.rule == "rewrites_table" for name in h.objects}
    return tuple(sorted(back.union(*(deed.step.rewrites for deed in done))))


def _hazards(statements: Sequence[str]) -> tuple[Hazard, ...]:
    return tuple(dict.fromkeys(hazard for sql in statements for hazard in judge(sql)))


def _warnings(done: Sequence[Deed], connection: Connection[Any]) -> Iterator[str]:
    apart = _apart(done)
    for deed in done:
        for name, (inserted, _, _) in deed.rows.items():
            if not inserted or name in apart:
                continue
            schema, _, table = name.partition(".")
            row = connection.execute(
                with_parameters(
                    SQL("SELECT count(*) FROM {} WHERE xmin::text::bigint = ANY (%s)").format(
                        Identifier(schema, table)
                    )
                ),
                (list(deed.xids),),
            ).fetchone()
            if row and row[0] < inserted:
                yield (
                    f"{deed.step.id} added {inserted} rows to {name}; {inserted - row[0]} of them"
                    " were changed or deleted since, and stay as they are."
                )


def _way_back(action: FileAction) -> tuple[str, str]:
    if action.to:
        return f"move {action.to} to {action.path}", action.sha256
    return f"remove {action.path}", action.sha256


def _no_way_back(deed: Deed, why: str) -> PlanError:
    return PlanError(
        f"Step {deed.step.id} cannot be undone: {why}.",
        hint="Change production forward, with a new migration.",
    )
