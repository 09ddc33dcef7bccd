"""Where the configuration is. Nothing is read here: each of Dagster's processes asks."""

import os
from collections.abc import Mapping
from pathlib import Path

from reconcile_pipeline.config import FILE

CONFIG_ENV = "RECONCILE_CONFIG"


def config_file(environment: Mapping[str, str] = os.environ) -> Path:
    """What RECONCILE_CONFIG says, else `reconcile.toml` here."""
    return Path(environment.get(CONFIG_ENV) or FILE).absolute()
