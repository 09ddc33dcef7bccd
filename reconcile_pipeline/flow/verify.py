"""Verify from outside: is the target in step, by a fresh scan and by the client's own rules?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reconcile_pipeline.apply.access.matrix import Matrix
from reconcile_pipeline.drift.model import DriftReport, Finding
from reconcile_pipeline.drift.render import headline
from reconcile_pipeline.drift.scan import Progress, Scan
from reconcile_pipeline.drift.words import count, listing
from reconcile_pipeline.evidence.model import Push, Replay
from reconcile_pipeline.evidence.promises.in_step import but_for
from reconcile_pipeline.flow import run as runs
from reconcile_pipeline.flow.access import access_matrix
from reconcile_pipeline.flow.replay import replayed
from reconcile_pipeline.flow.scan import scan_target, silent
from reconcile_pipeline.flow.stakes import measure_push
from reconcile_pipeline.flow.target import ResolvedTarget


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: its figure in a sentence, and what does not fit."""

    name: str
    figure: str
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True where nothing is wrong."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found. Production and directory were only read."""

    scan: Scan
    replay: Replay
    push: Push | None
    matrix: Matrix
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """True where every check is."""
        return all(check.ok for check in self.checks)


def verify_target(target: ResolvedTarget, progress: Progress = silent) -> Verified:
    """All checks. Raises the errors of a scan; what does not fit is no error but a problem."""
    scan = scan_target(target, progress)
    progress("asking who may do what")
    matrix = access_matrix(target)
    replay, push = replayed(scan), measure_push(target, scan)
    checks = [_in_step(scan), _replay(replay)]
    if scan.report.history_tool != "none":
        checks += [_history(scan.report), _push(push)]
    checks.append(_access(matrix))
    checks += _evidence(target)
    return Verified(scan, replay, push, matrix, tuple(checks))


def client_problems(report: DriftReport) -> tuple[str, ...]:
    """What the history tool's client would find, by its own rule: versions, as text, in order."""
    local = [m.version for m in report.migrations if m.file and m.version]
    remote = {m.version for m in report.migrations if m.recorded and m.version}
    problems = [f"{v} is recorded, but has no local file" for v in sorted(remote - set(local))]
    newest = max(remote, default="")
    for version in local:
        if version not in remote:
            late = version < newest
            problems.append(
                f"{version} is not recorded"
                + (f", and comes before {newest}, which is: the client asks for --include-all"
                   if late else "")
            )  # fmt: skip
    if local != sorted(local):
        problems.append("the files' order is not the order of their versions as text")
    return tuple(problems)


def _in_step(scan: Scan) -> Check:
    report = scan.report
    problems = [
        f"{m.file or m.version}: {m.finding.value.replace('_', ' ')}"
        for m in report.migrations
        if m.finding is not Finding.SYNCHRONIZED
    ]
    problems += [f"{entry.id}: {entry.change.value} by hand" for entry in report.unexplained]
    return Check("In step", headline(report), tuple(problems))


def _replay(replay: Replay) -> Check:
    verb = "differs from" if replay.differences else "equals"
    figure = f"Replaying the directory from nothing {verb} production"
    but = but_for(replay)
    return Check(
        "Replay", f"{figure} ({count(replay.objects, 'object')}){but}.", replay.differences
    )


def _history(report: DriftReport) -> Check:
    problems = client_problems(report)
    recorded = sum(1 for m in report.migrations if m.recorded)
    verb = "differ" if problems else "are equal"
    return Check(
        "History", f"Local and remote {verb} ({count(recorded, 'version')} recorded).", problems
    )


def _push(push: Push | None) -> Check:
    files = push.files if push else ()
    if not files:
        return Check("Push", "Nothing to push.")
    stakes = [
        f"{stake.file}, line {stake.line}, would delete "
        f"{count(sum(rows for _, rows in stake.rows), 'row')}"
        for stake in (push.at_stake if push else ())
    ]
    return Check(
        "Push",
        f"A push would run {count(len(files), 'file')}.",
        (f"it would run {listing(files)}", *stakes),
    )


def _access(matrix: Matrix) -> Check:
    if not matrix.cells:
        return Check("Access", "None of the API's roles is here, so none was asked about.")
    # A policy that fails, for example by recursion, stops everybody who comes by it.
    problems = tuple(
        f"{cell.subject}, {cell.action.value.upper()} on {cell.table}: the policies fail"
        f" ({cell.note})"
        for cell in matrix.cells
        if cell.note and not cell.note.endswith(_TOO_SLOW)
    )
    tables = count(len({cell.table for cell in matrix.cells}), "table")
    subjects = "; ".join(matrix.subjects)
    figure = f"{count(matrix.probes, 'question')} about {tables} answered for {subjects}."
    if not matrix.probes:  # the role that scans may take on none of them, on purpose
        figure = (
            f"Read from the catalog alone what {tables} let {subjects} do: this role may not act "
            "as them to try."
        )
    return Check("Access", figure, problems)


_TOO_SLOW = ("57014", "42501")  # SQLSTATE: out of time; denied beneath, as by a view


def _evidence(target: ResolvedTarget) -> Iterator[Check]:
    """The evidence of the newest finished run, computed again."""
    from reconcile_pipeline.evidence.report import NAME
    from reconcile_pipeline.evidence.verify import verify

    finished = sorted(
        target.evidence.glob(f"*/{runs.EVIDENCE}/{NAME}"), key=lambda path: path.stat().st_mtime
    )
    if not finished:
        return
    folder: Path = finished[-1].parent
    found = verify(folder)
    yield Check(
        "Evidence",
        f"{count(found.checked, 'file')} of run {folder.parent.name} fit their hashes.",
        (found.problem,) if found.problem else (),
    )
