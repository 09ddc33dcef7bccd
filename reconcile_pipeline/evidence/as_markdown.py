"""A document as Markdown, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconcile_pipeline.drift import markdown
from reconcile_pipeline.evidence.document import (
    Block,
    Bullets,
    Callout,
    Code,
    Document,
    DriftMap,
    Inline,
    Listing,
    Paragraph,
    Promises,
    Section,
    Sql,
    Strong,
    Table,
)
from reconcile_pipeline.evidence.map import LEGEND, shares


def render(document: Document) -> str:
    """The document as Markdown text. Nothing in its values becomes markup."""
    facts = [f"- {markdown.escape(name)}: {markdown.escape(v)}" for name, v in document.facts]
    parts = [f"# {markdown.escape(document.title)}", "\n".join(facts)]
    for section in document.sections:
        parts += _section(section, 2)
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(section: Section, level: int) -> Iterator[str]:
    yield f"{'#' * level} {markdown.escape(section.title)}"
    for block in section.blocks:
        yield from _block(block)
    for inner in section.subsections:
        yield from _section(inner, level + 1)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield inline(text)
        case Callout(_, text):
            yield f"> {inline(text)}"
        case Bullets(items, ordered):
            marks = (f"{n}." if ordered else "-" for n in range(1, len(items) + 1))
            yield "\n".join(
                f"{mark} {inline(item)}" for mark, item in zip(marks, items, strict=True)
            )
        case Table(caption, columns, rows, right, _):
            yield f"{markdown.escape(caption)}:"
            cells = [[inline(cell, in_table=True) for cell in row] for row in rows]
            yield markdown.table(columns, cells, right)
        case Sql(title, text):
            yield f"{markdown.escape(title)}:"
            yield markdown.block(text, "sql")
        case Listing(title, lines):
            yield f"{markdown.escape(title)}:"
            yield markdown.block("\n".join(lines), "text")
        case DriftMap():
            yield from _map(block)
        case Promises(promises):
            held = ("held" if promise.held else "**not proved**" for promise in promises)
            yield markdown.table(
                ("Promise", "Held", "Measured"),
                [
                    (p.name, word, markdown.escape(p.figure))
                    for p, word in zip(promises, held, strict=True)
                ],
            )


def _map(block: DriftMap) -> Iterator[str]:
    yield f"{markdown.escape(block.caption)}:"
    rows: list[Sequence[str]] = [
        (
            markdown.code(row.name, in_table=True),
            " ".join(cell.letter for cell in row.cells) or "no file",
            row.finding.replace("_", " "),
        )
        for row in block.rows
    ]
    yield markdown.table(("Migration", "Statements", "Finding"), rows)
    found = {cell.verdict: number for cell, number in shares(block.rows)}
    yield (
        "; ".join(
            f"{c.letter} {markdown.escape(c.text)} ({found.get(c.verdict, 0):,})" for c in LEGEND
        )
        + "."
    )


def inline(text: Inline, *, in_table: bool = False) -> str:
    """Running text; the spaces around marked pieces stay outside of the marks."""
    parts = []
    for part in text:
        match part:
            case Code(code):
                parts.append(markdown.code(code, in_table=in_table))
            case Strong(strong):
                parts.append(_spaced(strong, "**"))
            case str():
                parts.append(_spaced(part, ""))
    return "".join(parts).strip()


def _spaced(text: str, mark: str) -> str:
    if not (inner := markdown.escape(text)):
        return " " if text else ""
    before = " " if text[0].isspace() else ""
    after = " " if text[-1].isspace() else ""
    return f"{before}{mark}{inner}{mark}{after}"
