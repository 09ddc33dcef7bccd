"""How a plan went on a twin of production, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile_pipeline.cli.tables import bullets

if TYPE_CHECKING:
    from rich.console import Console

    from reconcile_pipeline.plan.rehearsal import Rehearsal

_WORDS = {True: ("yes", "green"), False: ("no", "bold red"), None: ("open", "yellow")}


def show_rehearsal(console: Console, rehearsal: Rehearsal | None) -> None:
    """One line where it holds; else each question with its answer, and what speaks against it."""
    from rich.table import Table
    from rich.text import Text

    from reconcile_pipeline.plan.rehearsal import summary

    if rehearsal is None:
        console.print(Text("\nNot rehearsed.", style="bold red"))
        return
    console.print(Text(f"\n{summary(rehearsal)}", style="bold" if rehearsal.held else "bold red"))
    if any(answer.held is not True for answer in rehearsal.answers):
        grid = Table.grid(padding=(0, 2))
        for answer in rehearsal.answers:
            word, style = _WORDS[answer.held]
            grid.add_row(Text(f" {word}", style=style), answer.question.value)
        console.print(grid)
        bullets(console, rehearsal.problems)
    if rehearsal.unfilled:
        names = ", ".join(f"{name} ({why})" for name, why in rehearsal.unfilled.items())
        console.print(f"No rows could be made to fit: {names}.")
    if rehearsal.unlike:
        more = f" and {len(rehearsal.unlike) - 5} more" if rehearsal.unlike[5:] else ""
        listed = ", ".join(rehearsal.unlike[:5])
        console.print(f"On the twin these were not as in production: {listed}{more}.")
