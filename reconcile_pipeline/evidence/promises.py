"""The four promises, computed from what was measured. Each can fail, and says why when it does.

What was not measured is not proved: a missing measurement breaks its promise.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconcile_pipeline.attribution.model import StatementVerdict, Verdict
from reconcile_pipeline.drift.model import Finding
from reconcile_pipeline.drift.tables import LIVE
from reconcile_pipeline.drift.words import count, listing
from reconcile_pipeline.evidence.model import Recorded, ReportFacts, TableRows
from reconcile_pipeline.plan.model import Plan


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise: whether it held, its figure in one sentence, and the proof, line by line.

    Where it did not hold, the first lines of `proof` are the reasons.
    """

    name: str
    held: bool
    figure: str
    proof: tuple[str, ...]


def promises(facts: ReportFacts) -> tuple[Promise, Promise, Promise, Promise]:
    """True, nothing lost, nothing stopped, in step: in this order."""
    return true(facts), nothing_lost(facts), nothing_stopped(facts), in_step(facts)


def true(facts: ReportFacts) -> Promise:
    """Every version that was recorded as applied is live, statement by statement."""
    by_version = {recorded.version: recorded for recorded in facts.recorded}
    broken, proof = [], []
    live = statements = 0
    for version in facts.plan.record:
        if version not in by_version:
            broken.append(f"{version} was recorded, but nothing proves it.")
            continue
        recorded = by_version[version]
        broken += _unproved(recorded, frozenset(facts.adopted))
        counted = sum(1 for s in recorded.statements if s.verdict is not Verdict.UNVERIFIABLE)
        live += counted
        statements += len(recorded.statements)
        proof.append(
            f"{recorded.version}_{recorded.name}: {counted} of "
            f"{count(len(recorded.statements), 'statement')} proved live."
        )
    broken += _history(facts)
    figure = f"{count(len(facts.plan.record), 'version')} recorded"
    if statements:
        figure += f"; {live} of {count(statements, 'statement')} proved live"
        if unverifiable := statements - live:
            figure += f", {unverifiable} leave nothing that could be checked"
    return _promise("True", broken, figure, proof)


def _unproved(recorded: Recorded, adopted: frozenset[str]) -> list[str]:
    broken = [
        f"{recorded.version}, line {s.line}: {s.tag} is {s.verdict.value} in production."
        for s in recorded.statements
        if s.verdict not in LIVE | {Verdict.UNVERIFIABLE} and not _adopted(s, adopted)
    ]
    if not any(s.verdict is not Verdict.UNVERIFIABLE for s in recorded.statements):
        broken.append(f"{recorded.version}: none of its statements leaves anything to check.")
    return broken


def _adopted(statement: StatementVerdict, adopted: frozenset[str]) -> bool:
    """It ran, and what was changed by hand since is now carried by the reconciliation migration."""
    changed = [effect for effect in statement.effects if effect.verdict not in LIVE]
    return statement.verdict is Verdict.DIFFERENT and all(e.identity in adopted for e in changed)


def _history(facts: ReportFacts) -> list[str]:
    meant = (set(facts.history_before) | set(facts.plan.record)) - set(facts.plan.forget)
    there = set(facts.history_after)
    broken = [f"{version} is not in the history." for version in sorted(meant - there)]
    return broken + [
        f"The history names {version}, which the plan did not record."
        for version in sorted(there - meant)
    ]


def nothing_lost(facts: ReportFacts) -> Promise:
    """No row is gone, and our own transactions did nothing that the plan had not announced."""
    broken = [reason for t in facts.rows for reason in _lost(t, announced(facts.plan, t.table))]
    if not facts.rows:
        broken.append("No table's rows were counted.")
    inserted, updated, deleted = (
        sum(getattr(table, what) for table in facts.rows)
        for what in ("inserted", "updated", "deleted")
    )
    figure = (
        f"{count(len(facts.rows), 'table')} counted; we inserted {count(inserted, 'row')}, "
        f"updated {updated:,}, deleted {deleted:,}"
    )
    proof = [
        f"{t.table}: {_number(t.before)} before, {_number(t.after)} after; "
        f"we inserted {t.inserted:,}, updated {t.updated:,}, deleted {t.deleted:,}."
        for t in facts.rows
    ]
    return _promise("Nothing lost", broken, figure, proof)


def announced(plan: Plan, table: str) -> tuple[int | None, int | None, int | None]:
    """The most rows of a table that the plan may insert, update, delete; None is any number."""
    limits = [step.rows[table] for step in plan.steps if step.rows and table in step.rows]
    insert, update, delete = (
        None if None in column else sum(rows or 0 for rows in column)
        for column in (zip(*limits, strict=True) if limits else ((0,), (0,), (0,)))
    )
    return insert, update, delete


