"""Which runs of a target may go, and letting them go.

Never: the newest run that ended with every promise held, a run that was begun or approved and has
not ended, and a scan that may still be running.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reconcile_pipeline.apply.journal import FILE as JOURNAL
from reconcile_pipeline.errors import EvidenceError
from reconcile_pipeline.evidence import chain, encode, files
from reconcile_pipeline.evidence.chain import INDEX
from reconcile_pipeline.evidence.model import PROMISES_STAGE
from reconcile_pipeline.flow import stages
from reconcile_pipeline.flow.run import APPROVAL, EVIDENCE, PLAN, UNDONE

SCANS = "scans"  # Dagster's scans lie in this folder of the target's, one folder a run
LEAVING = ".leaving-"  # how the name of a folder begins that is being deleted
RUNNING_S = 3600  # a scan that wrote within the last hour may still be running


@dataclass(frozen=True, slots=True)
class Kept:
    """One folder. `age_s`: since its evidence was last written. `why`: why it must stay, or ''."""

    folder: Path
    age_s: float
    why: str


@dataclass(frozen=True, slots=True)
class Pruning:
    """What goes, and what stays although the limits would let it go."""

    gone: tuple[Path, ...]
    kept: tuple[Kept, ...]


def prune(
    evidence: Path,
    *,
    keep: int | None = None,
    older_than_s: float | None = None,
    now: float | None = None,
    dry: bool = False,
) -> Pruning:
    """Delete runs, and scans, beyond the newest `keep` of each and older than `older_than_s`.

    A limit that is None limits nothing; with both, only what both let go goes. `evidence` is the
    target's folder. `now`: seconds since 1970. `dry`: only say what would go. Raises EvidenceError.
    """
    if keep is None and older_than_s is None:
        raise ValueError("neither limit is given")
    now = time.time() if now is None else now
    gone: list[Path] = []
    kept: list[Kept] = []
    for left in (*evidence.glob(f"{LEAVING}*"), *evidence.glob(f"*/{LEAVING}*")):
        if not dry:
            _remove(left)
    for found in (_runs(evidence, now), _scans(evidence, now)):
        for place, each in enumerate(sorted(found, key=lambda each: each.age_s)):
            beyond = keep is None or place >= keep
            old = older_than_s is None or each.age_s > older_than_s
            if not (beyond and old):
                continue
            if each.why:
                kept.append(each)
                continue
            if not dry:
                _leave(each.folder)
            gone.append(each.folder)
    return Pruning(tuple(gone), tuple(kept))


def _runs(evidence: Path, now: float) -> list[Kept]:
    """The folders of plans. The newest finished run that is good stays, or else the newest one."""
    found = [path.parent for place in ("*", "*/*") for path in evidence.glob(f"{place}/{PLAN}")]
    found.sort(key=lambda folder: _written(folder / EVIDENCE))
    finished = [folder for folder in found if _promises(folder / EVIDENCE) is not None]
    # What was taken back lies one folder deeper, and is no longer how production came to be.
    good = [f for f in finished if f.parent == evidence and _promises(f / EVIDENCE)]
    last = next(reversed(good or finished), None)
    return [
        Kept(
            folder,
            now - _written(folder / EVIDENCE),
            "it is the last good run"
            if folder == last
            else (
                "it has not ended" if folder not in finished and _waits(folder, evidence) else ""
            ),
        )
        for folder in found
    ]


def _scans(evidence: Path, now: float) -> list[Kept]:
    found = [path.parent for path in evidence.glob(f"{SCANS}/*/{INDEX}")]
    found.sort(key=_written)
    good = [folder for folder in found if stages.DRIFT in _stages(folder)]
    return [
        Kept(
            folder,
            now - _written(folder),
            "it is the last good scan"
            if good and folder == good[-1]
            else ("it may still be running" if now - _written(folder) < RUNNING_S else ""),
        )
        for folder in found
    ]


def _waits(folder: Path, evidence: Path) -> bool:
    """Approved or begun, and neither ended nor taken back: somebody counts on it."""
    begun = (folder / APPROVAL).exists() or (folder / JOURNAL).exists()
    return begun and folder.parent == evidence and not (folder / EVIDENCE / UNDONE).exists()


def _written(bundle: Path) -> float:
    try:
        return (bundle / INDEX).stat().st_mtime
    except OSError:
        return 0.0


def _stages(bundle: Path) -> Iterator[str]:
    try:
        yield from (entry.stage for entry in chain.read(bundle).entries)
    except EvidenceError:
        return


def _promises(bundle: Path) -> bool | None:
    """Whether all promises of a finished run held; None where it has not ended."""
    try:
        named = [e.file for e in chain.read(bundle).entries if e.stage == PROMISES_STAGE]
        if not named:
            return None
        return all(each["held"] for each in encode.load((bundle / named[-1]).read_bytes()))
    except (EvidenceError, OSError, ValueError, KeyError, TypeError):
        return None


def _leave(folder: Path) -> None:
    """Out of sight at once, then deleted: nobody ever meets half a run."""
    leaving = folder.with_name(f"{LEAVING}{folder.name}")
    try:
        folder.rename(leaving)
    except OSError as error:
        raise files.unwritable(folder.parent, error) from None
    _remove(leaving)


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise files.unwritable(folder.parent, error) from None
