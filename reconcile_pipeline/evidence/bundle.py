"""One folder of evidence a run: what each stage proved, written down and chained by hash."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from reconcile_pipeline.drift.model import DriftReport
from reconcile_pipeline.errors import EvidenceError
from reconcile_pipeline.evidence import chain, encode, files
from reconcile_pipeline.evidence.chain import INDEX, Entry
from reconcile_pipeline.evidence.redaction import Redactor

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class Bundle:
    """An evidence folder that grows. Several processes may add to it, one after the other.

    Everything passes the redactor before it is written: `dsns` are the connection strings whose
    passwords must not appear. Nothing is ever rewritten but the index.
    """

    def __init__(self, folder: Path, redactor: Redactor) -> None:
        self.folder = folder
        self._redactor = redactor

    @classmethod
    def create(cls, folder: Path, *, dsns: Iterable[str] = ()) -> Bundle:
        """Begin a bundle in a new or empty folder, which only its owner may read.

        Raises EvidenceError where the folder holds anything, or cannot be written.
        """
        files.make_folder(folder)
        with files.locked(folder):
            if any(folder.iterdir()):
                raise EvidenceError(
                    f"{folder} is not empty.", hint="Each run needs a folder of its own."
                )
            files.write(folder / INDEX, encode.dump(chain.empty()))
        return cls(folder, Redactor(dsns))

    @classmethod
    def open(cls, folder: Path, *, dsns: Iterable[str] = ()) -> Bundle:
        """Go on with a bundle, perhaps after a crash: what was not finished is swept away.

        Raises EvidenceError where there is no bundle, or it does not verify.
        """
        from reconcile_pipeline.evidence.verify import verify

        with files.locked(folder):
            _sweep(folder, len(chain.read(folder).entries) + 1)
        if problem := verify(folder, growing=True).problem:
            raise EvidenceError(f"{folder} does not verify: {problem}", changed="")
        return cls(folder, Redactor(dsns))

    def add(self, stage: str, value: object) -> Entry:
        """Write a value as canonical JSON to `NN-stage.json`. Raises EvidenceError, TypeError."""
        data = encode.dump_plain(self._redactor.value(value))
        return self._write(stage, "{number:02d}-{stage}.json", data)

    def add_derived(self, stage: str, value: object) -> Entry:
        """As `add`, of what is made of values in this bundle alone: they hold no secret any more.

        Searched again, words and numbers that came to stand side by side would pass for one
        (`add_token: 4 of 4 statements`), and whoever makes it again would find a difference.
        """
        return self._write(stage, "{number:02d}-{stage}.json", encode.dump(value))

    def add_text(self, name: str, text: str) -> Entry:
        """Write a text under its own name, e.g. `RECONCILIATION.md`. Raises EvidenceError."""
        return self._write(name, "{stage}", self._redactor.text(text).encode())

    def add_tables(self, report: DriftReport) -> None:
        """Write a drift report's tables beside its JSON: CSV and Parquet. Raises EvidenceError."""
        from reconcile_pipeline.drift.export import exports  # pandas, which not every bundle needs

        for name, data in exports(report, self._redactor.text):
            self._write(name, "{stage}", data)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What was written so far, in order."""
        return chain.read(self.folder).entries

    @property
    def head(self) -> str:
        """The chain's last value. Kept elsewhere, it tells later that all is as it was."""
        return chain.read(self.folder).head

    def _write(self, stage: str, pattern: str, data: bytes) -> Entry:
        if not _NAME.fullmatch(stage) or stage == INDEX:
            raise ValueError(f"{stage!r} is no name for a stage")
        with files.locked(self.folder):
            index = chain.read(self.folder)
            file = pattern.format(number=len(index.entries) + 1, stage=stage)
            if any(entry.file == file for entry in index.entries):
                raise EvidenceError(
                    f"{self.folder} already holds {file}, and evidence is never rewritten.",
                    hint="Begin a new run.",
                    changed="",
                )
            grown = chain.grow(index, stage, file, data)
            # The file first: an index must never name a file that is not there.
            files.write(self.folder / file, data)
            files.write(self.folder / INDEX, encode.dump(grown))
        return grown.entries[-1]


def _sweep(folder: Path, number: int) -> None:
    """Remove what a crash can leave: temporary files, and a file that no index names yet."""
    named = {entry.file for entry in chain.read(folder).entries} | {INDEX}
    for path in folder.iterdir():
        unfinished = path.name.startswith((files.TEMPORARY, f"{number:02d}-"))
        if unfinished and path.name not in named:
            path.unlink()
