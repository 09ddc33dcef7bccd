"""One partition a target database, read from reconcile.toml when Dagster loads the code."""

import re
from collections.abc import Iterable
from pathlib import Path

import dagster as dg
from dagster._utils.schedules import is_valid_cron_schedule

from reconcile_pipeline.config import Config, load
from reconcile_pipeline.defs.where import CONFIG_ENV, config_file
from reconcile_pipeline.errors import ConfigError

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_OWNER = re.compile(r"team:\w[\w-]*|[^@\s]+@[^@\s]+")  # what Dagster takes for an owner


def load_config(path: Path) -> Config:
    """The configuration, fit for Dagster. Raises ConfigError; no database is asked."""
    if not path.exists():
        raise ConfigError(
            f"There is no {path}.",
            hint=f"Name the file in {CONFIG_ENV}, or start Dagster in its folder.",
        )
    config = load(path)
    if not config.targets:
        raise ConfigError(f"{path} names no target.", hint="Add a [targets.NAME] table.")
    for name, target in config.targets.items():
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"The target's name {name!r} cannot name a partition.",
                hint="Use letters, digits, - and _ in [targets.NAME].",
            )
        if any(not _OWNER.fullmatch(owner) for owner in target.owners):
            raise ConfigError(
                f"An owner of the target {name} is neither a team nor an address.",
                hint='Write a team as "team:NAME".',
            )
        for key in ("schedule", "snapshot_schedule"):
            cron = getattr(target, key)
            if cron and not is_valid_cron_schedule(cron):
                raise ConfigError(
                    f"{path} is not valid: targets.{name}.{key}: {cron!r} is no time that comes.",
                    hint='Write minute, hour, day, month and weekday, as in "0 2 * * *".',
                )
    _alike(config.targets)
    return config


def schedule_name(prefix: str, target: str) -> str:
    """What a target's own schedule is called: Dagster takes no - in it."""
    return f"{prefix}_{target.replace('-', '_')}"


def _alike(names: Iterable[str]) -> None:
    known: dict[str, str] = {}
    for name in sorted(names):
        other = known.setdefault(name.replace("-", "_"), name)
        if other != name:
            raise ConfigError(
                f"The targets {other} and {name} differ in nothing but - and _.",
                hint="Give one of them another name: their schedules would be called alike.",
            )


config = load_config(config_file())
targets = dg.StaticPartitionsDefinition(sorted(config.targets))
"""A target's name is the key of its partition, in every asset."""

owners = sorted({owner for target in config.targets.values() for owner in target.owners})
