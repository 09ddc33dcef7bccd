"""`reconcile demo`: a drifted production is built, and reconciled, on a throwaway database."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconcile_pipeline.cli.state import debug_option

if TYPE_CHECKING:
    from rich.console import Console

    from reconcile_pipeline.cli.world import World
    from reconcile_pipeline.flow.plan import Planned
    from reconcile_pipeline.flow.target import ResolvedTarget

FOLDER = Path(".reconcile/demo")
PERSON = "the demo's person"


@click.command(name="demo")
@debug_option
@click.option("--fresh", is_flag=True, help="Build the story's production again.")
@click.pass_context
def command(context: click.Context, /, fresh: bool) -> None:
    """Watch a drifted production being reconciled, on a throwaway PostgreSQL.

    Works in the folder .reconcile/demo with a server of its own, which is stopped at the end; no
    variable such as DATABASE_URL is looked at. Run again, it finds everything in step and changes
    nothing. Exit code 0: reconciled, and all four promises held; 1: not; 2: error.
    """
    from reconcile_pipeline.cli.console import out, progress
    from reconcile_pipeline.cli.state import state
    from reconcile_pipeline.cli.world import FINISHED, world

    begun = time.monotonic()
    console = out()
    with ExitStack() as stack:
        with progress() as say:
            story = stack.enter_context(
                world(FOLDER, fresh=fresh, say=say, keep=lambda f: (f / FINISHED).exists())
            )
        target = story.target()
        state().dsns.append(target.dsn)
        if story.fresh:
            held = _tell(console, story, target)
            story.finish()
        else:
            held = _look_again(console, story, target)
    console.print(f"\nTook {time.monotonic() - begun:.0f} s. The server is stopped.")
    context.exit(0 if held else 1)


def _tell(console: Console, story: World, target: ResolvedTarget) -> bool:
    from reconcile_pipeline.cli.apply import apply_and_show
    from reconcile_pipeline.cli.console import progress
    from reconcile_pipeline.cli.plan_view import show_push
    from reconcile_pipeline.cli.promises_view import short
    from reconcile_pipeline.cli.status import show_status
    from reconcile_pipeline.flow.approve import approve_plan
    from reconcile_pipeline.flow.plan import make_and_write_plan
    from reconcile_pipeline.flow.scan import scan_target

    console.print(
        "A team changed its production by hand, past its migrations. Everything here is real: a "
        f"PostgreSQL of our own, its data, and the 14 files in {short(target.directory)}."
    )
    _heading(console, "1. What is really there")
    with progress() as say:
        scan = scan_target(target, say)
    show_status(scan.report, advice=False)
    _heading(console, "2. The danger")
    with progress() as say:
        planned = make_and_write_plan(target, scan, say)
    show_push(console, planned.push)
    _heading(console, "3. The plan")
    _show_plan(console, planned)
    _heading(console, "4. Approval")
    approval = approve_plan(target, planned.run, PERSON)
    console.print(
        f"Approved by {approval.person}: plan {planned.run.folder.name} for {target.name}, and "
        "for nothing else.\nBy hand: reconcile approve PLAN_HASH"
    )
    _heading(console, "5. Apply, and verify from outside")
    return apply_and_show(console, target, planned.run)


def _heading(console: Console, text: str) -> None:
    from rich.text import Text

    console.print()
    console.print(Text(text, style="bold cyan"))
    console.print()


def _show_plan(console: Console, planned: Planned) -> None:
    """The steps without their SQL; reconcile plan shows that, and so does the report."""
    from rich.table import Table
    from rich.text import Text

    from reconcile_pipeline.cli.plan_view import show_files, summary
    from reconcile_pipeline.cli.rehearsal_view import show_rehearsal
    from reconcile_pipeline.cli.tables import bullets
    from reconcile_pipeline.plan.render import not_done

    console.print(f"{summary(planned.plan)}\n")
    grid = Table.grid(padding=(0, 2))
    for number, step in enumerate(planned.plan.steps, 1):
        grid.add_row(f"{number}.", Text(step.id, style="bold"), step.purpose)
    console.print(grid)
    console.print("\nThe directory:")
    show_files(console, planned.plan.files)
    if planned.plan.declined:
        console.print("\nNot done, and why:")
        bullets(console, not_done(planned.plan.declined))
    show_rehearsal(console, planned.rehearsal)
    console.print(f"\nHash: {planned.run.plan_hash}", soft_wrap=True)


def _look_again(console: Console, story: World, target: ResolvedTarget) -> bool:
    """A demo that has been told already: nothing is changed."""
    from reconcile_pipeline.cli.console import progress
    from reconcile_pipeline.cli.promises_view import short
    from reconcile_pipeline.cli.status import show_status
    from reconcile_pipeline.cli.verify import show_checks
    from reconcile_pipeline.flow.verify import verify_target

    console.print("The demo has been here: this looks at what it left, and changes nothing.\n")
    with progress() as say:
        found = verify_target(target, say)
    show_status(found.scan.report, advice=False)
    console.print()
    show_checks(console, found.checks)
    if found.ok:
        console.print("\nIn step: nothing to do, nothing was changed.")
    else:
        console.print("\nSomebody has changed this world since.")
    for report in sorted(target.evidence.glob("*/evidence/RECONCILIATION.md")):
        console.print(f"The report:   {short(report)}", soft_wrap=True)
    console.print("See it all again: reconcile demo --fresh")
    return found.ok
