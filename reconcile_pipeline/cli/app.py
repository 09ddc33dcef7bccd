"""The group of all verbs, and what becomes of errors.

Exit codes: 0 in step, 1 drift, 2 error; 128 and the signal's number when ended by one, so 130 by
Ctrl-C, 143 by SIGTERM, 141 where nobody reads our output to its end.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

import click

from reconcile_pipeline import __version__
from reconcile_pipeline.cli.failure import Failure, Interrupted, Unread, cleaned, unexpected
from reconcile_pipeline.cli.state import State, debug_option
from reconcile_pipeline.errors import ReconcileError

T = TypeVar("T")

#: In the order in which a person meets them.
VERBS = (
    "demo", "init", "grants", "doctor", "status", "drift", "blame", "lineage", "check", "plan",
    "approve", "apply", "verify", "undo", "evidence", "metrics", "dev",
)  # fmt: skip


class Verbs(click.Group):
    """A group whose commands are imported when they are asked for, and whose errors are clean."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs, in their own order."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one verb."""
        if cmd_name not in VERBS:
            return None
        command = import_module(f"reconcile_pipeline.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Parse the options before the verb."""
        return _guarded(State(), lambda: super(Verbs, self).make_context(
            info_name, args, parent, **extra
        ))  # fmt: skip

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb. Every error that leaves it is a Failure."""
        return _guarded(ctx.ensure_object(State), lambda: super(Verbs, self).invoke(ctx))


def _guarded(state: State, work: Callable[[], T]) -> T:
    """Do the work; turn its errors into ones that say what happened, and quote no secret."""
    try:
        return work()
    except click.exceptions.Exit:
        raise
    except (KeyboardInterrupt, click.Abort) as stopped:
        raise Interrupted(stopped) from None
    except click.UsageError as error:
        raise click.UsageError(cleaned(error.format_message(), state), ctx=error.ctx) from None
    except ReconcileError as error:
        if state.debug:
            unexpected(error, state).show()
        raise Failure(error, state) from None
    except BrokenPipeError:
        raise Unread from None
    except click.ClickException:
        raise
    except Exception as error:
        raise unexpected(error, state) from None


def _show_version(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        click.echo(f"reconcile {__version__}")
        context.exit()


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
@debug_option
def app() -> None:
    """Find out what is really true in a drifted production PostgreSQL, and reconcile it.

    Exit codes: 0 in step, 1 drift, 2 error; 130 and 143 when interrupted.
    """
