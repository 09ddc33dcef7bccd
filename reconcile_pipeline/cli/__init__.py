"""The command line: `reconcile VERB`, one module a verb, imported only when it is used."""

from __future__ import annotations


def main() -> None:
    """Run the command line with this process's arguments; the entry point `reconcile`."""
    from reconcile_pipeline.cli.app import app

    app(prog_name="reconcile")
