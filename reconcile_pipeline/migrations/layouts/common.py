"""What every layout says of a file, and what it says of the file's text."""

from __future__ import annotations

from dataclasses import dataclass

NO_VERSION = "has no version that its migration tool would take"


@dataclass(frozen=True, slots=True)
class Found:
    """One migration that a layout recognises. `path` is relative to the directory, POSIX.

    `version` is as the layout's tool records it. `transactional` is False where something beside
    the file asks to run outside a transaction.
    """

    path: str
    version: str | None
    name: str
    problems: tuple[str, ...] = ()
    transactional: bool = True


@dataclass(frozen=True, slots=True)
class Up:
    """The part of a file that goes forward.

    `text` has as many lines as the file, so that lines keep their numbers: what isn't to run is
    blanked.
    """

    text: str
    transactional: bool = True
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class New:
    """A file to be made. `path` is relative to the directory, `version` as the tool records it."""

    path: str
    version: str
    text: str
