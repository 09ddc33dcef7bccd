"""The code location as Dagster loads it, with the reconcile.toml of this folder."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).with_name("reconcile.toml")

# The variable is read while the modules are imported, and must not stay for other tests.
with pytest.MonkeyPatch.context() as _environment:
    _environment.setenv("RECONCILE_CONFIG", str(CONFIG))
    from reconcile_pipeline.definitions import defs
    from reconcile_pipeline.defs import show
    from reconcile_pipeline.defs.lineage import lineage_assets
    from reconcile_pipeline.defs.partitions import load_config
    from reconcile_pipeline.defs.resources import Targets
    from reconcile_pipeline.defs.schedules import all_schedules, schedules
    from reconcile_pipeline.defs.sensors.alerts import alerts
    from reconcile_pipeline.defs.sensors.cursor import read, was_down
    from reconcile_pipeline.defs.sensors.migration_files import migration_files
    from reconcile_pipeline.defs.sensors.news import COLUMNS
    from reconcile_pipeline.defs.sensors.production_drift import production_drift
    from reconcile_pipeline.defs.sensors.watched import LATE, look_at_each

__all__ = [
    "COLUMNS",
    "CONFIG",
    "LATE",
    "ROOT",
    "Targets",
    "alerts",
    "all_schedules",
    "defs",
    "lineage_assets",
    "load_config",
    "look_at_each",
    "migration_files",
    "production_drift",
    "read",
    "schedules",
    "show",
    "was_down",
]
