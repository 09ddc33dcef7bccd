"""What a command line run knows besides its options: which secrets not to show, and how to fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(slots=True)
class State:
    """One run. `dsns`: connection strings in use, whose secrets never reach an output."""

    debug: bool = False
    dsns: list[str] = field(default_factory=list)


def state() -> State:
    """The current command's."""
    found = click.get_current_context().ensure_object(State)
    assert isinstance(found, State)
    return found


def debug_option(command: F) -> F:
    """`--debug`, before or behind the verb."""
    return click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        callback=_set_debug,
        help="Show the traceback of an error, without its secrets.",
    )(command)


def _set_debug(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(State).debug = True
