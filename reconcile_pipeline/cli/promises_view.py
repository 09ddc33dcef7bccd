"""The four promises on the terminal, each with its figures, and where the evidence is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from reconcile_pipeline.cli.tables import bullets, table
from reconcile_pipeline.evidence.concerns import concerns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table

    from reconcile_pipeline.evidence.model import ReportFacts, TableRows
    from reconcile_pipeline.evidence.promises import Promise
    from reconcile_pipeline.flow.run import Run


def show_promises(console: Console, promises: Sequence[Promise], facts: ReportFacts) -> None:
    """Held or not, the figure, and the proof; the rows of every table as a table."""
    from rich.padding import Padding
    from rich.text import Text

    for number, promise in enumerate(promises, 1):
        word = ("held", "green") if promise.held else ("NOT PROVED", "bold red")
        console.print(Text.assemble(f"{number}. ", (promise.name, "bold"), ": ", word))
        console.print(Padding(Text(f"{promise.figure}."), (0, 0, 0, 3), expand=False))
        if promise.reasons:
            bullets(console, promise.reasons)
        if promise.name == "Nothing lost":
            console.print(Padding(rows_table(facts.rows), (1, 0, 1, 3), expand=False))
        elif promise.proof:
            console.print(Padding(Text("\n".join(promise.proof), style="dim"), (0, 0, 1, 3),
                                  expand=False))  # fmt: skip
    if worries := concerns(facts):
        console.print(Text("Mind:", style="yellow"))
        bullets(console, worries)


def rows_table(rows: Sequence[TableRows]) -> Table:
    """Rows before and after, and what our own transactions did in between."""
    columns = ("Table", "Before", "After", "Inserted", "Updated", "Deleted")
    cells = [
        (
            row.table,
            "-" if row.before is None else f"{row.before:,}",
            "-" if row.after is None else f"{row.after:,}",
            *(f"{number:,}" for number in (row.inserted, row.updated, row.deleted)),
        )
        for row in rows
    ]
    return table(columns, cells, right=columns[1:])


def show_where(console: Console, run: Run) -> None:
    """Where to read all of it."""
    console.print(f"The report:   {short(run.report)}", soft_wrap=True)
    console.print(f"The evidence: {short(run.evidence)}", soft_wrap=True)


def short(path: Path) -> str:
    """The path as short as it can be said from here."""
    inside = path.is_relative_to(Path.cwd())
    return os.path.relpath(path) if inside else str(path)
