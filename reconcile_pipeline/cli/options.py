"""Options that several verbs share, and the target that they name."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconcile_pipeline.cli.state import debug_option, state
from reconcile_pipeline.errors import ConfigError

if TYPE_CHECKING:
    from reconcile_pipeline.config import Config
    from reconcile_pipeline.flow.target import ResolvedTarget

F = TypeVar("F", bound=Callable[..., Any])
CONFIG = Path("reconcile.toml")
CONFIG_ENV = "RECONCILE_CONFIG"


def target_options(command: F) -> F:
    """`--target`, `--config`, `--shadow-url`, `--debug`: for every verb that works on a target."""
    for option in (
        debug_option,
        click.option(
            "--shadow-url",
            metavar="URL",
            help="Server to make throwaway shadow databases on, as a superuser. "
            "Default: the embedded PostgreSQL.",
        ),
        click.option(
            "--config",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Configuration file. Default: $RECONCILE_CONFIG, else reconcile.toml here.",
        ),
        click.option("--target", metavar="NAME", help="Which [targets.NAME] of reconcile.toml."),
    ):
        command = option(command)
    return command


def direct_options(command: F) -> F:
    """`--database-url`, `--migrations`, `--history`: for verbs that also work without a file."""
    for option in (
        click.option(
            "--history",
            type=click.Choice(["auto", "supabase", "none"]),
            help="Which tool keeps the migration history. Default: auto.",
        ),
        click.option(
            "--migrations",
            metavar="DIR",
            type=click.Path(path_type=Path),
            help="The migrations directory. Default: migrations.",
        ),
        click.option(
            "--database-url",
            metavar="URL",
            help="Connection string, in place of the one in the target's environment variable. "
            "Without --target and --config no configuration file is read.",
        ),
    ):
        command = option(command)
    return command


def format_option(command: F) -> F:
    """`--format table|json`."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["table", "json"]),
        default="table",
        show_default=True,
        help="With json, standard output holds nothing but the JSON.",
    )(command)


def load_config(path: Path | None) -> Config:
    """reconcile.toml. Raises ConfigError."""
    from reconcile_pipeline.config import load

    return load(path or default_config())


def default_config() -> Path:
    """What the variable RECONCILE_CONFIG names, as for Dagster; else reconcile.toml here."""
    return Path(os.environ.get(CONFIG_ENV) or CONFIG)


def chosen_target(
    *,
    target: str | None,
    config: Path | None,
    shadow_url: str | None,
    database_url: str | None = None,
    migrations: Path | None = None,
    history: str | None = None,
) -> ResolvedTarget:
    """The target that these options name. Raises ConfigError.

    A connection string comes from `--database-url`, or from the environment variable that the
    target's `dsn_env` names; no variable is read that no configuration file asks for.
    """
    from reconcile_pipeline.flow import target as flow

    known = state().dsns
    known += [url for url in (database_url, shadow_url) if url]
    if database_url == "":
        raise ConfigError(
            "The connection string is empty.",
            hint="Give --database-url a URL, or leave it out to use reconcile.toml.",
        )
    if database_url is not None and target is None and config is None:
        found = flow.direct(database_url, migrations or Path("migrations"), shadow_url=shadow_url)
    else:
        if config is None and not default_config().exists():
            raise ConfigError(
                f"There is no {default_config()} here.",
                hint="Make one with `reconcile init`, or name a database with --database-url.",
            )
        found = flow.resolve(load_config(config), target, dsn=database_url, shadow_url=shadow_url)
    known += found.secrets
    return flow.with_options(found, migrations=migrations, history=history)
