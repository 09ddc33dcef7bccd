"""`reconcile init`: write a commented reconcile.toml, after a look at the folder."""

from __future__ import annotations

import os
from pathlib import Path

import click

from reconcile_pipeline.cli.options import CONFIG
from reconcile_pipeline.cli.state import debug_option
from reconcile_pipeline.errors import ConfigError

#: Where tools keep their migrations by default, the most particular first.
FOLDERS = (
    "supabase/migrations", "prisma/migrations", "db/migrations", "database/migrations",
    "sql/migrations", "migrations", "db/migrate", "flyway/sql",
)  # fmt: skip
#: Variables that usually hold a database's connection string; only their names are looked at.
VARIABLES = ("DATABASE_URL", "SUPABASE_DB_URL", "POSTGRES_URL", "PG_URL", "DB_URL")


@click.command(name="init")
@debug_option
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=CONFIG,
    show_default=True,
    help="The file to write.",
)
@click.option("--target", metavar="NAME", default="production", show_default=True,
              help="What to call the database.")  # fmt: skip
def command(config: Path, target: str) -> None:
    """Write a commented reconcile.toml for this folder. Never overwrites one.

    No database is asked.
    """
    folder = config.absolute().parent
    migrations, found = _migrations(folder)
    variable = next((name for name in VARIABLES if name in os.environ), VARIABLES[0])
    try:
        with config.open("x", encoding="utf-8") as file:
            file.write(content(target, migrations, variable))
    except FileExistsError:
        raise ConfigError(
            f"{config} is there already, and is never overwritten.",
            hint="Edit it, or move it away first.",
        ) from None
    except OSError as error:
        raise ConfigError(f"{config} cannot be written: {error.strerror}.") from None
    click.echo(f"Wrote {config}: target {target}, {found}.")
    if variable not in os.environ:
        click.echo(f"Put the database's connection string into the variable {variable}.")
    click.echo("Next: reconcile status")


def _migrations(folder: Path) -> tuple[str, str]:
    """The directory to name, and what was found in words."""
    from reconcile_pipeline.errors import DirectoryError
    from reconcile_pipeline.migrations.inventory import take_inventory

    for name in FOLDERS:
        try:
            inventory = take_inventory(folder / name)
        except DirectoryError:
            continue
        number = len(inventory.files)
        return name, f"{number} {'file' if number == 1 else 'files'} in {name} ({inventory.layout})"
    return "migrations", "no migrations found here: name their directory in it"


def content(target: str, migrations: str, variable: str) -> str:
    """The file's text: every setting with its default, what is rarely changed as a comment."""
    import tomlkit
    from tomlkit.items import Table

    document = tomlkit.document()
    for line in (
        "Configuration of reconcile: one [targets.NAME] table for each database.",
        "It holds no connection string: each target names the environment variable that does.",
        'Where plans, approvals and evidence go. Default: ".reconcile/evidence"',
    ):
        document.add(tomlkit.comment(line))
    document.add(tomlkit.comment('evidence = ".reconcile/evidence"'))
    document.add(tomlkit.comment("Dagster's sensors and schedules run from the start."))
    document.add(tomlkit.comment("watch = true"))
    document.add(tomlkit.nl())

    table: Table = tomlkit.table()
    _put(table, "dsn_env", variable, "the NAME of the variable that holds the connection string")
    _put(table, "migrations", migrations, "the directory, relative to this file")
    for line in _OPTIONS:
        table.add(tomlkit.comment(line) if line else tomlkit.nl())
    targets = tomlkit.table(is_super_table=True)
    targets.add(target, table)
    document.add("targets", targets)
    text = tomlkit.dumps(document)
    return text + "\n" + "\n".join(f"# {line}" for line in _profiles(target)) + "\n"


def _put(table: object, key: str, value: str, comment: str) -> None:
    import tomlkit
    from tomlkit.items import Table

    assert isinstance(table, Table)
    item = tomlkit.string(value)
    item.comment(comment)
    table.add(key, item)


_OPTIONS = (
    'apply_dsn_env = ""            # variable of a second role, for apply: reconcile grants',
    "",
    'layout = "auto"               # or flat, flyway, up_down, prisma, diesel, goose, dbmate',
    'history = "auto"              # or supabase, none: who records what was applied',
    'never_applied = "quarantine"  # files that never ran: quarantine, archive or keep',
    'archive = "markers"           # what archived versions leave: markers, squash or move',
    'archive_from = ""             # first version to archive; empty: every reconciled one',
    "run_pending = []              # versions that never ran and should be live",
    'phantom = "unrecord"          # versions recorded, but not there: unrecord or keep',
    "adopt = true                  # changes made by hand enter the reconciliation migration",
    "ignore = []                   # what something else looks after, e.g. a queue's schema",
    "allow_hazards = []            # hazards that completion may run all the same",
    "lock_timeout_ms = 2000        # the longest that a statement waits for a lock",
    "statement_timeout_ms = 60000  # the longest that a statement runs",
)


def _profiles(target: str) -> tuple[str, ...]:
    return (
        "A profile for every user who lacks one. Who is on the list gets admin_role, everyone else",
        "default_role; nothing that users can edit is believed. Remove the first # of each line.",
        f"[targets.{target}.user_profiles]",
        'table = "public.user_profiles"',
        'source = "auth.users"',
        'role_column = "role"',
        'admins = ["ada@example.com"]',
        'admin_role = "admin"',
        'default_role = "viewer"',
        "batch_size = 1000",
    )
