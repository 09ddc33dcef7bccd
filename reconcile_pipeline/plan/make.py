"""From a scan to a plan: the least that makes history, directory and production agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from reconcile_pipeline.attribution.model import HandChange, Unexplained
from reconcile_pipeline.catalog.model import ObjectId
from reconcile_pipeline.catalog.write.overlay import with_parts
from reconcile_pipeline.config import Target
from reconcile_pipeline.drift.model import DriftReport, Finding, MigrationFinding
from reconcile_pipeline.drift.scan import Scan
from reconcile_pipeline.drift.words import count
from reconcile_pipeline.history.model import HistoryState
from reconcile_pipeline.history.supabase import TABLE
from reconcile_pipeline.history.written import written
from reconcile_pipeline.migrations.layouts.common import New
from reconcile_pipeline.plan import archive, reconciliation
from reconcile_pipeline.plan.adopt import adopt
from reconcile_pipeline.plan.answers import settled_by, unanswered
from reconcile_pipeline.plan.backfills import backfill_steps
from reconcile_pipeline.plan.completion.complete import complete, taken_away
from reconcile_pipeline.plan.completion.not_null import leftovers
from reconcile_pipeline.plan.completion.not_yet_made import as_missing
from reconcile_pipeline.plan.conditions import versions
from reconcile_pipeline.plan.learnt_locks import with_learnt
from reconcile_pipeline.plan.left_as_is import recursing
from reconcile_pipeline.plan.model import FileAction, Lessons, Plan, Step, StepKind
from reconcile_pipeline.plan.pending import not_run
from reconcile_pipeline.plan.profiles import profiles_step
from reconcile_pipeline.plan.recordable import check_names, unfit_files, why_not
from reconcile_pipeline.plan.recording import Recording, is_written, recording
from reconcile_pipeline.plan.restoring.restore import chosen, restore
from reconcile_pipeline.plan.unmatched import unmatched
from reconcile_pipeline.plan.unproved import late, left_out, made_only_now, unproved


def make_plan(
    name: str,
    target: Target,
    scan: Scan,
    restore_too: Sequence[str] = (),
    lessons: Lessons = reconciliation.NO_LESSONS,
) -> Plan:
    """The plan for one target, from a scan of it.

    `restore_too`: objects to restore, or patterns, beyond those of reconcile.toml. The same scan
    and lessons give the same plan, and so the same hash. Raises PlanError where the directory
    cannot be recorded (no file of it has a version).
    """
    left = lessons.left
    meant = {
        m.file for m in scan.report.migrations if _to_complete(m, target) and _label(m) not in left
    }
    scan = replace(scan, report=(report := as_missing(scan.report, meant)))
    asked = tuple(dict.fromkeys(restore_too))
    by_hand = [entry.id for entry in report.unexplained]
    warnings: list[str] = []
    completed: set[str] = set()  # files, since two of them may share a version
    declined = dict(unfit := unfit_files(scan, target))
    refused = set(unfit)
    completions: list[Step] = []
    for number, m in enumerate(report.migrations, 1):
        if not _to_complete(m, target) or _label(m) in refused:
            continue
        label = _label(m)
        before = len({s.id for s in completions if label in s.answers})
        later = report.migrations[number:]
        work = complete(m, target, scan.production.snapshot, before, later)
        if why := work.declined or left.get(label):
            declined[label] = f"{m.finding.value}: {why}"
            refused.add(label)
        else:
            warnings += work.warnings
            completions += work.steps
            completed.add(m.file or label)
    # A check that an earlier plan left is not dropped before the step that uses it.
    used = leftovers(by_hand, completions)
    wanted = chosen(report.unexplained, target.restore, asked)
    put_back = restore(scan, target, [id for id in wanted if id not in used], left)
    declined |= put_back.declined
    warnings = [*put_back.warnings, *warnings]
    if asked and not wanted:
        warnings.append("Nothing was changed by hand, so there is nothing to restore.")
    altered = settled_by(report, {str(id) for id in put_back.restored})
    steps = [replace(step, answers=(*step.answers, *altered)) for step in put_back.steps]
    steps += completions
    steps += profiles_step(name, target, scan, steps, warnings)
    steps += backfill_steps(target, scan, steps, warnings)
    dropped = leftovers(by_hand, steps)
    dropped |= taken_away(by_hand, scan.production.snapshot, report, steps)
    steps = [
        replace(s, answers=(*s.answers, *(str(id) for id, by in dropped.items() if by == s.id)))
        for s in steps
    ]
    apart = put_back.restored | dropped.keys()
    adoption, unwritten = adopt(scan, apart) if target.adopt else ((), {})
    of_now = late(lessons.unshown, report, completions)
    filled = {step.backfill.target for step in steps if step.backfill}
    only_now = made_only_now(report, completed, filled)
    unmet = dict.fromkeys(of_now, "is not done to rows that come only now")
    unmet |= {
        what: f"cannot have worked, since {made}, runs only now" for what, made in only_now.items()
    }
    history = scan.production.history
    keeps_history = is_written(history, target)
    if keeps_history and target.archive != "squash":  # which records none of them by itself
        for label, why in _not_recordable(
            scan, target, put_back.restored, unwritten, completed, unmet
        ):
            declined.setdefault(label, why)
            refused.add(label)
    never = not_run(scan, target, completed, recorded=keeps_history)
    declined |= {what: why for what, why in never.items() if what not in declined}
    sorting = archive.sort_files(report, target, frozenset(completed), recording=keeps_history)
    stays = [e for e in report.unexplained if e.id not in apart]
    declined |= {what: why for what, why in unwritten.items() if what not in declined}
    if not target.adopt:
        for entry in stays:
            declined.setdefault(str(entry.id), "adopt = false")
    warnings += [w for w in map(_warning, stays) if w]
    warnings += [*unproved(report, only_now), *unmatched(target, report)]
    warnings += recursing(report, {*put_back.restored, *dropped}, completed)
    migration = _reconciliation(
        scan, sorting, frozenset(completed), adoption, keeps_history, lessons
    )
    if migration is None:
        sorting = archive.all_stay(sorting, report)
    changes = recording(
        report, history, target, sorting, completed, refused,
        migration.version if migration else None,
    )  # fmt: skip
    warnings += [*changes.warnings, *left_out(lessons.unshown, of_now)]
    declined |= {what: why for what, why in changes.declined.items() if what not in declined}
    check_names(scan, changes.record, migration)
    files = archive.actions(
        sorting, scan.inventory, history, report, target, migration,
        recording=keeps_history, refused=refused,
    )  # fmt: skip
    if changes.record or changes.forget:
        steps.append(_history_step(changes, target, history))
    if files:
        adopted = [str(e.id) for e in stays if target.adopt and str(e.id) not in declined]
        moved = [label for label in _moved(sorting, report) if label not in refused]
        answers = [*moved, *settled_by(report, adopted), *adopted]
        steps.append(_files_step(files, answers, "the history" if keeps_history else "production"))
    staying = {_label(m) for m in report.migrations} & left.keys()
    declined |= {label: left[label] for label in staying if label not in declined}
    declined |= unanswered(report, steps, declined)
    return Plan(
        target=name,
        fingerprint=scan.production.fingerprint,
        inventory_sha256=scan.inventory.sha256,
        system_identifier=scan.production.system_identifier,
        database=scan.production.snapshot.database,
        steps=tuple(with_learnt(steps, lessons.locked)),
        files=files,
        declined=declined,
        record=changes.record,
        forget=changes.forget,
        warnings=tuple(warnings),
        restore=asked,
        left=dict(left),
        unshown=lessons.unshown,
        amended=lessons.amended,
        needless=lessons.needless,
        locked=lessons.locked,
    )


def _label(m: MigrationFinding) -> str:
    return m.version or m.name


def _to_complete(m: MigrationFinding, target: Target) -> bool:
    if m.finding is Finding.HALF_APPLIED:
        return True
    return m.version in target.run_pending and m.finding in (
        Finding.PENDING,
        Finding.PENDING_DESTRUCTIVE,
    )


def _not_recordable(
    scan: Scan,
    target: Target,
    restored: frozenset[ObjectId],
    unwritten: Mapping[str, str],
    completed: set[str],
    of_now: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    """Versions that would be recorded, and of which production would not show everything.

    `of_now`: statements that production will not show once the plan is done, as of `why_not`.
    """
    ids = [entry.id for entry in scan.report.unexplained if target.adopt]
    adopted = {id.identity for id in ids if str(id) not in unwritten}
    end = scan.attribution.end
    whole = with_parts(scan.production.snapshot, end, restored) if end else restored
    back = {id.identity for id in whole}
    for m in scan.report.migrations:
        done = m.file in completed
        if m.recorded or not (m.finding is Finding.UNRECORDED or done):
            continue
        if why := why_not(m, adopted, back, of_now, completed=done):
            yield _label(m), why


def _reconciliation(
    scan: Scan,
    sorting: archive.Sorting,
    completed: frozenset[str],
    adoption: tuple[str, ...],
    recorded: bool,
    lessons: Lessons,
) -> New | None:
    text = reconciliation.content(sorting.archived, completed, adoption, recorded, lessons)
    if not text:
        return None
    return reconciliation.new_file(scan.inventory, scan.production.history.versions(), text)


def _history_step(change: Recording, target: Target, history: HistoryState) -> Step:
    record, forget = change.record, change.forget
    words = []
    if record:
        words.append(f"record {', '.join(record)} as applied")
    if forget:
        words.append(f"take {', '.join(forget)} out of it")
    place = written(history)
    assert place is not None
    name, table = f"{place.schema}.{place.name}", place.identifier.as_string(None)
    # A table of Supabase's that lacks the newer columns gets them first.
    lacks_columns = place == TABLE and all(row.statements is None for row in history.rows)
    mode = "ACCESS EXCLUSIVE" if lacks_columns else "ROW EXCLUSIVE"
    if lacks_columns:
        words.append(
            "before that give its table the columns that its client writes, if it lacks any"
        )
    return Step(
        id="history",
        kind=StepKind.HISTORY,
        purpose=f"Make the history true: {'; '.join(words)}",
        statements=(),
        answers=(*record, *forget),
        rows={name: (len(record), 0, len(forget))},
        locks={name: mode},
        precondition=versions(table, forget, record) if history.present else None,
        postcondition=versions(table, record, forget),
        lock_timeout_ms=target.lock_timeout_ms,
        statement_timeout_ms=target.statement_timeout_ms,
    )


def _moved(sorting: archive.Sorting, report: DriftReport) -> list[str]:
    """The migrations whose files the plan moves, or writes anew since they are missing."""
    found = [_label(m) for m in (*sorting.archived, *sorting.out)]
    return found + [_label(m) for m in report.migrations if m.finding is Finding.FILE_MISSING]


def _files_step(files: tuple[FileAction, ...], answers: Sequence[str], what: str) -> Step:
    return Step(
        id="files",
        kind=StepKind.FILES,
        purpose=f"Bring the directory in step with {what} ({count(len(files), 'change')})",
        statements=(),
        answers=tuple(dict.fromkeys(answers)),
    )


def _warning(entry: Unexplained) -> str:
    """What an approver must know before a change made by hand becomes the truth."""
    before, after = entry.expected or {}, entry.actual or {}
    if entry.change is HandChange.CHANGED and before.get("rls") and not after.get("rls"):
        return f"{entry.id}: row-level security was switched off by hand and stays off."
    if "acl" in entry.facets and entry.change is HandChange.CHANGED:
        gained = set(str(after.get("acl")).splitlines()) - set(str(before.get("acl")).splitlines())
        open_to = sorted(line for line in gained if line.startswith(("anon=", "public=")))
        if open_to:
            return f"{entry.id}: granted by hand, and it stays so: {'; '.join(open_to)}."
    return ""
