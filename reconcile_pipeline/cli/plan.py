"""`reconcile plan`: what would be done, step by step, written down under its hash."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from reconcile_pipeline.cli.options import direct_options, format_option, target_options
from reconcile_pipeline.cli.scanned import scanned

if TYPE_CHECKING:
    from reconcile_pipeline.flow.plan import Planned


@click.command(name="plan")
@target_options
@direct_options
@format_option
@click.option(
    "--restore",
    multiple=True,
    metavar="IDENTITY",
    help="Put back what was changed by hand: an object, a pattern, or all. Repeat for several.",
)
@click.option("--sql/--no-sql", default=True, help="Whether to print each step's SQL.")
@click.pass_context
def command(
    context: click.Context, /, form: str, sql: bool, restore: tuple[str, ...], **options: Any
) -> None:
    """Make a plan: steps with their SQL, hazards and locks, changes to the directory; rehearse it.

    Production is only read; the rehearsal runs on a throwaway copy of its schema. The plan is
    written into its run folder in the evidence folder, under its hash; the same findings give the
    same hash. Exit code 0: in step, nothing to plan; 1: there
    is drift, and a plan for it; 2: error.
    """
    from reconcile_pipeline.cli.console import progress
    from reconcile_pipeline.flow.plan import make_and_write_plan

    target, scan = scanned(**options)
    with progress() as say:
        planned = None if scan.report.in_step else make_and_write_plan(target, scan, say, restore)
    if planned is None:
        if form == "json":
            click.echo(json.dumps({"target": target.name, "in_step": True, "plan": None}, indent=2))
        else:
            from reconcile_pipeline.drift.render import headline

            click.echo(f"{target.name}: {headline(scan.report)} There is nothing to plan.")
        context.exit(0)
    if form == "json":
        click.echo(json.dumps(_plain(planned), indent=2))
    else:
        _show(planned, sql=sql, direct=options["database_url"] is not None)
    context.exit(1)


def _show(planned: Planned, *, sql: bool, direct: bool) -> None:
    from rich.text import Text

    from reconcile_pipeline.cli.console import out
    from reconcile_pipeline.cli.plan_view import show_plan, show_push
    from reconcile_pipeline.cli.rehearsal_view import show_rehearsal

    console = out()
    show_push(console, planned.push)
    console.print()
    show_plan(console, planned.plan, sql=sql, sizes=planned.sizes)
    show_rehearsal(console, planned.rehearsal)
    console.print(
        Text.assemble("\nHash of the plan: ", (planned.run.plan_hash, "bold")), soft_wrap=True
    )
    console.print(f"Written to {shown(planned)}", soft_wrap=True)
    console.print(_next(planned, direct=direct))


def _next(planned: Planned, *, direct: bool) -> str:
    """What to do with the plan; approve would refuse one that did not hold."""
    if direct:
        return "To apply it, name the database as a target in reconcile.toml, and plan there."
    digits = planned.run.folder.name
    if planned.rehearsal.held:
        return f"Next: reconcile approve {digits}"
    return (
        "Next: mend what did not hold, and plan again; or, knowing why it does not matter: "
        f"reconcile approve {digits} --without-rehearsal REASON"
    )


def shown(planned: Planned) -> str:
    """The run folder, as short as it can be said from here."""
    from pathlib import Path

    folder = planned.run.folder
    here = Path.cwd()
    return str(folder.relative_to(here) if folder.is_relative_to(here) else folder)


def _plain(planned: Planned) -> object:
    """Addresses and secrets in SQL are masked; `plan.json` holds it as it will run."""
    from reconcile_pipeline.cli.state import state
    from reconcile_pipeline.evidence.encode import plain
    from reconcile_pipeline.evidence.redaction import Redactor
    from reconcile_pipeline.plan.codec import to_plain

    rehearsal = plain(planned.rehearsal)
    assert isinstance(rehearsal, dict)
    found = {
        "target": planned.plan.target,
        "in_step": False,
        "plan_hash": planned.run.plan_hash,
        "run_folder": str(planned.run.folder),
        "push": plain(planned.push),
        "rehearsal": {"held": planned.rehearsal.held, **rehearsal},
        "plan": to_plain(planned.plan),
        "sizes": plain(planned.sizes),
    }
    return Redactor(state().dsns).value(found)
