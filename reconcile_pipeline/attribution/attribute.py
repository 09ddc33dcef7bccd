"""From a directory and a production to verdicts: search on the shadow, and put it into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from psycopg import Connection

from reconcile_pipeline.attribution.missing_base.base import lacking_columns
from reconcile_pipeline.attribution.model import (
    Attribution,
    HandChange,
    MigrationReport,
    MigrationVerdict,
    RowEffect,
    StatementVerdict,
    Verdict,
)
from reconcile_pipeline.attribution.moment.moments import Moments, of_the_moment
from reconcile_pipeline.attribution.needless import needless, only_half_true
from reconcile_pipeline.attribution.refused import Refused, without_refused
from reconcile_pipeline.attribution.renamed_by_hand import with_notes
from reconcile_pipeline.attribution.rows.evidence import RowEvidence
from reconcile_pipeline.attribution.same_text import as_in
from reconcile_pipeline.attribution.search import guided
from reconcile_pipeline.attribution.stranded import Stranded, stranded
from reconcile_pipeline.attribution.timeline import texts
from reconcile_pipeline.attribution.timeline.effects import roots_of
from reconcile_pipeline.attribution.timeline.timeline import Position
from reconcile_pipeline.attribution.timeline.versions import versions
from reconcile_pipeline.attribution.traces import File
from reconcile_pipeline.attribution.unavailable import unavailable
from reconcile_pipeline.attribution.upon_hand_made import upon_hand_made
from reconcile_pipeline.attribution.upon_other_types import (
    Misfits,
    upon_other_types,
)
from reconcile_pipeline.attribution.verdicts import (
    effect_verdict,
    migration_verdict,
    statement_verdict,
)
from reconcile_pipeline.attribution.without_trace import DEARER, MOST, recorded_alone, unproved
from reconcile_pipeline.attribution.words import (
    REMOVED_BEFORE,
    UNDONE_OR_NEVER,
    alternative,
    begun_at,
    could_not,
    reason,
    refused_upon,
    statement_reason,
    stopped_at,
)
from reconcile_pipeline.catalog.connect import alive
from reconcile_pipeline.catalog.model import Change, ObjectId, Snapshot
from reconcile_pipeline.migrations.model import Inventory
from reconcile_pipeline.migrations.tags import TRANSACTION
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.model import Replay, Run
from reconcile_pipeline.shadow.replaying.replay import Replayer


def attribute(
    inventory: Inventory,
    recorded: frozenset[str],
    production: Snapshot,
    lookups: Connection[Any],
    database: ShadowDatabase,
    base: frozenset[ObjectId] = frozenset(),
    notes: tuple[str, ...] = (),
) -> Attribution:
    """Judge every statement of the directory against production.

    `lookups`: a read-only connection to production, for rows. `base`: objects that were put into
    the shadow beforehand because no file makes them. Production is only read.
    """
    files = [
        File(
            number,
            tuple((number, s.index) for s in file.statements),
            file.version is not None and file.version in recorded,
            frozenset((number, s.index) for s in file.statements if s.tag.upper() in TRANSACTION),
        )
        for number, file in enumerate(inventory.files)
    ]
    evidence = RowEvidence(inventory, lookups, database.connect_owner)
    # What the history names at the beginning of the directory has mostly run as it is.
    settled = sum(1 for _ in takewhile(lambda file: file.recorded, files))
    moments = Moments(of_the_moment(inventory), production)
    with Replayer(database, inventory.files, settled, as_in(production)) as replayer:

        def run(ran: Mapping[Position, bool]) -> Replay:
            return moments.as_then(replayer.run(lambda file, index: ran[file, index]))

        first = run({p: True for file in files for p in file.positions})
        if lacking := lacking_columns(first, inventory, production):
            replayer.supply({p: [sql for _, sql in added] for p, added in lacking.items()})
            columns = {id for added in lacking.values() for id, _ in added}
            base |= columns
            listed = ", ".join(sorted(str(id) for id in columns))
            notes += (f"No file makes {listed}: taken from production where files need it.",)
        told = texts.read(inventory)
        best = guided.search(
            run, production, files, evidence.read, base, told, versions=lambda: versions(inventory)
        )
        for _ in range(MOST):
            if not (out := unproved(best, files)):
                break
            rather = guided.without(best, out, run, production, files, evidence.read, base, told)
            if rather.score > best.score + DEARER:
                break
            best = rather

        def trial(sql: Mapping[Position, Sequence[str]], ran: Mapping[Position, bool]) -> Replay:
            return replayer.tried(sql, lambda file, index: ran[file, index])

        misfits = upon_other_types(best, production, inventory, trial)
        if out := misfits.positions:
            best = guided.without(best, out, run, production, files, evidence.read, base, told)
    evidence.conclude(best.replay, best.ran)
    notes += moments.note(inventory)
    runs = {(r.file, r.index): r for r in best.replay.runs}
    never = unavailable(best.unexplained, alive(lookups))
    if never:
        listed = ", ".join(sorted(map(str, never)))
        notes += (f"Production's server does not have {listed}: no file can have made it there.",)
    if database.stood_in:
        listed = ", ".join(sorted(database.stood_in))
        notes += (
            f"The shadow has no ICU and sorts by code points in place of {listed}: that production"
            " has such a collation is compared, its locale is not.",
        )
    unexplained = [entry for entry in best.unexplained if entry.id not in never]
    unexplained = [*upon_hand_made(unexplained, best.replay.runs, best.ran, production)]
    left = without_refused(unexplained, best.replay.runs, inventory, production)
    entries = with_notes(left.entries, best.replay.end, production)
    others, silent = stranded(best, files), recorded_alone(best, files)
    reports = (
        _report(inventory, file, best, runs, evidence.found, never, others, silent)
        for file in files
    )
    by_hand = frozenset(e.id for e in left.entries if e.change is HandChange.ADDED)
    return Attribution(
        tuple(
            _standing(_unfit(_stopped(report, by_hand), file, misfits), file, left)
            for report, file in zip(reports, files, strict=True)
        ),
        entries,
        (*notes, *left.notes),
        best.replay.end,
        base,
    )


def _stopped(report: MigrationReport, by_hand: frozenset[ObjectId]) -> MigrationReport:
    """The report, saying what somebody had made that was in the file's way, if that stopped it."""
    if report.verdict is not MigrationVerdict.PARTIAL:
        return report
    return replace(report, reason=report.reason + stopped_at(report.statements, by_hand))


