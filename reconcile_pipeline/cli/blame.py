"""`reconcile blame`: which statement made an object what it is in production, or whose hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from reconcile_pipeline.cli.options import direct_options, target_options
from reconcile_pipeline.cli.scanned import scanned
from reconcile_pipeline.errors import ReconcileError

if TYPE_CHECKING:
    from reconcile_pipeline.flow.blame import Blame, Place


@click.command(name="blame")
@click.argument("name", required=False)
@click.option("--all", "everything", is_flag=True, help="Every object, not one.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="With json, standard output holds nothing but the JSON.",
)
@target_options
@direct_options
def command(name: str | None, form: str, everything: bool, **options: Any) -> None:
    """Show which statement made an object what it is in production, or that nobody's did.

    NAME is an object as reports name it, with what belongs to it: public.users, or
    public.users.email for one column, or "policy public.users.own rows".

    This is a read-only operation. Exit code 0: answered; 2: error, or no such object.
    """
    if (name is None) is not everything:
        raise click.UsageError("Give the NAME of an object, or --all.")
    from reconcile_pipeline.cli.console import out
    from reconcile_pipeline.flow.blame import blame, blame_all
    from reconcile_pipeline.redact import redact

    _, scan = scanned(**options)
    found = blame_all(scan) if name is None else blame(scan, name)
    if not found:
        raise ReconcileError(
            f"Production has no object {name}, and no migration makes one."
            if name
            else "Production has no object of its own.",
            hint="Names are as `reconcile blame --all` shows them; nothing was changed.",
        )
    if form == "json":
        click.echo(json.dumps([_json(each) for each in found], indent=2))
    else:
        console = out()
        for each in found:
            console.print(redact(f"{each.id}: {words(each)}"), soft_wrap=True)


def words(found: Blame) -> str:
    """What is to be said of one object, in one line."""
    from reconcile_pipeline.flow.blame import Maker

    made = _place(found.made_by[-1]) if found.made_by else ""
    text = {
        Maker.MIGRATION: made,
        Maker.CHANGED_BY_HAND: f"changed by hand ({', '.join(found.by_hand)})"
        + (f" after {made}" if made else ""),
        Maker.ADDED_BY_HAND: "added by hand: no migration that ran makes it",
        Maker.REMOVED_BY_HAND: "removed by hand" + (f"; made by {made}" if made else ""),
        Maker.BASE: "no file makes it: it was there before" + (f"; then {made}" if made else ""),
        Maker.DROPPED: f"not in production: {made}" if made else "not in production any more",
        Maker.NEVER_MADE: "not in production: what makes it never ran",
        Maker.PLATFORM: "it comes with the database",
    }[found.maker]
    parts = [text]
    if len(found.made_by) > 1:
        parts.append("before it " + "; ".join(_place(p) for p in found.made_by[:-1]))
    if found.superseded:
        parts.append("superseded: " + "; ".join(_place(p) for p in found.superseded))
    if found.never_ran:
        parts.append("never ran: " + "; ".join(_place(p) for p in found.never_ran))
    return " | ".join(parts)


def _place(place: Place) -> str:
    what = f" {', '.join(place.facets)}" if place.facets else ""
    return f"{place.file}:{place.line} {place.change.value}{what} ({place.tag})"


def _json(found: Blame) -> dict[str, Any]:
    def places(given: tuple[Place, ...]) -> list[dict[str, Any]]:
        return [
            {
                "file": p.file, "statement": p.statement, "line": p.line, "tag": p.tag,
                "change": p.change.value, "facets": list(p.facets),
            }
            for p in given
        ]  # fmt: skip

    from reconcile_pipeline.redact import redact  # a name may be an address

    return {
        "kind": found.id.kind.value,
        "identity": redact(found.id.identity),
        "maker": found.maker.value,
        "made_by": places(found.made_by),
        "superseded": places(found.superseded),
        "never_ran": places(found.never_ran),
        "by_hand": list(found.by_hand),
    }
