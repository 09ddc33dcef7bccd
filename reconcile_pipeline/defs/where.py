"""Where the configuration is. Nothing is read here: each of Dagster's processes asks."""

import os
from pathlib import Path

from reconcile_pipeline.config import FILE

CONFIG_ENV = "RECONCILE_CONFIG"


def config_file() -> Path:
    """What RECONCILE_CONFIG says, else `reconcile.toml` here."""
    return Path(os.environ.get(CONFIG_ENV) or FILE).absolute()
