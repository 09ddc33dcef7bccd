"""`reconcile check`: what pushing the directory would do, for a pull request to be judged by."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconcile_pipeline.cli.options import (
    chosen_target,
    default_config,
    direct_options,
    load_config,
    target_options,
)
from reconcile_pipeline.cli.output import write_file
from reconcile_pipeline.errors import ConfigError, DirectoryError

if TYPE_CHECKING:
    from reconcile_pipeline.config import Target
    from reconcile_pipeline.flow.check.model import Checked

FORMATS = ("text", "json", "github", "junit", "sarif")


def _reports(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, Path], ...]:
    found = []
    for value in values:
        form, _, path = value.partition("=")
        if form not in FORMATS or not path:
            raise click.BadParameter(f"give FORMAT=FILE, with one of {', '.join(FORMATS)}")
        found.append((form, Path(path)))
    return tuple(found)


@click.command(name="check")
@target_options
@direct_options
@click.option(
    "--offline",
    is_flag=True,
    help="Ask no production: hazards, parse errors, and the directory run from nothing.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="What standard output holds.",
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FORMAT=FILE",
    callback=_reports,
    help="Also write the same check to FILE. May be given more than once.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "note", "never"]),
    default="error",
    show_default=True,
    help="From which level on the exit code is 1.",
)
@click.option(
    "--show",
    type=click.Choice(["error", "warning", "note"]),
    default="warning",
    show_default=True,
    help="Leave out remarks that weigh less.",
)
@click.option(
    "--allow",
    "allowed",
    multiple=True,
    metavar="RULE",
    help="Let remarks of this rule pass, as notes; so does allow_hazards in reconcile.toml.",
)
@click.option(
    "--changed-since",
    metavar="REF",
    help="Judge only files that git says were changed since REF, as origin/main.",
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.pass_context
def command(
    context: click.Context,
    /,
    form: str,
    reports: tuple[tuple[str, Path], ...],
    fail_on: str,
    show: str,
    offline: bool,
    allowed: tuple[str, ...],
    changed_since: str | None,
    files: tuple[Path, ...],
    **options: Any,
) -> None:
    """Say what pushing the migrations would do to production, with the rows at stake.

    The files that a push would run are judged, tried on a throwaway copy of production's structure,
    and the rows that they would delete are counted. With FILES, what is said of others is only what
    the push as a whole would meet: rows at stake, and statements that fail. This is a read-only
    operation. Exit code 0: nothing speaks against it; 1: something does; 2: error.
    """
    from reconcile_pipeline.flow.check.formats import Format, render
    from reconcile_pipeline.flow.check.model import Level

    if offline:
        checked, folder = _offline(files, changed_since, allowed, options)
    else:
        checked, folder = _online(files, changed_since, allowed, options)
    failed = fail_on != "never" and checked.fails(Level(fail_on))
    checked = checked.showing(Level.NOTE if fail_on == "note" else Level(show))
    place = _from_the_root(folder)
    for name, path in reports:
        write_file(path, render(Format(name), checked, place).encode(), "--report")
    click.echo(render(Format(form), checked, place), nl=False)
    context.exit(1 if failed else 0)


def _online(
    files: tuple[Path, ...], since: str | None, allowed: tuple[str, ...], options: dict[str, Any]
) -> tuple[Checked, Path]:
    from reconcile_pipeline.cli.console import progress
    from reconcile_pipeline.flow.check.check import check_target

    target = chosen_target(**options)
    only = _only(target.directory, files, since)
    with progress() as say:
        return check_target(target, only, allowed=allowed, progress=say), target.directory


def _offline(
    files: tuple[Path, ...], since: str | None, allowed: tuple[str, ...], options: dict[str, Any]
) -> tuple[Checked, Path]:
    from reconcile_pipeline.cli.console import progress
    from reconcile_pipeline.flow.check.check import check_directory
    from reconcile_pipeline.migrations.model import Layout

    if options["database_url"]:
        raise ConfigError(
            "--offline asks no database, so it takes no --database-url.", hint="Leave out either."
        )
    directory, target = _settings(options)
    layout = None if target is None or target.layout == "auto" else Layout(target.layout)
    with progress() as say:
        checked = check_directory(
            directory,
            _fresh_platform,
            layout=layout,
            only=_only(directory, files, since),
            allowed=(*allowed, *(target.allow_hazards if target else ())),
            shadow_url=options["shadow_url"],
            progress=say,
        )
    return checked, directory


def _settings(options: dict[str, Any]) -> tuple[Path, Target | None]:
    """The directory, and the target's settings where a reconcile.toml names one."""
    named: Path | None = options["migrations"]
    path: Path | None = options["config"]
    if path is None and options["target"] is None and not default_config().exists():
        return (named or Path("migrations")).absolute(), None
    config = load_config(path)
    _, target = config.target(options["target"])
    return (named or config.root / target.migrations).absolute(), target


@contextmanager
def _fresh_platform() -> Iterator[str]:
    """An empty project on a throwaway server: what a directory may take for granted."""
    from reconcile_pipeline.shadow.servers.server import temporary
    from reconcile_pipeline.story.world import OWNER, create_platform

    name = "postgres_project"
    with temporary() as server:
        create_platform(server, name)
        yield server.dsn(name, OWNER)


def _only(directory: Path, files: tuple[Path, ...], since: str | None) -> frozenset[str] | None:
    """The files to judge, relative to the directory; None for all."""
    if not files and since is None:
        return None
    chosen = {path.absolute() for path in files} | (_changed(directory, since) if since else set())
    root = directory.resolve()
    return frozenset(
        path.resolve().relative_to(root).as_posix()
        for path in chosen
        if path.resolve().is_relative_to(root)
    )


def _changed(directory: Path, since: str) -> set[Path]:
    """Files below the directory that were added or changed since REF, and those not yet added."""
    if since.startswith("-"):
        raise ConfigError(f"{since!r} names no commit.", hint="Give a branch, tag or commit.")
    listings = (
        ("diff", "--name-only", "-z", "--relative", "--diff-filter=d", f"{since}...", "--", "."),
        ("diff", "--name-only", "-z", "--relative", "--diff-filter=d", "HEAD", "--", "."),
        ("ls-files", "--others", "--exclude-standard", "-z", "--", "."),
    )
    found: set[Path] = set()
    for arguments in listings:
        try:
            done = subprocess.run(
                ["git", *arguments], cwd=directory, capture_output=True, check=False
            )
        except OSError:
            raise DirectoryError(
                f"git could not be asked about {directory}.", hint="Leave out --changed-since."
            ) from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
            raise ConfigError(
                f"git does not know what changed since {since}: {said}",
                hint="Fetch the branch first, with enough history: fetch-depth: 0 in a workflow.",
            )
        found |= {directory / os.fsdecode(name) for name in done.stdout.split(b"\0") if name}
    return found


def _from_the_root(folder: Path) -> str:
    """The directory as a pull request names it: relative to the workspace, or to here."""
    root = Path(os.environ.get("GITHUB_WORKSPACE") or ".").resolve()
    folder = folder.resolve()
    return (folder.relative_to(root) if folder.is_relative_to(root) else folder).as_posix()
