"""The story's world in a working folder of its own: server, migrations and reconcile.toml.

It never looks at `DATABASE_URL` or any other variable. What an interrupted run left is thrown away.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from reconcile_pipeline.errors import ConfigError, ShadowError

if TYPE_CHECKING:
    from reconcile_pipeline.flow.target import ResolvedTarget
    from reconcile_pipeline.shadow.servers.server import Server

TARGET = DATABASE = "story"
DSN_ENV = "STORY_DATABASE_URL"
BUILT, FINISHED = "built", "finished"


@dataclass(frozen=True, slots=True)
class World:
    """A world whose server runs. `fresh`: it was built just now."""

    folder: Path
    server: Server = field(repr=False)
    fresh: bool

    @property
    def config(self) -> Path:
        """Its reconcile.toml."""
        return self.folder / "reconcile.toml"

    @property
    def url(self) -> str:
        """The story's production over TCP, for clients that know no sockets."""
        return self.server.tcp_dsn(DATABASE, "postgres", self.server.password())

    def target(self) -> ResolvedTarget:
        """The story as a target, by its own reconcile.toml."""
        from reconcile_pipeline.config import load
        from reconcile_pipeline.flow.target import resolve

        return resolve(load(self.config), TARGET, dsn=self.server.dsn(DATABASE, "postgres"))

    @property
    def finished(self) -> bool:
        """True once somebody has brought it to its end."""
        return (self.folder / FINISHED).exists()

    def finish(self) -> None:
        """Say that it came to its end."""
        (self.folder / FINISHED).touch()


@contextmanager
def world(
    folder: Path,
    *,
    fresh: bool,
    say: Callable[[str], None],
    keep: Callable[[Path], bool] = lambda folder: True,
) -> Iterator[World]:
    """The world in `folder`, built where it is not there, or not whole; its server runs inside.

    `fresh`: build it again in any case. `keep(folder)`: whether one that is whole may be kept.
    Raises ConfigError where another process uses it.
    """
    from reconcile_pipeline.shadow.servers.server import Server

    folder = folder.absolute()
    home = server_folder(folder)
    with _alone(folder):
        whole = (folder / BUILT).exists() and (home / "ready").exists()
        build = fresh or not whole or not keep(folder)
        if build:
            say("clearing the working folder")
            Server(home).destroy()
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        say("starting PostgreSQL")
        with running(home) as server:
            if build:
                say("building the story's production")
                _build(server, folder)
            yield World(folder, server, build)


@contextmanager
def running(home: Path) -> Iterator[Server]:
    """A server that also listens on a free port of 127.0.0.1; stopped afterwards."""
    server = _started(home)
    try:
        yield server
    finally:
        server.stop()


def _build(server: Server, folder: Path) -> None:
    from reconcile_pipeline.story.story import build_story

    shutil.copytree(repository_file("migrations"), folder / "migrations")
    build_story(server, DATABASE, folder / "migrations", password=server.password())
    (folder / "reconcile.toml").write_text(_config(), "utf-8")
    (folder / BUILT).touch()


def repository_file(name: str) -> Path:
    """A file or folder of the repository. Raises ConfigError where the package is not in one."""
    path = Path(__file__).resolve().parents[2] / name
    if not path.exists():
        raise ConfigError(
            f"There is no {name} beside the package.",
            hint="Run this from a clone of the repository.",
        )
    return path


def _config() -> str:
    from reconcile_pipeline.story.story import ADMINS

    admins = ",\n  ".join(f'"{address}"' for address in ADMINS)
    return f"""\
# The story's configuration, as its team wrote it.
evidence = "runs"
watch = true  # Dagster's sensors and schedules run from the start; all only read

[targets.{TARGET}]
dsn_env = "{DSN_ENV}"
migrations = "migrations"
never_applied = "archive"  # 011 and 012 lie beside the others, and out of the history
run_pending = ["013"]      # never ran, and the team wants it

[targets.{TARGET}.user_profiles]
admins = [
  {admins},
]
"""


def server_folder(folder: Path) -> Path:
    """Beside the folder; elsewhere where the account that servers run as could not reach it."""
    from reconcile_pipeline.shadow.servers.binaries import account, passable, runtime_root

    parent = next(p for p in folder.parents if p.exists())
    if account().uid is None or passable(parent):
        return folder.with_name(f"{folder.name}.server")
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return runtime_root() / f"{folder.name}-{digest}"


def _started(home: Path) -> Server:
    """A server on a free port; another process may take that port meanwhile, so three tries."""
    from reconcile_pipeline.shadow.servers.server import Server

    for attempt in range(3):
        server = Server(home, port=_free_port())
        try:
            server.start()
        except ShadowError:
            if attempt == 2:
                raise
            continue
        return server
    raise AssertionError


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process a folder. The lock dies with its process."""
    path = folder.with_name(f"{folder.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = path.open("a")
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}.",
            hint="Run this in a folder that you may write to.",
        ) from None
    with opened as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(
                f"Another process is at work in {folder}.", hint="Wait until it has ended."
            ) from None
        yield
