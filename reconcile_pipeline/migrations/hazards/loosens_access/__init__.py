"""Somebody may read or write more than before: one module a way to do that."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile_pipeline.migrations.hazards.loosens_access import (
    definers,
    grants,
    metadata,
    policies,
    views,
)
from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node

NAME = "loosens_access"

_CHECKS = (grants.check, policies.check, definers.check, metadata.check, views.check)


def check(node: Node) -> Iterator[Hazard]:
    """Grants to everyone, policies that let everyone, definers' rights, roles users can choose."""
    for one in _CHECKS:
        for severity, message, objects in one(node):
            yield Hazard(NAME, Severity(severity), message, objects)
