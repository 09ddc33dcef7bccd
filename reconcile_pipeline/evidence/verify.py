"""Is the evidence as it was written? Everything is computed again, offline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconcile_pipeline.errors import EvidenceError
from reconcile_pipeline.evidence import attestation, chain, encode
from reconcile_pipeline.evidence.chain import INDEX, START, Entry, Index
from reconcile_pipeline.evidence.signing import Verifier


@dataclass(frozen=True, slots=True)
class Verification:
    """The answer. `problem` names the first thing that does not fit; empty when all does.

    `checked`: entries that fit. `head`: the chain's last value as computed from the files.
    `signed_by`: ids of the keys whose signatures were asked for and hold. `attested`: there is an
    attestation, and it speaks of these files.
    """

    checked: int
    head: str
    problem: str = ""
    signed_by: tuple[str, ...] = ()
    attested: bool = False

    @property
    def ok(self) -> bool:
        """True when everything fits."""
        return not self.problem


def verify(
    folder: Path, head: str = "", *, growing: bool = False, signed_by: Sequence[Verifier] = ()
) -> Verification:
    """Compute every hash, link, promise and signature again. This is a read-only operation.

    `head`: the chain's last value, where it was kept elsewhere; without it, a bundle that was
    written anew as a whole, or cut off at its end, index and all, still fits itself.
    `growing`: the bundle is not finished, and may hold a file that a crash left unlisted.
    `signed_by`: public keys, each of which must have signed the attestation.
    Raises EvidenceError where the folder holds no index that can be read.
    """
    index = chain.read(folder)
    previous = START
    for position, entry in enumerate(index.entries):
        if problem := _entry(folder, position, entry, previous):
            return Verification(position, previous, problem)
        previous = entry.chain
    whole = _whole(folder, index, previous, head, growing)
    found = Verification(
        len(index.entries), previous, whole or attestation.problem(folder, signed_by)
    )
    if found.problem:
        return found
    return replace(
        found,
        signed_by=tuple(verifier.id for verifier in signed_by),
        attested=(folder / attestation.NAME).exists(),
    )


def _entry(folder: Path, position: int, entry: Entry, previous: str) -> str:
    if entry.number != position + 1:
        return f"{INDEX} names entry {entry.number} where entry {position + 1} belongs."
    if Path(entry.file).name != entry.file or entry.file in ("", INDEX):
        return f"{INDEX} names a file outside the folder at entry {entry.number}."
    path = folder / entry.file
    if path.is_symlink() or not path.is_file():
        return f"{entry.file} is missing."
    try:
        data = path.read_bytes()
    except OSError as error:
        return f"{entry.file} cannot be read: {error.strerror}."
    if chain.digest(data) != entry.sha256:
        return f"{entry.file} was changed: its sha256 is not the one in {INDEX}."
    if len(data) != entry.size:
        return f"{INDEX} names a wrong size for {entry.file}."
    if chain.link(previous, entry.stage, entry.sha256) != entry.chain:
        return (
            f"The chain breaks at {entry.file}: an entry before it was changed, added or dropped."
        )
    if entry.file != entry.stage and not _canonical(data):  # a text is named by its stage
        return f"{entry.file} is not canonical JSON."
    return ""


def _whole(folder: Path, index: Index, computed: str, kept: str, growing: bool) -> str:
    if index.head != computed:
        return f"{INDEX} names a head that its entries do not give."
    if kept and kept != computed:
        return "The head is not the one that was kept: the bundle was cut off or written anew."
    named = {entry.file for entry in index.entries} | {INDEX, attestation.NAME}
    for path in sorted(folder.iterdir()):
        if path.name not in named and not growing:
            return f"{path.name} is in the folder, but not in {INDEX}."
    return _promises(folder, index)


def _canonical(data: bytes) -> bool:
    try:
        return encode.dump_plain(encode.load(data)) == data
    except ValueError:
        return False


def _promises(folder: Path, index: Index) -> str:
    """The promises as written must be those that the facts as written give."""
    from reconcile_pipeline.evidence.decode import decode
    from reconcile_pipeline.evidence.model import FACTS_STAGE, PROMISES_STAGE, ReportFacts
    from reconcile_pipeline.evidence.promises import promises

    by_stage = {entry.stage: entry.file for entry in index.entries}
    if FACTS_STAGE not in by_stage or PROMISES_STAGE not in by_stage:
        return ""
    facts_file, promises_file = by_stage[FACTS_STAGE], by_stage[PROMISES_STAGE]
    try:
        facts = decode(ReportFacts, encode.load((folder / facts_file).read_bytes()))
    except EvidenceError as error:
        return f"{facts_file}: {error.message}"
    written = (folder / promises_file).read_bytes()
    if encode.dump(promises(facts)) != written:
        return f"{promises_file} does not say what {facts_file} gives."
    return ""
