"""x"""

import click


@click.command(name="apply")
def command() -> None:
    """Later."""
