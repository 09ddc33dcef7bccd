"""`reconcile dev`: the Dagster UI on the story's world, not yet reconciled, or on own targets."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from reconcile_pipeline.cli.options import CONFIG_ENV
from reconcile_pipeline.cli.state import debug_option
from reconcile_pipeline.errors import ConfigError

if TYPE_CHECKING:
    from reconcile_pipeline.shadow.servers.server import Server

HOME, WORLD = Path(".reconcile/dagster_home"), Path(".reconcile/dev")
STORAGE, STORAGE_ENV = "dagster", "RECONCILE_DAGSTER_URL"
VARIABLES = "variables.sh"


@click.command(name="dev")
@debug_option
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Work on the targets of this file. Default: the story, on a throwaway database.",
)
@click.option("--port", default=3000, show_default=True, help="Where the web page is served.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Dagster has no login: think before you open it to others.",
)
@click.option("--fresh", is_flag=True, help="Build the story's world again.")
@click.pass_context
def command(
    context: click.Context, /, config: Path | None, port: int, host: str, fresh: bool
) -> None:
    """Open the Dagster UI on the story's production, which is not yet reconciled.

    Dagster's runs and events are kept in an embedded PostgreSQL of their own. Ctrl-C ends it all.
    """
    from reconcile_pipeline.cli.console import progress
    from reconcile_pipeline.cli.promises_view import short
    from reconcile_pipeline.cli.world import DSN_ENV, running, server_folder, world

    environment = {**os.environ, "DAGSTER_HOME": str(make_home(HOME.absolute()))}
    environment.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    # `dg dev` would need one more package, for the same.
    environment.setdefault("PYTHONWARNINGS", "ignore:Function `dev_command` is superseded")
    with ExitStack() as stack:
        with progress() as say:
            if config is None:
                story = stack.enter_context(world(WORLD, fresh=fresh, say=say))
                config = story.config
                environment[DSN_ENV] = story.url
            say("starting Dagster's storage")
            storage = stack.enter_context(running(server_folder(HOME.absolute())))
            environment[STORAGE_ENV] = storage_url(storage)
        if not config.exists():
            raise ConfigError(f"There is no {config}.", hint="Make one with: reconcile init")
        environment[CONFIG_ENV] = str(config.absolute())
        known = {CONFIG_ENV: environment[CONFIG_ENV]}
        if DSN_ENV in environment:
            known[DSN_ENV] = environment[DSN_ENV]
        variables = write_variables(HOME.absolute() / VARIABLES, known)
        click.echo(f"Targets: {short(config.absolute())}", err=True)
        click.echo(
            f"To approve a plan from another terminal, first: . {short(variables)}", err=True
        )
        click.echo(
            f"Dagster will be at http://{host}:{port} in a moment. Ctrl-C ends it.", err=True
        )
        code = run_dagster(environment, host, port)
    context.exit(code)


def make_home(home: Path) -> Path:
    """DAGSTER_HOME with the repository's dagster.yaml. Raises ConfigError."""
    from reconcile_pipeline.cli.world import repository_file

    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(repository_file("dagster.yaml"), home / "dagster.yaml")
    return home


def write_variables(path: Path, variables: dict[str, str]) -> Path:
    """A file for a shell to read, which only its owner may: it holds the story's password."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    lines = (f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
    path.write_text("".join(lines), "utf-8")
    return path


def storage_url(server: Server) -> str:
    """The URL of Dagster's own database on this server, which is made if missing."""
    import psycopg
    from psycopg.sql import SQL, Identifier

    with (
        psycopg.connect(server.dsn(), autocommit=True) as admin,
        suppress(psycopg.errors.DuplicateDatabase),
    ):
        admin.execute(SQL("CREATE DATABASE {}").format(Identifier(STORAGE)))
    login = f"{server.superuser}:{quote(server.password(), safe='')}"
    return f"postgresql+psycopg2://{login}@127.0.0.1:{server.port}/{STORAGE}"


def run_dagster(environment: dict[str, str], host: str, port: int) -> int:
    """Run `dagster dev` until it ends or we are told to end; its exit code, 0 if we ended it."""
    from reconcile_pipeline.cli import group
    from reconcile_pipeline.cli.world import repository_file

    def interrupt(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    # Started in the background we would be deaf to SIGINT. A terminal that is closed ends us, too,
    # but for nohup.
    ending = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        ending.append(signal.SIGHUP)
    before = {each: signal.signal(each, interrupt) for each in ending}
    arguments = ["-m", "dagster", "dev", "-w", str(repository_file("workspace.yaml"))]
    process = group.start(
        [sys.executable, *arguments, "--host", host, "--port", str(port)], environment
    )
    try:
        return process.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        group.end(process)
        for each, handler in before.items():
            signal.signal(each, handler)
