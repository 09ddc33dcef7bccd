"""The schema that a plan is meant to lead to: what the directory makes, as the plan will leave it.

Replayed from nothing on a shadow database of its own, so that it is known from somewhere else than
from the steps that are rehearsed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconcile_pipeline.apply.directory.files import change_files
from reconcile_pipeline.attribution.missing_base.base import find_base, install, lacking_columns
from reconcile_pipeline.attribution.own import of_history
from reconcile_pipeline.attribution.refused import without_refused
from reconcile_pipeline.attribution.same_text import as_in
from reconcile_pipeline.attribution.unexplained import find
from reconcile_pipeline.catalog.model import ObjectId, Snapshot
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.drift.scan import Scan
from reconcile_pipeline.errors import ReconcileError
from reconcile_pipeline.flow.rehearsal.rows import filled_by, given_again, unshown
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.migrations.model import Inventory, Layout
from reconcile_pipeline.plan.codec import plan_hash
from reconcile_pipeline.plan.completion.complete import completed_by
from reconcile_pipeline.plan.model import Plan, StepKind
from reconcile_pipeline.plan.restoring.together import with_consequences
from reconcile_pipeline.shadow.model import Run as ReplayedRun
from reconcile_pipeline.shadow.platforms.defaults import with_early_defaults
from reconcile_pipeline.shadow.platforms.platform import build
from reconcile_pipeline.shadow.replaying.replay import Replayer
from reconcile_pipeline.shadow.servers.cluster import Cluster
from reconcile_pipeline.shadow.twin import NOT_COPIED, Twin

#: SQLSTATEs of what is there already: a table or index, column, function, schema, anything else.
_THERE = frozenset({"42P07", "42701", "42723", "42P06", "42710"})
#: … and of rows that refer to others which are not there.
_REFERS = "23503"


@dataclass(frozen=True, slots=True)
class Intended:
    """`differing`: objects in which the result is not what is meant, by identity.

    `problem`: why it could not be told, if it could not. `failing`: statements that the plan writes
    into the directory and that do not run there -> where it is, and the server's words; `unshown`:
    those that run, and whose rows production does not show -> where it is. `amends`: SQL for the
    directory's end that makes what differs as production has it, where no step makes it;
    `needless`: what does not run there and is not missed: what it makes is there, or the shadow
    refuses it today as well. `given_again`: migrations that stay, with rows that production lacks
    -> why.
    """

    differing: tuple[str, ...] = ()
    failing: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    unshown: Mapping[str, str] = field(default_factory=dict)
    amends: tuple[str, ...] = ()
    needless: tuple[str, ...] = ()
    given_again: Mapping[str, str] = field(default_factory=dict)


def compare_with_directory(
    target: ResolvedTarget,
    scan: Scan,
    plan: Plan,
    shadow: Cluster,
    twin: Twin,
    result: Snapshot,
    unlike: Collection[str],
) -> Intended:
    """What of `result`, the `twin` after the steps, the plan's directory does not make; but for
    what the plan leaves as it is, and `unlike`, in which the twin never was as production is.
    """
    with tempfile.TemporaryDirectory(prefix="rp-") as folder:
        root = Path(folder) / "project"
        shutil.copytree(target.directory, root / target.directory.name)
        try:
            change_files(plan.files, root, Path(folder) / "run", plan_hash(plan))
        except ReconcileError as error:
            return Intended(problem=f"the directory cannot be changed: {error}")
        inventory = _inventory(root / target.directory.name, scan.inventory.layout)
    script = "\n".join(file.text for file in inventory.files)
    source = with_early_defaults(scan.production.source, inventory.files, result)
    database, _ = build(shadow, source, target.dsn, script, MANAGED_SCHEMAS)
    database.ignored = scan.production.ignored
    result = database.ignored.without_grants(result)
    base = find_base(inventory, result)
    if base.sql:
        install(database, base)
    kept = _kept(scan, plan, inventory)
    made = {action.path.partition("/")[2] for action in plan.files if action.action == "create"}
    makes = _completed(scan, plan)
    with Replayer(database, inventory.files, proved=as_in(result)) as replayer:
        replay = replayer.run(lambda file, index: (file, index) in kept)
        ids = base.ids | of_history(result, scan.production.history)
        if lacking := lacking_columns(replay, inventory, result):
            replayer.supply({p: [sql for _, sql in added] for p, added in lacking.items()})
            ids |= {id for added in lacking.values() for id, _ in added}
            replay = replayer.run(lambda file, index: (file, index) in kept)
        asked = (target.dsn, inventory, replay, database)
        rows = unshown(*asked, made, makes, twin, filled_by(plan))
        stay = {file.path for file in inventory.files} - _written(plan)
        again = given_again(*asked, stay, scan.attribution.migrations)
    touched = {effect.id for run in replay.runs for effect in run.effects}
    found = find(replay.end, result, touched, ids)
    # What the shadow cannot run, the plan has said; that it did not show is no news.
    left = without_refused(found, replay.runs, inventory, result)
    known = frozenset(plan.declined) | frozenset(unlike)
    others = frozenset(scan.production.ignored.of(result, (e.id for e in left.entries)))
    differing = [
        e.id
        for e in left.entries
        if not _belongs(result, str(e.id), known)
        and e.id not in others
        and not (e.id.kind in NOT_COPIED and _same(e.id, replay.end, scan.production.snapshot))
    ]
    tried = [run for run in replay.runs if (run.file, run.index) in kept]
    refused = {s.sql.strip(): s.standing for m in scan.attribution.migrations for s in m.refused}
    broken = _broken(made, inventory, tried)
    if plan.unshown:  # rows that refer to those which are left out cannot be there either
        rows |= {sql: words for sql, (words, state) in broken.items() if state == _REFERS}
    return Intended(
        tuple(map(str, differing)),
        {sql: words for sql, (words, _) in broken.items() if sql not in refused | rows},
        unshown=rows,
        amends=_amends(plan, makes, replay.end, result, differing) if target.settings.adopt else (),
        needless=tuple(
            sql
            for sql, (_, sqlstate) in broken.items()
            if (sqlstate in _THERE if sql not in refused else not refused[sql])
        ),
        given_again=again,
    )


def _same(id: ObjectId, one: Snapshot, other: Snapshot) -> bool:
    """Whether both have the object alike, which the twin cannot have: a role's setting, say."""
    here, there = one.get(id), other.get(id)
    return here is not None and there is not None and dict(here.facets) == dict(there.facets)


