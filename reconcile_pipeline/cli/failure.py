"""Errors as people see them: what happened, what was changed, what to do next. Never a secret."""

from __future__ import annotations

import logging
import os
import signal
import sys
import traceback
from contextlib import suppress
from typing import IO, Any

import click

from reconcile_pipeline.cli.state import State
from reconcile_pipeline.errors import ReconcileError

_log = logging.getLogger("reconcile_pipeline.error")
ERROR = 2
BY_SIGNAL = 128  # as shells count: this and the signal's number
UNREAD = BY_SIGNAL + 13  # SIGPIPE's, whose place BrokenPipeError takes in Python


def cleaned(text: str, state: State) -> str:
    """The text without the secrets of any connection string in use."""
    from reconcile_pipeline.redact import redact  # imports psycopg, which --help need not wait for

    for dsn in state.dsns or ("",):
        text = redact(text, dsn)
    return text


class Failure(click.ClickException):
    """An expected error, in its own words."""

    exit_code = ERROR

    def __init__(self, error: ReconcileError, state: State) -> None:
        self.lines = [cleaned(error.message, state)]
        self.changed = cleaned(error.changed, state)
        self.hint = cleaned(error.hint, state)
        self.json = state.json_logs
        super().__init__(self.lines[0])

    def show(self, file: IO[Any] | None = None) -> None:
        """Write it to standard error."""
        if self.json:
            fields = {"changed": self.changed, "hint": self.hint}
            _log.error("%s", self.message, extra={"fields": fields})
            return
        label = click.style("Error:", fg="red", bold=True)
        click.echo(f"{label} {self.message}", file=file or sys.stderr)
        if self.changed:
            click.echo(f"       {self.changed}", file=file or sys.stderr)
        if self.hint:
            click.echo(f"Next:  {self.hint}", file=file or sys.stderr)


class Interrupted(click.ClickException):
    """Somebody pressed Ctrl-C, or ended us from outside. `kept`: what was done before, if any."""

    def __init__(self, stopped: BaseException | None = None, kept: str = "") -> None:
        number = getattr(stopped, "number", signal.SIGINT)
        self.exit_code = BY_SIGNAL + number  # type: ignore[misc]  # click takes it from here, too
        super().__init__(kept or "What was begun in a transaction was taken back.")
        self.word = "Interrupted" if number == signal.SIGINT else signal.Signals(number).name

    def show(self, file: IO[Any] | None = None) -> None:
        """Write it to standard error, if that is still there."""
        with suppress(OSError):
            click.echo(f"{self.word}. {self.message}", file=file or sys.stderr)


class Unread(click.ClickException):
    """Whoever read our output, as `head` does, has read enough."""

    exit_code = UNREAD

    def __init__(self) -> None:
        super().__init__("Nobody reads the output any more.")

    def show(self, file: IO[Any] | None = None) -> None:
        """Say nothing, and let nothing be said when Python writes what it still holds."""
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
                continue
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def unexpected(error: Exception, state: State) -> click.ClickException:
    """An error that nobody foresaw. Its traceback is shown only with --debug."""
    if state.debug:
        lines = traceback.format_exception(error)
        return _Traceback(cleaned("".join(lines), state).rstrip())
    if isinstance(error, OSError) and error.strerror:
        what = f"{error.filename}: " if error.filename else ""
        return Failure(
            ReconcileError(
                f"The system refuses: {cleaned(what, state)}{error.strerror}.",
                changed="",
                hint="Mend that, and run it again; --debug shows where. Steps that were not "
                "finished left nothing in production.",
            ),
            state,
        )
    text = cleaned(" ".join(str(error).split()), state)[:300]
    return Failure(
        ReconcileError(
            f"Something unforeseen happened: {type(error).__name__}{f': {text}' if text else ''}.",
            changed="",
            hint="Run it again with --debug to see where. Steps that were not finished left "
            "nothing in production.",
        ),
        state,
    )


class _Traceback(click.ClickException):
    exit_code = ERROR

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file or sys.stderr)
