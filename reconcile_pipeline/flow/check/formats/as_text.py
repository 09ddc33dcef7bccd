"""For people at a terminal: `path:line: level rule`, and what it means below."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from reconcile_pipeline.drift.words import count, listing
from reconcile_pipeline.flow.check.formats import path_of
from reconcile_pipeline.flow.check.model import Checked, Level

WIDTH = 100


def render(checked: Checked, folder: str) -> str:
    """What a push would do, each remark, and how many there are."""
    return "\n".join(_lines(checked, folder))


def summary(checked: Checked) -> str:
    """One sentence: what a push would run and delete, or what was checked offline."""
    files = count(len(checked.files), "file")
    if not checked.online:
        return f"{files} checked without production, {checked.tried:,} statements run from nothing."
    if not checked.files:
        return f"{checked.target}: nothing to push."
    text = f"{checked.target}: a push would run {files}"
    if checked.command:
        text += f" ({checked.command})"
    if rows := checked.rows:
        tables = listing([f"{number:,} of {table}" for table, number in rows.items()], limit=6)
        text += f" and delete {count(sum(rows.values()), 'row')}: {tables}"
    return text + "."


def tally(checked: Checked) -> str:
    """`2 errors, 1 warning; 12 that weigh less are not shown.`"""
    shown = [checked.count(level) for level in Level]
    parts = [
        count(number, level.value)
        for level, number in zip(Level, shown, strict=True)
        if number or level is not Level.NOTE
    ]
    less = f"; {checked.hidden:,} that weigh less are not shown (--show note)"
    return ", ".join(parts) + (less if checked.hidden else "") + "."


def _lines(checked: Checked, folder: str) -> Iterator[str]:
    yield summary(checked)
    if checked.remarks:
        yield ""
    for remark in checked.remarks:
        where = path_of(folder, remark.file) or checked.target
        line = f":{remark.line}" if remark.line else ""
        yield f"{where}{line}: {remark.level} {remark.rule}"
        yield textwrap.indent(textwrap.fill(remark.message, WIDTH - 4), "    ")
    for note in checked.notes:
        yield f"note: {note}"
    yield ""
    yield tally(checked)
