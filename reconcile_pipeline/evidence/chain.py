"""The index of an evidence folder: its files in order, each chained to the one before."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from reconcile_pipeline.errors import EvidenceError
from reconcile_pipeline.evidence import decode, encode

INDEX = "index.json"
FORMAT = 1
START = "0" * 64
"""The chain before the first entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of evidence.

    `number` counts from 1; `sha256` and `size` (bytes) are of the file as written; `chain` is
    sha256 over the chain of the entry before, the stage's name and `sha256`, so that no entry can
    be changed, dropped, added or moved without changing every later one.
    """

    number: int
    stage: str
    file: str
    size: int
    sha256: str
    chain: str


@dataclass(frozen=True, slots=True)
class Index:
    """All entries in order. `head` is the last entry's chain: it stands for the whole folder."""

    format: int
    entries: tuple[Entry, ...]
    head: str


def digest(data: bytes) -> str:
    """sha256 in hex."""
    return hashlib.sha256(data).hexdigest()


def link(previous: str, stage: str, sha256: str) -> str:
    """The chain's next value. Both hashes are 64 digits long, so nothing is ambiguous."""
    return digest((previous + stage + sha256).encode())


def grow(index: Index, stage: str, file: str, data: bytes) -> Index:
    """The index with one more entry."""
    sha256 = digest(data)
    chain = link(index.head, stage, sha256)
    entry = Entry(len(index.entries) + 1, stage, file, len(data), sha256, chain)
    return Index(FORMAT, (*index.entries, entry), chain)


def empty() -> Index:
    """An index without entries."""
    return Index(FORMAT, (), START)


def read(folder: Path) -> Index:
    """The folder's index. Raises EvidenceError where there is none or it cannot be read."""
    path = folder / INDEX
    try:
        index = decode.decode(Index, encode.load(path.read_bytes()))
    except FileNotFoundError:
        raise EvidenceError(
            f"{folder} holds no evidence: it has no {INDEX}.",
            hint="Name the folder of one run.",
            changed="",
        ) from None
    except OSError as error:
        raise EvidenceError(f"{path} cannot be read: {error.strerror}.", changed="") from None
    except ValueError:
        raise EvidenceError(f"{path} is not JSON.", changed="") from None
    if index.format != FORMAT:
        raise EvidenceError(
            f"{path} is of format {index.format}; this version reads format {FORMAT}.", changed=""
        )
    return index
