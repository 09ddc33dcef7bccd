"""What a command line run knows besides its options: which secrets not to show, and how to fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(slots=True)
class State:
    """One run. `dsns`: connection strings in use, whose secrets never reach an output.

    `json_logs`: progress and errors are lines of JSON.
    """

    debug: bool = False
    json_logs: bool = False
    dsns: list[str] = field(default_factory=list)


def state() -> State:
    """The current command's."""
    found = click.get_current_context().ensure_object(State)
    assert isinstance(found, State)
    return found


def debug_option(command: F) -> F:
    """`--debug` and `--log-format`, before or behind the verb."""
    command = click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        expose_value=False,
        callback=_set_log_format,
        help="Progress and errors on standard error, for people or as lines of JSON.",
    )(command)
    return click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        callback=_set_debug,
        help="Show the traceback of an error, without its secrets.",
    )(command)


def _set_log_format(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value == "json" and not context.resilient_parsing:
        from reconcile_pipeline.cli.logs import as_json

        found = context.ensure_object(State)
        found.json_logs = True
        as_json(found)


def _set_debug(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(State).debug = True