def _unfit(report: MigrationReport, file: File, misfits: Misfits) -> MigrationReport:
    """The report, saying what could not work upon a column of another type."""
    if misfits.positions.isdisjoint(file.positions):
        return report
    why = {index: why for (number, index), why in misfits.unfit.items() if number == file.number}
    statements = tuple(
        replace(s, unfit=why[s.index].why, reason=s.reason + refused_upon(why[s.index]))
        if s.index in why
        else s
        for s in report.statements
    )
    return replace(
        report, statements=statements, reason=report.reason + could_not(statements),
        alternative=REMOVED_BEFORE,
    )  # fmt: skip


def _standing(report: MigrationReport, file: File, refused: Refused) -> MigrationReport:
    """The report with those statements marked of which production has what they name. A file that
    shows nothing else began to run: nobody made that by hand, and no other file does."""
    standing = {index for number, index in refused.standing if number == file.number}
    if not standing:
        return report
    begun = report.verdict is MigrationVerdict.NOT_APPLIED
    statements = tuple(
        replace(s, standing=True, ran=s.ran or begun) if s.index in standing else s
        for s in report.statements
    )
    if not begun:
        return replace(report, statements=statements)
    return replace(
        report, verdict=MigrationVerdict.PARTIAL, statements=statements,
        reason=report.reason + begun_at(statements),
    )  # fmt: skip


def _report(
    inventory: Inventory,
    file: File,
    best: guided.Guided,
    runs: Mapping[Position, Run],
    found_rows: Mapping[Position, tuple[RowEffect, ...]],
    never: frozenset[ObjectId],
    others: Stranded,
    silent: frozenset[int],
) -> MigrationReport:
    source = inventory.files[file.number]
    statements = tuple(
        _statement(inventory, position, best, runs[position], found_rows.get(position, ()), never)
        for position in file.positions
    )
    verdict = migration_verdict([(s.verdict, s.ran) for s in statements])
    if verdict is MigrationVerdict.APPLIED and needless(file, best.timeline, best.rows, best.ran):
        verdict = MigrationVerdict.SUPERSEDED
    half_true = verdict is MigrationVerdict.APPLIED and only_half_true(
        file, best.timeline, best.rows
    )
    no_trace = verdict is MigrationVerdict.APPLIED_CHANGED and file.number in silent
    if source.error or half_true or no_trace:
        verdict = MigrationVerdict.UNVERIFIABLE
    words = reason(verdict, statements, half_true, no_trace)
    words += others.reasons.get(file.number, "")
    otherwise = UNDONE_OR_NEVER if no_trace else alternative(verdict, file, best)
    return MigrationReport(
        source.path, source.version, source.name, verdict, statements, source.error or words,
        otherwise or others.alternatives.get(file.number, ""),
    )  # fmt: skip


def _statement(
    inventory: Inventory,
    position: Position,
    best: guided.Guided,
    run: Run,
    row_effects: tuple[RowEffect, ...],
    never: frozenset[ObjectId],
) -> StatementVerdict:
    source = inventory.files[position[0]].statements[position[1]]
    effects = tuple(
        effect_verdict(best.timeline, position, effect, best.ran) for effect in run.effects
    )
    main = {e.id for e in roots_of(run.effects)}
    parts = frozenset((e.id.kind.value, e.id.identity) for e in run.effects if e.id not in main)
    ran = best.ran[position]
    went = ran and best.timeline.rows_went(position, best.ran)
    rows = None if went else rows_verdict(row_effects, ran)
    verdict = statement_verdict(effects, parts, rows)
    # One that was tried and failed left nothing: what is not as it makes it shows that.
    failed = position in best.timeline.failed or not never.isdisjoint(e.id for e in run.effects)
    vainly = failed and verdict in (Verdict.ABSENT, Verdict.DIFFERENT)
    return StatementVerdict(
        source.index, source.line, source.sql, source.tag, verdict, effects,
        statement_reason(inventory, run, verdict, effects, row_effects),
        run.error, ran and not vainly, row_effects, unchecked=run.unchecked,
    )  # fmt: skip


def rows_verdict(effects: tuple[RowEffect, ...], ran: bool) -> Verdict | None:
    """What production shows of a statement's rows; None where nothing can be told of them."""
    known = [e for e in effects if e.matched is not None and not (ran and _is_past(e))]
    if not known:
        return Verdict.SUPERSEDED if any(e.replaced for e in effects) else None
    if all(e.matched == e.rows for e in known):
        return Verdict.APPLIED
    if all(e.matched == 0 for e in known):
        return Verdict.ABSENT
    return Verdict.DIFFERENT


def _is_past(effect: RowEffect) -> bool:
    """Whether what became of the rows since hides what a statement that ran did: later ones of the
    files changed them, or the table that it emptied was filled again, as tables are."""
    return effect.replaced or (effect.change is Change.DROPPED and not effect.matched)
