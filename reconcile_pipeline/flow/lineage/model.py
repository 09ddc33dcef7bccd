"""The lineage of one target, as values. No SQL and no row is in it, only names and types."""

from __future__ import annotations

from dataclasses import dataclass

FILE = "lineage.json"  # the newest, in the target's folder of evidence


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its type; `sources`: the columns that a view reads for it (table, column)."""

    name: str
    type: str
    sources: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Making:
    """What one file did for an object. `lines` of its statements; `facets` that they set."""

    file: str
    lines: tuple[int, ...]
    facets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineageObject:
    """A table, view, function or policy of production, with all that belongs to it.

    `maker`: as `reconcile blame` says of the object itself. `made_by`: the files whose work shows
    in it or its parts. `by_hand`: what somebody did, in words. `parent`: a policy's table, else "".
    `reads`: the tables and views that a view reads.
    """

    kind: str
    identity: str
    maker: str
    made_by: tuple[Making, ...] = ()
    by_hand: tuple[str, ...] = ()
    parent: str = ""
    columns: tuple[Column, ...] = ()
    reads: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """`by hand` where a hand had a part in it, `base` where no file made it, else `live`."""
        if self.by_hand:
            return "by hand"
        return "base" if self.maker == "base" else "live"


@dataclass(frozen=True, slots=True)
class Source:
    """One migration file. `state`: live, partial, absent or unverifiable."""

    file: str
    version: str
    name: str
    verdict: str
    finding: str
    state: str
    live: int
    statements: int


@dataclass(frozen=True, slots=True)
class Lineage:
    """Everything. `gone`: what a hand removed, by kind and name. Sources are in replay order."""

    target: str
    database: str
    fingerprint: str
    teams: tuple[str, ...]
    sources: tuple[Source, ...]
    objects: tuple[LineageObject, ...]
    gone: tuple[str, ...] = ()
