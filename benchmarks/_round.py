"""One round: a directory's production, drifted at random, is reconciled, looked at, and taken back.

Everything is done as a user does it: plan, rehearsal, approval, apply, apply once more, undo. What
must hold after each is asked of the database and of the folder, not of what the run says of itself.
"""

from __future__ import annotations

import hashlib
import random
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection

from reconcile_pipeline.apply.rows.census import Census, compare, take_census
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.config import Target
from reconcile_pipeline.errors import ReconcileError
from reconcile_pipeline.flow.apply import apply_plan
from reconcile_pipeline.flow.approve import approve_plan
from reconcile_pipeline.flow.finish import Applied
from reconcile_pipeline.flow.identity import identify
from reconcile_pipeline.flow.plan import Planned, make_and_write_plan
from reconcile_pipeline.flow.replay import failing
from reconcile_pipeline.flow.run import Run
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.flow.undo import carry_out, prepare_undo
from reconcile_pipeline.history.supabase import Supabase
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.migrations.model import MigrationFile
from reconcile_pipeline.plan.model import Plan
from reconcile_pipeline.shadow.fit.rows import fill_through
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline_tests.attribution.drifting import fates
from reconcile_pipeline_tests.attribution.drifting.hand import change
from reconcile_pipeline_tests.attribution.drifting.production import build

PERSON = "Ada"
IN_STEP = "In step"
RECURSION = "42P17"  # SQLSTATE: infinite recursion detected in policy
HISTORY = "supabase_migrations.schema_migrations"


class End(StrEnum):
    """How a round ended; everything but the first four is wrong."""

    DONE = "done"  # applied, in step, twice changes nothing, and taken back
    KEPT = "done, undo refused"  # the same, and the undo says why it cannot be
    TOLD = "done, but for what the plan had said"  # in step but for what it declined, or warned of
    REFUSED = "no plan"  # nothing was changed, and the reason is told
    REHEARSAL = "the rehearsal failed"  # nothing was changed, but nobody can go on
    STOPPED = "stopped on the way"
    WRONG = "wrong"


#: What a user can live with: the work is done, or nothing was and the reason is the directory's.
GOOD = frozenset({End.DONE, End.KEPT, End.TOLD, End.REFUSED})


@dataclass(slots=True)
class Round:
    """What was seen. `words`: the plan's size. `problems`: a line each. `hand`: (kind, SQL)."""

    end: End = End.DONE
    words: str = ""
    problems: list[str] = field(default_factory=list)
    hand: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Look:
    """Production's fingerprint, every table's rows as a hash, every file's bytes as a hash."""

    fingerprint: str
    rows: Census
    files: dict[str, str]


def go(
    server: Server, name: str, directory: Path, chance: random.Random, work: Path,
    restore: Sequence[str] = (), rows: int = 0, base: Sequence[str] = (),
) -> Round:  # fmt: skip
    """Build the database `name`, drift it, and reconcile it. `work`: an empty folder.

    `rows`: made-up rows a table, there before anything is changed by hand. `base`: SQL that was run
    in a dashboard before any file.
    """
    round = Round()
    target = _production(server, name, directory, chance, work, rows, base, round)
    try:
        planned = make_and_write_plan(target, restore=restore)
    except ReconcileError as error:
        round.end = End.REFUSED
        round.problems.append(_said(error))
        return round
    plan = planned.plan
    round.words = (
        f"{len(plan.steps)} steps, {len(plan.declined)} declined, {len(plan.warnings)} warnings"
    )
    if not planned.rehearsal.held:
        round.end = End.REHEARSAL
        round.problems += planned.rehearsal.problems
        return round
    before = _look(server, target)
    try:
        approve_plan(target, planned.run, PERSON)
        first = apply_plan(target, planned.run)
        after = _look(server, target, like=before.rows)
        again = apply_plan(target, planned.run)
    except ReconcileError as error:
        round.end = End.STOPPED
        round.problems.append(_said(error))
        return round
    told, untold = _judge_applied(planned, first)
    round.problems += untold
    round.problems += _judge_rows(plan, before, after)
    round.problems += _judge_again(server, target, again, after, as_told=bool(told))
    round.problems += _undo(server, target, planned.run, before, round)
    if any(not p.startswith("undo: ") for p in round.problems):
        round.end = End.WRONG
    elif told:
        round.end = End.TOLD
        round.problems += told
    return round


