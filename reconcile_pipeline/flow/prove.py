"""Before the history is written: is every version that it will name live, statement by statement?

Looked at twice. The directory as it is, for the versions that it holds; and the directory as the
plan will leave it, rehearsed in a temporary folder, for the reconciliation migration: replaying
that must give production.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from reconcile_pipeline.apply.directory.files import change_files
from reconcile_pipeline.attribution.model import MigrationReport, Verdict
from reconcile_pipeline.drift.model import DriftReport
from reconcile_pipeline.drift.scan import Progress, Scan
from reconcile_pipeline.drift.tables import LIVE
from reconcile_pipeline.drift.words import listing
from reconcile_pipeline.errors import ApplyError
from reconcile_pipeline.evidence.decode import decode
from reconcile_pipeline.evidence.encode import load
from reconcile_pipeline.evidence.model import Recorded
from reconcile_pipeline.evidence.promises.true import lacking_proof
from reconcile_pipeline.flow import stages
from reconcile_pipeline.flow.replay import failing, replayed
from reconcile_pipeline.flow.run import Run
from reconcile_pipeline.flow.scan import scan_target, silent
from reconcile_pipeline.flow.target import ResolvedTarget

KEPT = "The steps before it are done, and kept. The history and the directory were not changed."


@dataclass(frozen=True, slots=True)
class Proof:
    """`recorded`: each version with what production shows of its statements.

    `adopted`: identities of the objects changed by hand that the reconciliation migration carries.
    """

    recorded: tuple[Recorded, ...]
    adopted: tuple[str, ...]


def prove(target: ResolvedTarget, run: Run, progress: Progress = silent) -> Proof:
    """The proof, written into the evidence. Raises ApplyError where a version is not proved.

    What an earlier run of the same plan has proved before it wrote the history is read again: the
    files that it looked at may lie in the archive by now.
    """
    bundle = run.bundle(target)
    if (kept := kept_proof(run)) is not None:
        return kept
    progress("proving each version before it is recorded")
    scan = scan_target(target)
    progress("rehearsing the directory as it will be")
    future = _future(target, run)
    adopted = tuple(
        entry.id.identity for entry in scan.attribution.unexplained if target.settings.adopt
    )
    reports = _reports(scan) | _reports(future, only=_written(run))
    recorded = tuple(_recorded(reports, version) for version in run.plan.record)
    if any(nothing_shown(each) for each in recorded):
        before = decode(DriftReport, load(run.stage(stages.REPORT)))
        recorded = tuple(as_before(each, before) for each in recorded)
    problems = [problem for each in recorded for problem in unproved(each, frozenset(adopted))]
    problems += [f"the directory to be: {each}" for each in _unforeseen(run, scan, future)]
    if problems:
        raise ApplyError(
            f"The history is not written: {listing(problems, limit=5)}.",
            hint="Look at `reconcile drift`, and make a new plan.",
            changed=KEPT,
        )
    proof = Proof(recorded, adopted)
    bundle.add(stages.PROOF, proof)
    return proof


def kept_proof(run: Run) -> Proof | None:
    """What was proved before, if it was."""
    found = sorted(run.evidence.glob(f"*-{stages.PROOF}.json"))
    return decode(Proof, load(found[-1].read_bytes())) if found else None


def _future(target: ResolvedTarget, run: Run) -> Scan:
    """A scan of the directory as the plan's file actions will leave it."""
    with tempfile.TemporaryDirectory(prefix="rp-") as folder:
        root = Path(folder) / "project"
        directory = root / target.directory.name
        shutil.copytree(target.directory, directory)
        change_files(run.plan.files, root, Path(folder) / "run", run.plan_hash)
        return scan_target(replace(target, directory=directory, metrics=None))


def _unforeseen(run: Run, scan: Scan, future: Scan) -> list[str]:
    """Where the replay will not give production, but for what the plan has declined, and said, and
    for what the shadow refuses today as well, in whichever file: the plan warns of it.
    """
    declined = set(run.plan.declined)
    refused = {s.sql.strip() for m in scan.attribution.migrations for s in m.refused}
    declined.update(words for m in future.attribution.migrations for words in failing(m, refused))
    files = {m.path for m in future.attribution.migrations if (m.version or m.name) in declined}
    return [
        difference
        for difference in replayed(future).differences
        if difference not in declined
        and difference.partition(":")[0].partition(",")[0] not in files
    ]


def _written(run: Run) -> frozenset[str]:
    """Names of the files that the plan writes anew."""
    return frozenset(
        action.path.rpartition("/")[2] for action in run.plan.files if action.action == "create"
    )


def _reports(scan: Scan, only: frozenset[str] | None = None) -> dict[str, MigrationReport]:
    return {
        report.version: report
        for report in scan.attribution.migrations
        if report.version and (only is None or report.path in only)
    }


def _recorded(reports: Mapping[str, MigrationReport], version: str) -> Recorded:
    if (report := reports.get(version)) is None:
        return Recorded(version, "", "", ())
    return Recorded(version, report.name, report.path, report.statements)


def nothing_shown(recorded: Recorded) -> bool:
    """Whether production shows none of a version's statements any more, nor speaks against one."""
    return all(s.verdict is Verdict.UNVERIFIABLE for s in recorded.statements)


def as_before(recorded: Recorded, before: DriftReport) -> Recorded:
    """The version as it was shown to be live before the first step, where nothing shows it since.

    Two files make a function alike, and the plan completes the first one: the second leaves nothing
    now, though production has what it makes, as it had before.
    """
    if not nothing_shown(recorded):
        return recorded
    former = {
        s.index: s
        for m in before.migrations
        if m.version == recorded.version and m.file == recorded.file and m.report
        for s in m.report.statements
        if s.ran and s.verdict in LIVE and not s.error
    }
    statements = tuple(
        replace(s, verdict=was.verdict, effects=was.effects, reason=was.reason)
        if (was := former.get(s.index))
        else s
        for s in recorded.statements
    )
    return replace(recorded, statements=statements)


def unproved(recorded: Recorded, adopted: frozenset[str]) -> list[str]:
    """The statements that are not live, as the promise counts them."""
    if not recorded.file:
        return [f"there is no file of version {recorded.version}"]
    return list(lacking_proof(recorded, adopted, recorded.file))
