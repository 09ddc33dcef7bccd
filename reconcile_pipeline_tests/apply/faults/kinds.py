"""The kinds of fault, each brought about by the applying process at one of its own points."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.shadow.servers import programs
from reconcile_pipeline_tests.apply.making import sql

STRANGER = "another session"
WAITED_S = 0.8


class Kind(StrEnum):
    """What comes between."""

    KILL = "kill -9"
    KILL_WAITED = "kill -9, somebody waits"
    KILL_TWICE = "kill -9, the rerun too"
    SERVER = "server killed"
    TERMINATE = "backend terminated"
    SOCKET = "socket closed"
    WATCHER = "watcher terminated"
    LOCK = "lock held for ever"
    DDL = "DDL by another session"
    TWO = "a second apply"
    DISK = "disk full"
    PROJECT_DISK = "project's disk full"
    BIG_FILE = "file size limit"
    CLOCK = "clock goes back"
    BEFORE_COMMIT = "cut before COMMIT arrives"
    AFTER_COMMIT = "cut before COMMIT's answer"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault at one point. `detail`: the table that is locked, or the DDL's number."""

    kind: Kind
    point: int
    step: str
    what: str
    detail: str = ""

    def __str__(self) -> str:
        place = f"{self.step}, {self.what} {self.point}"
        return f"{self.kind:<26} {place} {self.detail}".rstrip()


#: What another session changes, and how it takes it back. No row of a table is touched but in the
#: history, which is the third.
DDL = (
    ("CREATE TABLE public.by_hand ()", "DROP TABLE public.by_hand"),
    ("COMMENT ON TABLE public.clients IS 'by hand'", "COMMENT ON TABLE public.clients IS NULL"),
    (
        "INSERT INTO supabase_migrations.schema_migrations VALUES ('099', '{}', 'by_hand')",
        "DELETE FROM supabase_migrations.schema_migrations WHERE version = '099'",
    ),
    (
        "CREATE INDEX by_hand ON public.projects (client)",
        "DROP INDEX public.by_hand",
    ),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a fault happens."""

    dsn: str
    data: Path
    root: Path
    run_folder: Path


Act = Callable[[Connection[Any] | None], None]


def act_of(fault: Fault, scene: Scene) -> Act:
    """What to do when the point is reached."""
    acts: dict[Kind, Act] = {
        Kind.KILL: lambda _: os.kill(os.getpid(), signal.SIGKILL),
        Kind.KILL_TWICE: lambda _: os.kill(os.getpid(), signal.SIGKILL),
        Kind.KILL_WAITED: lambda _: _kill_when_waited_for(scene),
        Kind.SERVER: lambda _: programs.stop(scene.data, "immediate"),
        Kind.TERMINATE: lambda _: _terminate(scene, "reconcile_pipeline"),
        Kind.WATCHER: lambda _: _terminate(scene, "reconcile_pipeline watcher"),
        Kind.SOCKET: _shut,
        Kind.LOCK: lambda _: _lock(scene, fault.detail),
        Kind.DDL: lambda _: _change(scene, DDL[int(fault.detail)][0]),
        Kind.DISK: lambda _: fill_up(scene.run_folder),
        Kind.PROJECT_DISK: lambda _: fill_up(scene.root),
        Kind.BIG_FILE: lambda _: _limit_files(),
        Kind.CLOCK: lambda _: _turn_back(scene.root / "clock"),
        Kind.BEFORE_COMMIT: lambda _: (scene.root / "cut").touch(),
        Kind.AFTER_COMMIT: lambda _: (scene.root / "cut").touch(),
    }  # fmt: skip
    return acts[fault.kind]


def fill_up(folder: Path) -> None:
    """Write until the disk of this folder takes no byte more."""
    with (folder / "ballast").open("ab", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue


def _turn_back(clock: Path) -> None:
    clock.write_text("-3d\n")


def _terminate(scene: Scene, application: str) -> None:
    with psycopg.connect(scene.dsn, autocommit=True, application_name=STRANGER) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = %s AND datname = current_database()",
            (application,),
        )


def _kill_when_waited_for(scene: Scene) -> None:
    def wait() -> None:
        with psycopg.connect(make_conninfo(scene.dsn, application_name="the shop")) as other:
            other.execute("LOCK TABLE auth.users IN ROW EXCLUSIVE MODE")

    threading.Thread(target=wait, daemon=True).start()
    threading.Event().wait(WAITED_S)
    os.kill(os.getpid(), signal.SIGKILL)


def _shut(connection: Connection[Any] | None) -> None:
    if connection is not None and not connection.closed:
        with socket.socket(fileno=os.dup(connection.pgconn.socket)) as ours:
            ours.shutdown(socket.SHUT_RDWR)


def _limit_files() -> None:
    """From here on no file of this process may grow beyond what it is."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))


def _lock(scene: Scene, table: str) -> None:
    """Another session takes it as soon as it can, and keeps it while this process lives."""
    ready = threading.Event()

    def hold() -> None:
        dsn = make_conninfo(scene.dsn, application_name=STRANGER)
        with psycopg.connect(dsn) as other:
            ready.set()
            other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
            ready.set()
            threading.Event().wait(60)

    threading.Thread(target=hold, daemon=True).start()
    ready.wait(5)
    threading.Event().wait(0.02)  # for a lock that is free


def _change(scene: Scene, ddl: str) -> None:
    """Another session changes it now, or as soon as it is let."""

    def change() -> None:
        sql(make_conninfo(scene.dsn, application_name=STRANGER), ddl)

    thread = threading.Thread(target=change, daemon=True)
    thread.start()
    thread.join(0.3)
