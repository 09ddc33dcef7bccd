"""A document as values: what a report says, before Markdown or HTML says how.

The two renderings walk the same blocks, so they cannot say different things.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconcile_pipeline.evidence.map import MapRow
from reconcile_pipeline.evidence.promises.promise import Promise


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of text that is a name, a path or SQL."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """A piece of text that must not be overlooked."""

    text: str


Inline = tuple[str | Code | Strong, ...]
"""Running text. Plain strings are shown as they are: nothing in them is markup."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: Inline


@dataclass(frozen=True, slots=True)
class Callout:
    """Something to see first. `tone`: danger, good or note."""

    tone: str
    text: Inline


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list; `ordered` where the order means something."""

    items: tuple[Inline, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption. `right`: columns of numbers. The first cell of a row heads it.

    `folded`: long detail, which a page may hide until it is asked for.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Inline, ...], ...]
    right: tuple[int, ...] = ()
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Sql:
    """SQL as it ran, under a line that says what it did."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines of files or the like, as they are."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DriftMap:
    """One row a migration, one cell a statement."""

    caption: str
    rows: tuple[MapRow, ...]


@dataclass(frozen=True, slots=True)
class Promises:
    """The promises, each with whether it held."""

    promises: tuple[Promise, ...]


Block = Paragraph | Callout | Bullets | Table | Sql | Listing | DriftMap | Promises


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its blocks; `anchor` is its place in the page."""

    title: str
    anchor: str
    blocks: tuple[Block, ...]
    subsections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report. `facts`: (name, value) pairs under the title."""

    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
