"""Lineage as plain JSON values: the contract of `reconcile lineage --format json`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from reconcile_pipeline.flow.lineage.model import Lineage


def to_json(lineage: Lineage) -> dict[str, Any]:
    """Keys are only ever added. An object's `state`: live, base or by hand."""
    data = asdict(lineage)
    for entry, found in zip(data["objects"], lineage.objects, strict=True):
        entry["state"] = found.state
    return data