def _lost(table: TableRows, allowed: tuple[int | None, int | None, int | None]) -> list[str]:
    broken = []
    if table.truncated:
        broken.append(f"{table.table} was truncated by us.")
    done = {"inserted": table.inserted, "updated": table.updated, "deleted": table.deleted}
    for (what, rows), may in zip(done.items(), allowed, strict=True):
        if may is not None and rows > may:
            broken.append(
                f"{table.table}: we {what} {count(rows, 'row')}, the plan announced {may:,}."
            )
    if table.before is not None and table.after is None:
        broken.append(f"{table.table} is gone.")
    elif (gap := _gap(table)) < 0:
        broken.append(
            f"{table.table}: {count(-gap, 'row')} fewer than our own transactions explain."
        )
    return broken


def _gap(table: TableRows) -> int:
    """Rows that others added (positive) or that are gone without our doing (negative)."""
    return (table.after or 0) - (table.before or 0) - table.inserted + table.deleted


def _number(rows: int | None) -> str:
    return "not there" if rows is None else f"{rows:,}"


def nothing_stopped(facts: ReportFacts) -> Promise:
    """Nobody waited for us longer than the longest lock timeout."""
    waiting = facts.waiting
    if waiting is None or not waiting.samples:
        return Promise(
            "Nothing stopped", False, "Not measured", ("Nobody watched who waited for us.",)
        )
    broken = []
    if waiting.longest_ms > waiting.bound_ms:
        broken.append(
            f"Somebody waited {waiting.longest_ms:,.0f} ms for us; "
            f"{waiting.bound_ms:,} ms was the bound."
        )
    figure = (
        f"Longest anyone waited for us: {waiting.longest_ms:,.0f} ms"
        if waiting.waiters
        else "Nobody was seen waiting for us"
    ) + f" (bound {waiting.bound_ms:,} ms)"
    proof = [
        f"The server was asked {count(waiting.samples, 'time')}, every {waiting.interval_ms:,.0f} "
        f"ms, who waits for us: {count(waiting.waiters, 'session')} did.",
        f"No statement of ours was allowed to wait longer than {waiting.bound_ms:,} ms for a lock.",
    ]
    return _promise("Nothing stopped", broken, figure, proof)


def in_step(facts: ReportFacts) -> Promise:
    """Replaying the directory gives production, and there is nothing to push."""
    broken, proof = [], []
    figures = []
    if facts.replay is None or not facts.replay.objects:
        broken.append("The directory was not replayed.")
    else:
        replay = facts.replay
        broken += [f"The replay differs from production: {each}." for each in replay.differences]
        figures.append(
            f"replay {'equals' if not replay.differences else 'differs from'} production "
            f"({count(replay.objects, 'object')})"
        )
        proof.append(f"Replayed from nothing, compared {count(replay.objects, 'object')}.")
    for m in facts.after.migrations:
        if m.finding is not Finding.SYNCHRONIZED:
            broken.append(f"{m.file or m.version}: {m.finding.value.replace('_', ' ')}.")
    broken += [f"{u.id} is still unexplained ({u.change.value})." for u in facts.after.unexplained]
    names = {m.version for m in facts.after.migrations if m.file and m.version}
    if names != (there := set(facts.history_after)):
        odd = listing(sorted(names ^ there))
        broken.append(f"Local and remote versions are not the same: {odd} on one side only.")
    if (client := facts.client) is None:
        proof.append("The history tool's own client was not asked.")
        figures.append("own check: nothing to push" if not broken else "own check: not in step")
    else:
        name = f"{client.name} {client.version}".strip()
        if not client.equal:
            broken.append(f"{name} lists versions that are not on both sides.")
        if client.pending:
            broken.append(f"{name} would still push {listing(client.pending)}.")
        if client.equal and not client.pending:
            proof.append(f"{name}: local and remote are equal, nothing to push.")
        figures.append(f"{name}: {_pending(client.pending)}")
    figure = "; ".join(figures)
    return _promise("In step", broken, figure[:1].upper() + figure[1:], proof)


def _pending(files: tuple[str, ...]) -> str:
    return f"{count(len(files), 'file')} to push" if files else "nothing to push"


def _promise(name: str, broken: list[str], figure: str, proof: list[str]) -> Promise:
    return Promise(name, not broken, figure, (*broken, *proof))
