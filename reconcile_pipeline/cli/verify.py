"""`reconcile verify`: the promises again, from outside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from reconcile_pipeline.cli.options import (
    chosen_target,
    direct_options,
    format_option,
    target_options,
)

if TYPE_CHECKING:
    from rich.console import Console

    from reconcile_pipeline.apply.access.matrix import Cell, Matrix
    from reconcile_pipeline.flow.verify import Check, Verified


@click.command(name="verify")
@target_options
@direct_options
@format_option
@click.option("--access", "matrix", is_flag=True, help="Print the whole access matrix.")
@click.pass_context
def command(context: click.Context, /, form: str, matrix: bool, **options: Any) -> None:
    """Check from outside that directory, history and production agree.

    A fresh scan is in step; replaying the directory from nothing gives production; local and remote
    versions are equal by the history client's own rule; there is nothing to push; who may do what;
    the newest run's evidence is as it was written. This is a read-only operation.
    Exit code 0: all of it holds; 1: not; 2: error.
    """
    from reconcile_pipeline.cli.console import out, progress
    from reconcile_pipeline.flow.verify import verify_target

    target = chosen_target(**options)
    with progress() as say:
        found = verify_target(target, say)
    if form == "json":
        click.echo(json.dumps(_plain(found), indent=2))
    else:
        show_checks(out(), found.checks)
        if matrix:
            show_matrix(out(), found.matrix)
    context.exit(0 if found.ok else 1)


def show_checks(console: Console, checks: tuple[Check, ...]) -> None:
    """One line a check, and what does not fit below it."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    for check in checks:
        mark = Text("ok", style="green") if check.ok else Text("no", style="bold red")
        grid.add_row(mark, Text(check.name, style="bold"), check.figure)
        for problem in check.problems:
            grid.add_row("", "", f"- {problem}")
    console.print(grid)


def show_matrix(console: Console, matrix: Matrix) -> None:
    """For everybody who was asked for: one row a table, one column an action."""
    from rich.text import Text

    from reconcile_pipeline.apply.access.matrix import Action
    from reconcile_pipeline.cli.tables import bullets, table

    cells = {cell.key: cell for cell in matrix.cells}
    tables = list(dict.fromkeys(cell.table for cell in matrix.cells))
    for subject in matrix.subjects:
        rows = [
            (name, *(_reach(cells.get((subject, name, action.value))) for action in Action))
            for name in tables
        ]
        console.print(Text(f"\n{subject}", style="bold"))
        console.print(table(("Table", *(action.value.upper() for action in Action)), rows))
    if matrix.notes:
        console.print()
        bullets(console, matrix.notes)


def _reach(cell: Cell | None) -> str:
    if cell is None:
        return ""
    counted = cell.rows is not None and cell.of
    return f"{cell.reach.value} {cell.rows}/{cell.of}" if counted else cell.reach.value


def plain_checks(checks: tuple[Check, ...]) -> list[dict[str, Any]]:
    """The checks as JSON values."""
    return [
        {
            "name": check.name,
            "ok": check.ok,
            "figure": check.figure,
            "problems": list(check.problems),
        }
        for check in checks
    ]


def _plain(found: Verified) -> dict[str, Any]:
    from reconcile_pipeline.evidence.encode import plain

    return {
        "target": found.scan.target,
        "ok": found.ok,
        "fingerprint": found.scan.report.fingerprint,
        "checks": plain_checks(found.checks),
        "access": plain(found.matrix.cells),
    }
