"""Where words go: answers to standard output, progress to standard error. rich is imported late."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconcile_pipeline.cli.failure import Unread
from reconcile_pipeline.cli.state import state

if TYPE_CHECKING:
    from rich.console import Console

WIDTH_OF_A_FILE = 120  # columns, where nobody says how wide the output is


def out() -> Console:
    """The console of answers."""
    return _console(stderr=False)


def err() -> Console:
    """The console of progress and questions."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    class Ours(Console):
        def on_broken_pipe(self) -> None:
            """Rich would end us with 1, which is "drift", amid an apply too."""
            self.quiet = True  # that nobody hears of the progress is no reason to stop halfway
            if not stderr:
                raise Unread

    stream = sys.stderr if stderr else sys.stdout
    unknown = not stream.isatty() and not os.environ.get("COLUMNS")
    return Ours(
        stderr=stderr,
        highlight=False,
        emoji=False,
        markup=False,
        width=WIDTH_OF_A_FILE if unknown else None,
    )


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Tells what is being done: a moving line at a terminal, a line each elsewhere, or JSON."""
    if state().json_logs:
        yield logging.getLogger("reconcile_pipeline.progress").info
        return
    console = err()
    if not console.is_terminal:
        yield lambda words: console.print(f"{words} …", soft_wrap=True)
        return
    with console.status("") as status:
        yield lambda words: status.update(f"{words} …")
