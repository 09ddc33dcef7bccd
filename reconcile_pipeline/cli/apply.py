"""`reconcile apply`: run an approved plan, verify, and show the four promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from reconcile_pipeline.cli.failure import Interrupted
from reconcile_pipeline.cli.options import chosen_target, format_option, target_options

if TYPE_CHECKING:
    from rich.console import Console

    from reconcile_pipeline.apply.progress import Event
    from reconcile_pipeline.flow.finish import Applied
    from reconcile_pipeline.flow.run import Run
    from reconcile_pipeline.flow.target import ResolvedTarget


@click.command(name="apply")
@target_options
@format_option
@click.argument("plan_hash", required=False)
@click.pass_context
def command(context: click.Context, /, form: str, plan_hash: str | None, **options: Any) -> None:
    """Apply the approved plan PLAN_HASH; without it, the one that waits.

    Everything is computed again first: where production, the directory, reconcile.toml or the
    approval differ from what was planned, nothing is done. After an interruption, run it again: it
    goes on where it stopped. Exit code 0: applied, in step, all promises held; 1: applied, but
    something is left; 2: error.
    """
    from reconcile_pipeline.cli.console import out
    from reconcile_pipeline.flow import run as runs

    target = chosen_target(**options)
    run = runs.find(target, plan_hash) if plan_hash else runs.approved(target)
    if form == "json":
        from reconcile_pipeline.cli import as_json

        applied = _apply(target, run)
        click.echo(as_json.applied(applied))
        context.exit(0 if applied.ok else 1)
    context.exit(0 if apply_and_show(out(), target, run) else 1)


def _apply(target: ResolvedTarget, run: Run) -> Applied:
    from reconcile_pipeline.flow.apply import apply_plan

    with progress_of() as (say, events), stopped_midway(run, "apply"):
        return apply_plan(target, run, say, events)


def apply_and_show(console: Console, target: ResolvedTarget, run: Run) -> bool:
    """Apply, and show what was done and proved. True where all promises held."""
    from reconcile_pipeline.cli.promises_view import show_promises, show_where
    from reconcile_pipeline.cli.verify import show_checks

    applied = _apply(target, run)
    console.print(show_steps(applied.facts.steps))
    console.print()
    show_checks(console, applied.verified.checks)
    console.print()
    show_promises(console, applied.promises, applied.facts)
    console.print()
    show_where(console, run)
    return applied.ok


@contextmanager
def stopped_midway(run: Run, verb: str, again: str = "") -> Iterator[None]:
    """Say to whom interrupts it what was done before, and how to go on."""
    from reconcile_pipeline.apply.context import kept
    from reconcile_pipeline.apply.journal import finished, read_journal

    try:
        yield
    except KeyboardInterrupt as stopped:
        done = finished(read_journal(run.folder))
        if not done:
            raise
        told = (
            f"{kept(done)} What was begun in a transaction was taken back.\n"
            f"Next:  reconcile {verb} {again or run.folder.name}: it goes on from there."
        )
        raise Interrupted(stopped, told) from None


def show_steps(runs: Any) -> Any:
    """One line a step: what became of it, and how long it took."""
    from rich.table import Table
    from rich.text import Text

    styles = {"done": "green", "already": "dim", "failed": "bold red", "skipped": "yellow"}
    grid = Table.grid(padding=(0, 2))
    for each in runs:
        tries = f"after {each.tries} tries" if each.tries > 1 else ""
        grid.add_row(
            Text(each.outcome.value, style=styles[each.outcome.value]),
            each.step,
            Text(f"{each.milliseconds:,.0f} ms", justify="right"),
            tries,
        )
    return grid


def bar(done: int, total: int, width: int = 20) -> str:
    """How much of it is done, as ` [#####...............] 25 %`."""
    part = min(done / total, 1.0)
    full = int(part * width)
    return f" [{'#' * full}{'.' * (width - full)}] {int(part * 100)} %"


@contextmanager
def progress_of() -> Iterator[tuple[Callable[[str], None], Callable[[Event], None]]]:
    """What is being done, and the events of an apply, on standard error."""
    from reconcile_pipeline.cli.console import progress

    with progress() as say:

        def event(event: Event) -> None:
            left = bar(event.done, event.total) if event.done is not None and event.total else ""
            if event.seconds_left is not None and event.seconds_left >= 1:
                left += f", {event.seconds_left:,.0f} s left"
            say(f"{event.step + ': ' if event.step else ''}{event.text}{left}")

        yield say, event
