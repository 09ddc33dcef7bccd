"""`reconcile doctor`: is everything here that a scan and an apply need?"""

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

    from reconcile_pipeline.flow.doctor.model import Diagnosis

STYLES = {"ok": "green", "advice": "yellow", "problem": "bold red"}


@click.command(name="doctor")
@target_options
@direct_options
@format_option
@click.pass_context
def command(context: click.Context, /, form: str, **options: Any) -> None:
    """Check the way to the database, both roles' rights, and this machine; say what to do.

    Server, TLS, IPv6, pooler, replica, timeouts, history, users, shadow server, disks, folders,
    client. This is a read-only operation. Exit code 0: all well; 1: it works, with advice;
    2: something cannot work.
    """
    from reconcile_pipeline.cli.console import out, progress
    from reconcile_pipeline.flow.doctor import examine
    from reconcile_pipeline.flow.doctor.model import exit_code

    target = chosen_target(**options)
    with progress() as say:
        found = examine(target, say)
    code = exit_code(found)
    if form == "json":
        click.echo(json.dumps(_plain(target.name, found, code), indent=2))
    else:
        show(out(), found)
    context.exit(code)


def show(console: Console, found: tuple[Diagnosis, ...]) -> None:
    """One line a look, and what to do below it."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    for each in found:
        level = each.level.value
        grid.add_row(Text(level, style=STYLES[level]), Text(each.name, style="bold"), each.figure)
        if each.advice:
            grid.add_row("", "", Text(each.advice, style="italic"))
    console.print(grid)


def _plain(target: str, found: tuple[Diagnosis, ...], code: int) -> dict[str, Any]:
    from reconcile_pipeline.evidence.encode import plain

    return {"target": target, "exit_code": code, "found": plain(found)}
