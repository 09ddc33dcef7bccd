"""Rehearse a plan: run it on a twin of production's schema before anybody is asked to approve it.

The twin lives on a throwaway server, holds rows made to fit and none of production's, and goes
again. Production is only read, for its structure. What the rehearsal proves is in `Question`.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.catalog.model import Kind, Snapshot
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.catalog.write import write_changes
from reconcile_pipeline.drift.scan import Progress, Scan
from reconcile_pipeline.drift.words import listing
from reconcile_pipeline.errors import ReconcileError
from reconcile_pipeline.evidence import chain
from reconcile_pipeline.evidence.decode import decode
from reconcile_pipeline.evidence.encode import load
from reconcile_pipeline.flow import stages
from reconcile_pipeline.flow.rehearsal.catalog import Intended, compare_with_directory
from reconcile_pipeline.flow.rehearsal.misfits import empty
from reconcile_pipeline.flow.rehearsal.steps import (
    Ran,
    Work,
    rows_of,
    run_changes,
    run_steps,
    take_back,
)
from reconcile_pipeline.flow.run import Run
from reconcile_pipeline.flow.scan import silent
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.history.detect import by_name
from reconcile_pipeline.history.model import HistoryState
from reconcile_pipeline.history.written import written
from reconcile_pipeline.plan.codec import plan_hash
from reconcile_pipeline.plan.completion.demands import demands
from reconcile_pipeline.plan.impossible import OF_ROWS
from reconcile_pipeline.plan.model import Plan
from reconcile_pipeline.plan.named import named_tables
from reconcile_pipeline.plan.rehearsal import Answer, Question, Rehearsal
from reconcile_pipeline.redact import redact
from reconcile_pipeline.shadow.fit.rows import Filled, fill
from reconcile_pipeline.shadow.servers.cluster import Cluster, cluster
from reconcile_pipeline.shadow.twin import Twin, add_invalid_indexes, make_twin, unlike

MOST = 20  # problems of one kind that are listed


@dataclass(slots=True)
class _Stage:
    """The twin as it was set up: its catalog before the first step."""

    twin: Twin
    filled: Filled
    start: Snapshot
    unlike: tuple[str, ...]


def kept_rehearsal(run: Run) -> Rehearsal | None:
    """The newest rehearsal in a run's evidence. Raises EvidenceError where it does not read."""
    if not any(entry.stage == stages.REHEARSAL for entry in chain.read(run.evidence).entries):
        return None
    return decode(Rehearsal, load(run.stage(stages.REHEARSAL)))


def rehearse(
    target: ResolvedTarget, scan: Scan, plan: Plan, progress: Progress = silent
) -> Rehearsal:
    """Run the plan on a twin. Raises ShadowError where there is no server for one.

    Whatever else goes wrong, with the twin or with the plan itself, is no error but an answer.
    """
    begun = time.monotonic()
    progress("copying production's structure to rehearse the plan")
    with (
        cluster(target.shadow_url) as shadow,
        tempfile.TemporaryDirectory(prefix="rp-") as folder,
    ):
        admins = target.settings.user_profiles.admins if target.settings.user_profiles else ()
        tool = scan.production.history.tool
        history = None if tool == "none" else by_name(tool)

        def work(name: str) -> Work:
            return Work(
                plan, plan_hash(plan), Path(folder) / name, history, scan.inventory.files, admins
            )

        without: frozenset[str] = frozenset()
        while True:
            try:
                stage = _set_up(target, scan, plan, shadow, without)
                progress("rehearsing the plan")
                ran = run_steps(stage.twin, work("first"))
                none = empty(target.dsn, _unfit(plan, ran, stage.filled))
            except (ReconcileError, psycopg.Error) as error:
                return _impossible(target, plan, error)
            if none <= without:
                break
            without |= none
            shutil.rmtree(Path(folder) / "first")  # the journal of a twin that was another
        intended = Intended()
        answers = [
            _answer(Question.PRECONDITIONS, (*_uncopied(stage, ran.missing), *ran.missing)),
            _answer(Question.STEPS, ran.failed, asked=not ran.missing),
            _answer(Question.POSTCONDITIONS, ran.broken, asked=not ran.missing),
            _answer(Question.LOCKS, ran.locks, asked=not ran.missing),
        ]
        if ran.failed or ran.missing:
            answers += [
                Answer(question, None)
                for question in (Question.CATALOG, Question.SECOND_RUN, Question.UNDO)
            ]
        else:
            more, intended = _afterwards(target, scan, plan, shadow, stage, work)
            answers += more
        return Rehearsal(
            plan_hash(plan),
            tuple(answers),
            tuple(ran.steps),
            target.settings.rehearsal_rows,
            stage.filled.rows,
            stage.filled.failed,
            stage.unlike,
            (),
            intended.differing,
            intended.failing,
            tuple(intended.unshown),
            intended.amends,
            intended.needless,
            intended.given_again,
            f"PostgreSQL {shadow.version // 10000}",
            round((time.monotonic() - begun) * 1000),
        )


def _impossible(target: ResolvedTarget, plan: Plan, error: Exception) -> Rehearsal:
    """No twin could be made, so nothing could be asked."""
    why = redact(str(error).splitlines()[0], target.dsn)
    first, *others = Question
    answers = (
        Answer(first, False, (f"no copy of production could be made: {why}",)),
        *(Answer(question, None) for question in others),
    )
    return Rehearsal(plan_hash(plan), answers, (), target.settings.rehearsal_rows, {}, {})


