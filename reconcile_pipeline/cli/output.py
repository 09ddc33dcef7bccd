"""Files that a verb is told to write."""

from __future__ import annotations

import os
from pathlib import Path

from reconcile_pipeline.errors import ConfigError


def write_file(path: Path, data: bytes, option: str) -> None:
    """Write it whole or not at all. Raises ConfigError that names `option`, e.g. `--output`."""
    building = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        building.write_bytes(data)
        building.replace(path)
    except OSError as error:
        building.unlink(missing_ok=True)
        raise ConfigError(
            f"{path} cannot be written: {(error.strerror or 'no reason').lower()}.",
            hint=f"Name another file with {option}.",
        ) from None
