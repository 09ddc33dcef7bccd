"""The command line: `reconcile VERB`, one module a verb, imported only when it is used."""

from __future__ import annotations

import atexit
import gc

#: Objects made between two searches for unused ones. A verb makes many and drops few before it
#: ends; searching as often as Python does by default took a twentieth of a scan.
OBJECTS_MADE = 100_000


def main() -> None:
    """Run the command line with this process's arguments; the entry point `reconcile`."""
    search_rarely()

    from reconcile_pipeline.cli.signals import end_as_interrupted

    end_as_interrupted()

    from reconcile_pipeline.cli.app import app

    app(prog_name="reconcile")


def search_rarely() -> None:
    """Let Python search for unused objects rarely, and not once more when the process ends: it
    would look through all that was ever imported, and then the system takes everything back."""
    gc.set_threshold(OBJECTS_MADE)
    atexit.register(gc.freeze)
