"""The newest lineage of a target, beside its evidence: for whoever loads it without a database."""

from __future__ import annotations

from pathlib import Path

from reconcile_pipeline.errors import EvidenceError
from reconcile_pipeline.evidence import encode, files
from reconcile_pipeline.evidence.decode import decode
from reconcile_pipeline.evidence.redaction import Redactor
from reconcile_pipeline.flow.lineage.model import FILE, Lineage
from reconcile_pipeline.flow.target import ResolvedTarget


def keep(target: ResolvedTarget, lineage: Lineage) -> Path:
    """Write it, whole or not at all. Raises EvidenceError."""
    path = target.evidence / FILE
    target.evidence.mkdir(parents=True, exist_ok=True, mode=0o700)
    files.write(path, encode.dump(Redactor((target.dsn,)).value(lineage)))
    return path


def kept(folder: Path) -> Lineage | None:
    """The newest of the target whose evidence is in `folder`; None where none can be read."""
    try:
        return decode(Lineage, encode.load((folder / FILE).read_bytes()))
    except (OSError, ValueError, EvidenceError):
        return None
