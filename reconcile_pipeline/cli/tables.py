"""Plain tables laid out for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

STYLES = {"good": "green", "warn": "yellow", "bad": "bold red", "plain": ""}


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    tones: Sequence[str] = (),
    *,
    right: Sequence[str] = (),
    toned: str = "",
) -> Table:
    """A table without a frame. A row's tone colours its column `toned`, or else all of it."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    result = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for name in columns:
        result.add_column(name, overflow="fold", justify="right" if name in right else "left")
    for number, row in enumerate(rows):
        style = STYLES[tones[number]] if tones else ""
        result.add_row(
            *(
                Text(cell, style=style if toned in ("", column) else "")
                for column, cell in zip(columns, row, strict=True)
            )
        )
    return result


def bullets(console: Console, lines: Sequence[str], mark: str = "-") -> None:
    """Lines with a mark, wrapped under themselves."""
    from rich.padding import Padding
    from rich.table import Table

    grid = Table.grid(padding=(0, 1))
    for line in lines:
        grid.add_row(mark, line)
    console.print(Padding(grid, (0, 0, 0, 1)))
