"""`reconcile undo RUN`: take an applied plan back, by a plan that is approved like any other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from reconcile_pipeline.cli.options import chosen_target, format_option, target_options

LONGEST = 300  # characters of a statement to show

if TYPE_CHECKING:
    from rich.console import Console

    from reconcile_pipeline.apply.undo.take_back import UndoResult
    from reconcile_pipeline.flow.undo import Waiting


@click.command(name="undo")
@target_options
@format_option
@click.argument("run")
@click.option("--sql/--no-sql", default=True, help="Whether to print each step's SQL.")
@click.pass_context
def command(context: click.Context, /, form: str, run: str, sql: bool, **options: Any) -> None:
    """Take back what the plan RUN has done; its hash's first digits are enough.

    Shows the plan that leads back, and why where there is none: somebody has changed since what
    the run touched, or rows would be lost. Once `reconcile approve` has approved that plan, the
    same command carries it out: one transaction on production, then the directory, byte for byte.
    Exit code 0: undone; 1: the plan waits for an approval; 2: error.
    """
    from reconcile_pipeline.cli import as_json
    from reconcile_pipeline.cli.apply import progress_of, stopped_midway
    from reconcile_pipeline.cli.console import out, progress
    from reconcile_pipeline.flow import run as runs
    from reconcile_pipeline.flow.undo import carry_out, prepare_undo

    target = chosen_target(**options)
    chosen = runs.find(target, run)
    with progress() as say:
        say("looking for the way back")
        waiting = prepare_undo(target, chosen)
    if not waiting.approved:
        if form == "json":
            click.echo(as_json.way_back(waiting))
        else:
            _show(out(), waiting, sql=sql)
        context.exit(1)
    with progress_of() as (_, events), stopped_midway(waiting.undo, "undo", run):
        result = carry_out(target, waiting, events)
    if form == "json":
        click.echo(as_json.undone(waiting, result))
    else:
        _show_result(out(), waiting, result)


def _show(console: Console, waiting: Waiting, *, sql: bool) -> None:
    from rich.text import Text

    from reconcile_pipeline.apply.undo.plan import FILES
    from reconcile_pipeline.cli.plan_view import show_plan
    from reconcile_pipeline.cli.tables import bullets
    from reconcile_pipeline.plan.undo import ENDED, LEADS_TO, UNDOES

    undo = waiting.undo
    steps = tuple(replace(s, statements=tuple(map(_short, s.statements))) for s in undo.plan.steps)
    show_plan(console, replace(undo.plan, steps=steps), sql=sql)
    for step in undo.plan.steps:
        details = {
            k: v for k, v in (step.details or {}).items() if k not in (UNDOES, LEADS_TO, ENDED)
        }
        if step.id == FILES and details:
            console.print()
            bullets(console, tuple(details))
    console.print(Text.assemble("\nHash of the plan: ", (undo.plan_hash, "bold")), soft_wrap=True)
    digits = waiting.run.folder.name
    console.print(f"Next: reconcile approve {undo.folder.name}, then: reconcile undo {digits}")


def _short(sql: str) -> str:
    """A statement as a line or two: rows of the history hold whole migrations."""
    return (
        sql if len(sql) <= LONGEST else f"{sql[:LONGEST]} … ({len(sql):,} characters, in plan.json)"
    )


def _show_result(console: Console, waiting: Waiting, result: UndoResult) -> None:
    from reconcile_pipeline.cli.apply import show_steps
    from reconcile_pipeline.drift.words import count

    console.print(show_steps(result.steps))
    console.print()
    changed = [each for each in result.verification.access_changes if each.direction == "widened"]
    back = "as it was before the run" if result.restored else "back, but for what others changed"
    console.print(f"Production is {back}; {count(len(result.files.files), 'file')} put back.")
    if changed:
        console.print(f"Access is wider than before the undo in {count(len(changed), 'place')}.")
    console.print(f"Evidence: {waiting.undo.evidence}", soft_wrap=True)
