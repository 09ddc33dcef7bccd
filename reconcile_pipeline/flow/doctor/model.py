"""What a doctor's look at one thing found, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How it stands: all well, works but could be better, or something that we do cannot work."""

    OK = "ok"
    ADVICE = "advice"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at: `figure` says what is so, `advice` what to do about it."""

    name: str
    level: Level
    figure: str
    advice: str = ""


def ok(name: str, figure: str) -> Diagnosis:
    """All well."""
    return Diagnosis(name, Level.OK, figure)


def advice(name: str, figure: str, do: str) -> Diagnosis:
    """It works, but could be better."""
    return Diagnosis(name, Level.ADVICE, figure, do)


def problem(name: str, figure: str, do: str) -> Diagnosis:
    """Something that we do cannot work."""
    return Diagnosis(name, Level.PROBLEM, figure, do)


def exit_code(found: tuple[Diagnosis, ...]) -> int:
    """0 all well, 1 there is advice, 2 there is a problem."""
    levels = {each.level for each in found}
    return 2 if Level.PROBLEM in levels else 1 if Level.ADVICE in levels else 0
