"""How an apply says what it is doing, to whoever listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """One thing to show. `done` of `total` rows where there is a count; times are seconds."""

    step: str
    text: str
    done: int | None = None
    total: int | None = None
    seconds_left: float | None = None


Progress = Callable[[Event], None]


def silent(event: Event) -> None:
    """Say nothing."""
