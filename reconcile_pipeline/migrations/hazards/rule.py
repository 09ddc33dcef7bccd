"""What a hazard rule is: a module with `NAME` and `check`, from a statement's tree to hazards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from reconcile_pipeline.migrations.model import Hazard
from reconcile_pipeline.migrations.tree import Node


class Rule(Protocol):
    """One rule; its page is `docs/hazards/NAME.md`."""

    NAME: str

    def check(self, node: Node) -> Iterator[Hazard]:
        """The hazards that this rule sees in one statement."""
