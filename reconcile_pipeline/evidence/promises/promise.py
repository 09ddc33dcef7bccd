"""What became of one promise, as a value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise: its figure in one sentence, and the proof, line by line.

    `reasons` says why it did not hold; `held` is true exactly where there is none.
    """

    name: str
    held: bool
    figure: str
    proof: tuple[str, ...]
    reasons: tuple[str, ...] = ()


def judged(name: str, figure: str, proof: Iterable[str], reasons: Iterable[str]) -> Promise:
    """A promise that holds unless there is a reason why not."""
    why = tuple(reasons)
    return Promise(name, not why, figure, tuple(proof), why)