def _unfit(plan: Plan, ran: Ran, filled: Filled) -> set[str]:
    """Tables of a step that failed for the rows there are, as far as rows were made up for them."""
    failed = {step.step for step in ran.steps if step.sqlstate.startswith(OF_ROWS)}
    names = (n for s in plan.steps if s.id in failed for n in (*(s.locks or ()), *(s.rows or ())))
    return {name for name in names if filled.rows.get(name)}


def _set_up(
    target: ResolvedTarget, scan: Scan, plan: Plan, shadow: Cluster, without: Collection[str]
) -> _Stage:
    source = scan.production.source
    twin = make_twin(shadow, source, target.dsn, MANAGED_SCHEMAS, superuser=_is_superuser(target))
    add_invalid_indexes(twin, scan.production.snapshot)
    filled = fill(
        twin,
        target.settings.rehearsal_rows,
        _also(plan),
        MANAGED_SCHEMAS,
        demands(sql for step in plan.steps for sql in step.statements),
        named_tables(plan, scan.production.snapshot),
        without,
    )
    if scan.production.history.present:
        _put_history(twin, scan.production.history)
    start = twin.read()
    return _Stage(twin, filled, start, unlike(scan.production.snapshot, start))


def _is_superuser(target: ResolvedTarget) -> bool:
    with connect_to_read(target.dsn) as connection:
        row = connection.execute(
            "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"
        ).fetchone()
    return bool(row and row[0])


def _also(plan: Plan) -> frozenset[str]:
    """Tables of the platform's that the plan reads or touches."""
    found: set[str] = set()
    for step in plan.steps:
        found.update(step.locks or ())
        if step.backfill is not None:
            found.add(step.backfill.source)
    return frozenset(found)


def _put_history(twin: Twin, history: HistoryState) -> None:
    """Which versions are recorded is no row of anybody's: the plan is made from it."""
    if (table := written(history)) is None:
        return
    with twin.connect(as_superuser=True) as connection:
        columns = table.columns(connection)
        for row in history.rows:
            values = {
                "version": row.version,
                "name": row.name,
                "statements": None if row.statements is None else list(row.statements),
            }
            given = {name: value for name, value in values.items() if name in columns}
            connection.execute(
                SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
                    table.identifier,
                    SQL(", ").join(map(Identifier, given)),
                    SQL(", ").join(SQL("%s") for _ in given),
                ),
                list(given.values()),
            )


def _afterwards(
    target: ResolvedTarget,
    scan: Scan,
    plan: Plan,
    shadow: Cluster,
    stage: _Stage,
    work: Callable[[str], Work],
) -> tuple[list[Answer], Intended]:
    """The answers to what is asked of the result; and in what the directory leads elsewhere, but
    for what the plan leaves.
    """
    twin = stage.twin
    result, rows = twin.read(), rows_of(twin)
    try:
        intended = compare_with_directory(target, scan, plan, shadow, twin, result, stage.unlike)
    except (ReconcileError, psycopg.Error) as error:
        why = redact(str(error).splitlines()[0], target.dsn)
        intended = Intended(problem=f"the directory could not be replayed: {why}")
    wrong = [f"{each} is not as the directory will make it" for each in intended.differing]
    wrong += intended.failing.values()
    wrong += [f"{where}: production does not show its rows" for where in intended.unshown.values()]
    again = run_steps(twin, work("first"))  # with its journal, as an apply has that is repeated
    answers = [
        _answer(Question.CATALOG, [*wrong, *([intended.problem] if intended.problem else [])]),
        _answer(Question.SECOND_RUN, _second(twin, again, result, rows)),
        _way_back(twin, work("first"), stage.start),
    ]
    return answers, intended


def _second(twin: Twin, again: Ran, result: Snapshot, rows: Mapping[str, int]) -> list[str]:
    problems = [*again.missing, *again.failed, *again.broken]
    problems += [f"{d.id} is changed by a second run" for d in compare(result, twin.read())]
    now = rows_of(twin)
    problems += [
        f"{name} has {now.get(name, 0)} rows after a second run, and had {rows.get(name, 0)}"
        for name in sorted(rows.keys() | now.keys())
        if rows.get(name) != now.get(name)
    ]
    return problems


def _way_back(twin: Twin, work: Work, start: Snapshot) -> Answer:
    problems, without = take_back(twin, work)
    now = twin.read()
    if compare(start, now):  # as `reconcile undo` does: written from the two catalogs
        failed = run_changes(twin, write_changes(now, start).sql)
        now = twin.read()
        problems = [*problems, *failed] if compare(start, now) else []
    left = [str(d.id) for d in compare(start, now)]
    if left and without and not problems:
        why = f"no way back is known for {', '.join(without)}: {', '.join(left[:5])} stays changed"
        return Answer(Question.UNDO, None, (why,))
    return _answer(Question.UNDO, problems + [f"{each} is not as it was before" for each in left])


def _uncopied(stage: _Stage, missing: Sequence[str]) -> tuple[str, ...]:
    """Why conditions may not hold on the twin that hold in production."""
    head = f"{Kind.TABLE} "
    tables = [each.removeprefix(head) for each in stage.unlike if each.startswith(head)]
    if not missing or not tables:
        return ()
    listed = listing(tables, limit=3)
    return (f"the copy lacks {listed}: the user that scans may not read it all (reconcile doctor)",)


def _answer(question: Question, problems: Sequence[str], *, asked: bool = True) -> Answer:
    if not asked:
        return Answer(question, None)
    more = len(problems) - MOST
    listed = (*problems[:MOST], *((f"and {more} more",) if more > 0 else ()))
    return Answer(question, not problems, listed)
