"""Everything a run found, did and measured, as the facts of its report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconcile_pipeline.apply.approval import read_approval
from reconcile_pipeline.apply.context import Outcome, StepResult
from reconcile_pipeline.apply.journal import Record, read_journal
from reconcile_pipeline.apply.request import PartResult, Verification
from reconcile_pipeline.apply.rows.census import Census
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.drift.model import DriftReport
from reconcile_pipeline.evidence.decode import decode
from reconcile_pipeline.evidence.encode import load
from reconcile_pipeline.evidence.gather import step_runs, table_rows
from reconcile_pipeline.evidence.model import Backfilled, Push, ReportFacts, TableRows, Waiting
from reconcile_pipeline.flow import stages
from reconcile_pipeline.flow.access import access_facts
from reconcile_pipeline.flow.prove import Proof
from reconcile_pipeline.flow.rehearsal.rehearse import kept_rehearsal
from reconcile_pipeline.flow.run import Run
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.flow.verify import Verified
from reconcile_pipeline.history.model import HistoryState
from reconcile_pipeline.migrations.model import Inventory
from reconcile_pipeline.plan.archive import ARCHIVE, QUARANTINE
from reconcile_pipeline.plan.model import Plan, StepKind


def gather_facts(
    target: ResolvedTarget, run: Run, verification: Verification, verified: Verified, now: str
) -> ReportFacts:
    """The facts of a run that has ended. `now` is ISO 8601, UTC.

    What the plan found before is read from the evidence, what was done from the journal: so it is
    the same whether the run was cut off and started again or not. Raises EvidenceError.
    """
    journal = read_journal(run.folder)
    before = decode(HistoryState, load(run.stage(stages.HISTORY)))
    after = verified.scan.production.history
    approval = read_approval(run.approval)
    results = tuple(_results(run.plan, journal))
    rows = tuple(_rows(run, verification, results, before, after))
    proof = _proof(run)
    return ReportFacts(
        before=decode(DriftReport, load(run.stage(stages.REPORT))),
        after=verified.scan.report,
        plan=run.plan,
        plan_hash=run.plan_hash,
        started_at=_utc(journal[0].time) if journal else now,
        finished_at=now,
        history_before=tuple(sorted(before.versions())),
        history_after=tuple(sorted(after.versions())),
        steps=step_runs(run.plan, results),
        recorded=proof.recorded,
        adopted=proof.adopted,
        rows=rows,
        waiting=_waiting(run.plan, verification),
        replay=verified.replay,
        push_before=_push(run),
        backfills=tuple(_backfills(run, verification)),
        access=access_facts(verification, run.plan),
        directory_before=_directory_before(target, run),
        directory_after=_directory_after(target),
        approved_by=approval.person,
        approved_at=_utc(approval.time),
        server_version=_version(verified.scan.production.snapshot.server_version_num),
        left=tuple(_left(run, verification)),
        rehearsal=kept_rehearsal(run),
    )


def _results(plan: Plan, journal: tuple[Record, ...]) -> Iterator[StepResult]:
    """What became of each step, over all attempts."""
    for step in plan.steps:
        mine = [record for record in journal if record.step == step.id]
        ended = [r for r in mine if r.event in ("finished", "already")]
        if not ended:
            continue
        done = [r for r in ended if r.event == "finished"]
        facts = (done or ended)[-1].facts
        committing = [r.facts for r in mine if r.event == "committing"]
        yield StepResult(
            step.id,
            step.kind.value,
            Outcome.DONE if done or committing else Outcome.ALREADY,
            int(facts.get("milliseconds", 0)),
            int(facts.get("tries", 1)),
            replaced=tuple(name for each in committing for name in each.get("replaced", ())),
            dropped=tuple(name for each in committing for name in each.get("dropped", ())),
        )


def _rows(
    run: Run,
    verification: Verification,
    results: tuple[StepResult, ...],
    before: HistoryState,
    after: HistoryState,
) -> Iterator[TableRows]:
    was, now = _counts(verification.before), _counts(verification.after)
    uncounted = _uncounted(verification)
    if history := _history_table(run):
        was[history], now[history] = len(before.rows), len(after.rows)
    everything = StepResult("", "", Outcome.DONE, 0, rows=verification.rows)
    for table in table_rows(run.plan, was, now, (*results, everything)):
        name = table.table
        why = uncounted.pop(name, "")
        if name not in {*was, *now} and name.partition(".")[0] in MANAGED_SCHEMAS:
            why = "the platform's"  # no look counts it, and a file's rows come into it all the same
        if why:
            table = replace(table, before=None, after=None, uncounted=why)
        yield table
    yield from (TableRows(name, None, None, uncounted=why) for name, why in uncounted.items())


def _counts(census: Census) -> dict[str, int]:
    return {name: t.rows for name, t in census.tables.items() if t.rows is not None}


def _uncounted(verification: Verification) -> dict[str, str]:
    """Tables that one of the two looks could not count, and why."""
    return {
        name: table.reason
        for census in (verification.before, verification.after)
        for name, table in census.tables.items()
        if table.rows is None
    }


def _history_table(run: Run) -> str:
    for step in _steps_of(run, stages.HISTORY_DONE):
        if name := step.facts.get("table"):
            return str(name)
    return ""


def _steps_of(run: Run, stage: str) -> Iterator[StepResult]:
    """The newest results of a part whose steps say what they measured."""
    for path in sorted(run.evidence.glob(f"*-{stage}.json"), reverse=True):
        yield from decode(PartResult, load(path.read_bytes())).steps


def _proof(run: Run) -> Proof:
    if not run.plan.record:
        return Proof((), ())
    return decode(Proof, load(run.stage(stages.PROOF)))


def _waiting(plan: Plan, verification: Verification) -> Waiting | None:
    seen = verification.waiting
    if not seen.complete:
        return None
    bound = max((step.lock_timeout_ms for step in plan.steps), default=0)
    return Waiting(
        float(seen.longest_ms), seen.waiters, seen.samples, float(seen.interval_ms), bound
    )


def _push(run: Run) -> Push | None:
    data = load(run.stage(stages.PUSH))
    return None if data is None else decode(Push, data)


def _backfills(run: Run, verification: Verification) -> Iterator[Backfilled]:
    seen: set[str] = set()
    for step in _steps_of(run, stages.BACKFILL):
        facts: Mapping[str, Any] = step.facts
        if step.kind != StepKind.BACKFILL or "table" not in facts or facts["table"] in seen:
            continue
        seen.add(facts["table"])
        signup = verification.signup
        yield Backfilled(
            table=facts["table"],
            source=facts["source"],
            source_rows=facts["source_rows"],
            # Over all attempts; a second one finds its rows there.
            inserted=verification.rows.get(facts["table"], (facts["inserted"], 0, 0))[0],
            missing_after=facts["missing"],
            second_run_inserted=facts.get("second_run_inserted") or 0,
            groups=tuple(sorted(facts["groups"].items())),
            signup=signup.ok if signup and signup.tried else None,
        )


def _left(run: Run, verification: Verification) -> Iterator[str]:
    for name, reason in _uncounted(verification).items():
        yield f"{name} was not counted as a whole: {reason}."
    if not verification.waiting.complete:
        yield f"Not everybody who waited for us was seen: {verification.waiting.reason}."
    if not verification.fingerprint_expected:
        yield "Production has changed since our last step: somebody else is at work on it."
    signup = verification.signup
    if signup and not signup.ok:
        yield f"A signup was tried and taken back: {signup.reason}."
    for change in verification.changed_tables:
        if change.content == "changed" and change.table not in verification.rows:
            yield f"Somebody else has changed rows of {change.table} meanwhile."
    if any(action.action in ("create", "marker", "restore") for action in run.plan.files):
        yield "Commit the changes to the directory."


def _directory_before(target: ResolvedTarget, run: Run) -> tuple[str, ...]:
    inventory = decode(Inventory, load(run.stage(stages.INVENTORY)))
    return tuple(f"{target.directory.name}/{file.path}" for file in inventory.files)


def _directory_after(target: ResolvedTarget) -> tuple[str, ...]:
    root, name = target.directory.parent, target.directory.name
    folders = [name, ARCHIVE.format(directory=name), QUARANTINE.format(directory=name)]
    return tuple(
        path.relative_to(root).as_posix()
        for folder in sorted(folders)
        for path in sorted(Path(root / folder).rglob("*"))
        if path.is_file()
    )


def _utc(time: str) -> str:
    return time.replace("+00:00", "Z")


def _version(number: int) -> str:
    return f"PostgreSQL {number // 10000}.{number % 10000}"
