"""`reconcile grants`: the SQL of a role that scans and of one that applies."""

from __future__ import annotations

from typing import Any

import click

from reconcile_pipeline.cli.options import chosen_target, direct_options, target_options


@click.command(name="grants")
@click.argument("target_name", metavar="[TARGET]", required=False)
@target_options
@direct_options
@click.option("--scan-role", metavar="NAME", default="reconcile_scan", show_default=True,
              help="What to call the role that only reads.")  # fmt: skip
@click.option("--apply-role", metavar="NAME", default="reconcile_apply", show_default=True,
              help="What to call the role that applies.")  # fmt: skip
def command(target_name: str | None, scan_role: str, apply_role: str, **options: Any) -> None:
    """Print the SQL for two roles: one that only reads, for scans, and one that applies.

    Nothing is run: read it, and run it yourself. Passwords are yours to set. Then `dsn_env` names
    the variable with the first role's connection string, `apply_dsn_env` the one with the second's.
    This is a read-only operation.
    """
    from reconcile_pipeline.flow.grants import grants_sql, look_at

    options["target"] = options["target"] or target_name
    click.echo(grants_sql(look_at(chosen_target(**options)), scan_role, apply_role), nl=False)