def _amends(
    plan: Plan,
    makes: Collection[str],
    end: Snapshot,
    result: Snapshot,
    differing: Iterable[ObjectId],
) -> tuple[str, ...]:
    """SQL from what the directory makes to production; not of what a step is to make otherwise.

    A view of all columns of a table, which the directory makes after columns that production got
    later; what a file makes that leaves the directory, since the shadow could not run it.
    """
    answered = {a for step in plan.steps if step.kind is StepKind.RESTORE for a in step.answers}
    ids = [id for id in differing if str(id) not in makes and str(id) not in answered]
    if not ids:
        return ()
    from reconcile_pipeline.catalog.write import write_changes

    return write_changes(end, result, with_consequences(end, result, ids)).sql


def _completed(scan: Scan, plan: Plan) -> frozenset[str]:
    """The statements that completions run, and the objects that these make."""
    done = {a for step in plan.steps if step.kind is StepKind.COMPLETION for a in step.answers}
    return frozenset(what for what, label in completed_by(scan.report).items() if label in done)


def _broken(
    made: Collection[str], inventory: Inventory, runs: Iterable[ReplayedRun]
) -> dict[str, tuple[str, str]]:
    """Of the files that the plan makes, what does not run -> where it is with the server's words,
    and the SQLSTATE. The history would be refused for it, after all else was done; but for what the
    shadow refuses today as well, of which the plan warns.
    """
    found: dict[str, tuple[str, str]] = {}
    for run in runs:
        file = inventory.files[run.file]
        statement = file.statements[run.index]
        if file.path in made and (why := run.error or run.unchecked):
            words = f"{file.path}, line {statement.line}: {statement.tag} fails ({why})"
            found[statement.sql.strip()] = words, run.sqlstate
    return found


def _inventory(directory: Path, layout: Layout) -> Inventory:
    """The directory's files; a plan may leave none."""
    if not any(directory.rglob("*.sql")):
        return Inventory(str(directory), layout, (), {}, "")
    return take_inventory(directory, layout)


def _kept(scan: Scan, plan: Plan, inventory: Inventory) -> frozenset[tuple[int, int]]:
    """The statements that production will have run: all of what the plan writes and completes,
    and of what stays as it is those that ran.
    """
    completed = {a for step in plan.steps if step.kind is StepKind.COMPLETION for a in step.answers}
    ran: dict[str, frozenset[int] | None] = {}
    for report in scan.attribution.migrations:
        whole = (report.version or report.name) in completed
        ran[report.path] = None if whole else frozenset(
            s.index for s in report.statements if s.ran
        )  # fmt: skip
    written = _written(plan)
    kept: set[tuple[int, int]] = set()
    for number, file in enumerate(inventory.files):
        chosen = None if file.path in written else ran.get(file.path)
        kept |= {
            (number, statement.index)
            for statement in file.statements
            if chosen is None or statement.index in chosen
        }
    return frozenset(kept)


def _written(plan: Plan) -> frozenset[str]:
    """The files that the plan writes, in place of others or anew."""
    return frozenset(
        action.path.partition("/")[2]
        for action in plan.files
        if action.action in ("create", "marker", "restore")
    )


def _belongs(snapshot: Snapshot, identity: str, listed: frozenset[str]) -> bool:
    """True where the object, or what it belongs to, is listed."""
    kind, _, name = identity.partition(" ")
    for rows_kind in snapshot.kinds:
        if rows_kind.value == kind:
            id: ObjectId | None = ObjectId(rows_kind, name)
            while id is not None:
                if str(id) in listed:
                    return True
                id = snapshot.parent(id)
    return identity in listed
