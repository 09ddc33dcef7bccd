"""One small file a target, `last-scan.json`: what its last scan found, and when one last succeeded.

It lies beside the target's evidence. It holds counts and times, and no name but the target's.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconcile_pipeline.drift.model import DriftReport
from reconcile_pipeline.drift.scan import Scan
from reconcile_pipeline.errors import EvidenceError
from reconcile_pipeline.evidence import encode, files
from reconcile_pipeline.evidence.decode import decode
from reconcile_pipeline.flow.target import ResolvedTarget

NAME = "last-scan.json"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Record:
    """One target. Times are seconds since 1970, 0 where there was none yet.

    `failed_at`: of the newest attempt that failed; cleared by one that does not. `findings`,
    `statements`, `by_hand`: how many of each finding, verdict, and kind of change by hand.
    """

    target: str
    succeeded_at: float = 0.0
    seconds: float = 0.0
    in_step: bool = False
    findings: Mapping[str, int] = field(default_factory=dict)
    statements: Mapping[str, int] = field(default_factory=dict)
    by_hand: Mapping[str, int] = field(default_factory=dict)
    failed_at: float = 0.0
    failures: int = 0


class Measured:
    """Handed to the work of one scan, which says what it found."""

    def __init__(self) -> None:
        self.report: DriftReport | None = None

    def found(self, scan: Scan) -> Scan:
        """Note the scan's report, and hand it on."""
        self.report = scan.report
        return scan


@contextmanager
def measured(target: ResolvedTarget) -> Iterator[Measured]:
    """Measure one scan, and write its record and the metrics file, where reconcile.toml names one.

    What cannot be written is logged: no scan fails for its metrics. Errors pass through.
    """
    if target.metrics is None:
        yield Measured()
        return
    work, begun = Measured(), time.monotonic()
    try:
        yield work
    except Exception:
        old = read(target.evidence, target.name)
        _keep(target, replace(old, failed_at=time.time(), failures=old.failures + 1))
        raise
    if work.report is not None:
        old = read(target.evidence, target.name)
        _keep(target, of(work.report, time.monotonic() - begun, old))


def of(report: DriftReport, seconds: float, old: Record) -> Record:
    """The record of a scan that has just succeeded."""
    statements = (s for m in report.migrations if m.report for s in m.report.statements)
    return Record(
        report.target,
        time.time(),
        seconds,
        report.in_step,
        dict(Counter(m.finding.value for m in report.migrations)),
        dict(Counter(statement.verdict.value for statement in statements)),
        dict(Counter(entry.change.value for entry in report.unexplained)),
        failures=old.failures,
    )


def read(evidence: Path, target: str) -> Record:
    """The target's record; an empty one where there is none, or it cannot be read."""
    try:
        return decode(Record, encode.load((evidence / NAME).read_bytes()))
    except (OSError, ValueError, EvidenceError):
        return Record(target)


def _keep(target: ResolvedTarget, record: Record) -> None:
    from reconcile_pipeline.flow.metrics.prometheus import write

    assert target.metrics is not None
    try:
        files.make_folder(target.evidence)
        files.write(target.evidence / NAME, encode.dump(record))
        write(target.metrics, all_of(target.evidence.parent))
    except (EvidenceError, OSError) as error:
        reason = error.message if isinstance(error, EvidenceError) else error.strerror
        _log.warning("Metrics were not written: %s", reason)


def all_of(root: Path) -> list[Record]:
    """The records of all targets whose evidence lies below this folder, by name."""
    return [read(path.parent, path.parent.name) for path in sorted(root.glob(f"*/{NAME}"))]