def _production(
    server: Server, name: str, directory: Path, chance: random.Random, work: Path, rows: int,
    base: Sequence[str], round: Round,
) -> ResolvedTarget:  # fmt: skip
    folder = work / "migrations"
    shutil.copytree(directory, folder)
    files = take_inventory(folder).files

    def by_hand(production: Connection[Any]) -> None:
        if rows:
            with psycopg.connect(server.dsn(name)) as filler:
                filler.execute("SET session_replication_role = replica")
                fill_through(filler, rows, (), MANAGED_SCHEMAS)
        touched: set[str] = set()
        for _ in range(chance.randint(3, 8)):
            if changed := change(production, chance, touched):
                round.hand.append(changed)

    build(server, name, files, fates.draw(files, chance), by_hand, base, watched=False)
    settings = Target.model_validate({"history": _history_of(files)})
    dsn = server.dsn(name, "postgres")
    return ResolvedTarget(name, settings, dsn, folder, work / "evidence")


def _history_of(files: Sequence[MigrationFile]) -> str:
    """Supabase's history, or none for a directory of another tool, whose files it cannot name."""
    known = any(f.version and not Supabase().unfit(f.path, f.version) for f in files)
    return "supabase" if known else "none"


def _look(server: Server, target: ResolvedTarget, like: Census | None = None) -> Look:
    with psycopg.connect(server.dsn(target.name), autocommit=True) as connection:
        rows = take_census(connection, like=like)
    files = {
        path.relative_to(target.directory.parent).as_posix(): _sha256(path)
        for folder in target.directory.parent.glob(f"{target.directory.name}*")
        for path in folder.rglob("*")
        if path.is_file()
    }
    return Look(identify(target).fingerprint, rows, files)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _judge_applied(planned: Planned, applied: Applied) -> tuple[list[str], list[str]]:
    """What is not in step, as the plan had said: it declined the migration, or warned of a
    statement that no replay can run, or of a policy that recurses; and what else does not fit.
    """
    said = {words for m in planned.scan.attribution.migrations for words in failing(m)}
    declined = {
        m.file or m.version
        for m in planned.scan.report.migrations
        if (m.version or m.name) in planned.plan.declined
    }
    recursive = any(RECURSION in warning for warning in planned.plan.warnings)
    told: list[str] = []
    untold: list[str] = []
    for check in applied.verified.checks:
        for problem in check.problems:
            known = (
                problem in said
                or _warned(problem, planned.plan.warnings)
                or problem.partition(":")[0] in declined
                or (recursive and RECURSION in problem)
            )
            (told if known else untold).append(f"{check.name}: {problem}")
    for promise in applied.promises:
        if not promise.held and not (told and not untold and promise.name == IN_STEP):
            untold.append(f"promise {promise.name}: {promise.figure}")
            untold += [f"promise {promise.name}: {reason}" for reason in promise.reasons[:3]]
    return told, untold


def _warned(problem: str, warnings: Sequence[str]) -> bool:
    """Whether a warning names this statement, which no replay can run, with the server's words."""
    match = re.search(r", (line \d+): .* fails \((.+)\)$", problem)
    return match is not None and any(f"{match[1]}: " in w and match[2] in w for w in warnings)


def _judge_rows(plan: Plan, before: Look, after: Look) -> Iterator[str]:
    """No table that was there has other rows, unless a step names it."""
    named = {HISTORY}
    for step in plan.steps:
        named |= {".".join(name.split(".")[:2]) for name in (step.rows or {})}
        named |= {*step.rewrites, *([step.backfill.target] if step.backfill else ())}
    for changed in compare(before.rows, after.rows):
        if changed.table in before.rows.tables and changed.table not in named:
            yield f"rows of {changed.table}, which the plan doesn't name: {changed}"


def _judge_again(
    server: Server, target: ResolvedTarget, again: Applied, after: Look, *, as_told: bool
) -> Iterator[str]:
    now = _look(server, target, like=after.rows)
    yield from (f"second apply: {what}" for what in _differences(after, now))
    if not again.verified.ok and not as_told:
        yield "second apply: not verified"


def _undo(
    server: Server, target: ResolvedTarget, run: Run, before: Look, round: Round
) -> list[str]:
    """Take it back. Either everything is as before, or it is refused and nothing has changed."""
    there = _look(server, target)
    try:
        approve_plan(target, prepare_undo(target, run).undo, PERSON)
        carry_out(target, prepare_undo(target, run))
    except ReconcileError as error:
        round.end = End.KEPT
        left = _differences(there, _look(server, target, like=there.rows))
        return [f"undo: {_said(error)}", *(f"a refused undo changed {what}" for what in left)]
    now = _look(server, target, like=before.rows)
    return [f"undone, and not as before: {what}" for what in _differences(before, now)]


def _differences(one: Look, other: Look) -> Iterator[str]:
    if one.fingerprint != other.fingerprint:
        yield "the fingerprint"
    yield from (f"rows of {changed.table}" for changed in compare(one.rows, other.rows))
    for path in sorted(one.files.keys() | other.files.keys()):
        if one.files.get(path) != other.files.get(path):
            yield f"the file {path}"


def _said(error: ReconcileError) -> str:
    return f"{type(error).__name__}: {error}"
