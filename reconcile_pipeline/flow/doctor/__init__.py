"""The doctor: everything that a scan and an apply need, looked at before they need it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import psycopg
from psycopg import Connection

from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.catalog.session import looking
from reconcile_pipeline.drift.scan import Progress
from reconcile_pipeline.errors import ConfigError, ReconcileError, TargetError
from reconcile_pipeline.flow.doctor import machine, reach, rights, server
from reconcile_pipeline.flow.doctor.model import Diagnosis, advice, ok, problem
from reconcile_pipeline.flow.identity import fingerprint_of
from reconcile_pipeline.flow.scan import silent
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.history.detect import by_name, detect
from reconcile_pipeline.redact import redact

Look = Callable[[], Iterable[Diagnosis]]


def examine(target: ResolvedTarget, progress: Progress = silent) -> tuple[Diagnosis, ...]:
    """Look at everything. The databases are only read; what cannot be asked is a problem of its
    own, never an end.
    """
    progress("looking at the database")
    found, tool = look_at_database(target)
    progress("looking at this machine")
    return (*found, *look_at_machine(target, tool))


def look_at_database(target: ResolvedTarget) -> tuple[tuple[Diagnosis, ...], str]:
    """The way there, the server, both roles; and the name of the history's tool."""
    found, tool, seen = _scanning(target)
    return (*found, *_applying(target, seen)), tool


def look_at_machine(target: ResolvedTarget, tool: str) -> tuple[Diagnosis, ...]:
    """The shadow server, the folders and disks, the client of the history's tool."""
    looks = (
        partial(machine.shadow, target),
        partial(machine.folders, target),
        partial(machine.disks, target),
        partial(machine.client, target, tool),
    )
    return tuple(each for look in looks for each in _safely("This machine", look, ""))


def _scanning(target: ResolvedTarget) -> tuple[list[Diagnosis], str, str]:
    """The scan's connection; also the history's tool and the fingerprint that it sees."""
    settings, dsn = target.settings, target.dsn
    tool: str = settings.history if settings.history != "auto" else ""
    try:
        connection = connect_to_read(dsn)
    except TargetError as error:
        return list(reach.unreachable(error, dsn)), tool, ""
    with connection:
        found = list(reach.way(connection, dsn))
        for name, look in (
            ("Server", partial(server.kind, connection, dsn)),
            ("Timeouts", partial(server.waits, connection, settings)),
            ("Scan's role", partial(rights.scanning, connection)),
            ("History", partial(server.history, connection, settings)),
            ("Users", partial(server.users, connection, settings)),
        ):
            found += _safely(name, look, dsn)
        with suppress(psycopg.Error):
            tool = tool or detect(connection).tool
        return found, tool, _fingerprint(connection, tool)


def _applying(target: ResolvedTarget, seen: str) -> list[Diagnosis]:
    """The connection of the role that applies, which is only read here."""
    settings = target.settings
    found: list[Diagnosis] = []
    if not settings.apply_dsn_env:
        found.append(advice("Credentials", "One credential scans and applies.",
                            "Let scans have one that only reads: reconcile grants"))  # fmt: skip
    try:
        dsn = target.apply_dsn
    except ConfigError:
        name = settings.apply_dsn_env
        figure = f"{name} is not set here: the role that applies was not looked at."
        return [ok("Credentials", f"{figure} Nothing can be applied from here.")]
    try:
        connection = connect_to_read(dsn)
    except TargetError as error:
        # Where one credential does both, this was said already.
        return found + (list(reach.unreachable(error, dsn)) if settings.apply_dsn_env else [])
    with connection:
        if settings.apply_dsn_env:
            found += reach.way(connection, dsn, "Server, to apply")
        for name, look in (
            ("Apply", partial(server.writable, connection, dsn)),
            ("Apply's role", partial(rights.applying, connection)),
            ("Replication", partial(server.lag, connection)),
        ):
            found += _safely(name, look, dsn)
        if settings.apply_dsn_env and seen:
            found += _safely("Credentials", partial(_same, connection, target, seen), dsn)
    return found


def _same(connection: Connection[Any], target: ResolvedTarget, seen: str) -> Iterator[Diagnosis]:
    """Both roles must see the same production, or the gate would never open."""
    tool = target.settings.history
    name = detect(connection).tool if tool == "auto" else tool
    if _fingerprint(connection, name) == seen:
        yield ok("Credentials", "Both roles see the same catalog and history.")
    else:
        yield problem(
            "Credentials", "The two roles do not see the same: other databases, or other rights.",
            "Point both variables at one database, and see: reconcile grants",
        )  # fmt: skip


def _fingerprint(connection: Connection[Any], history: str) -> str:
    try:
        with looking(connection, "60s"):
            by_name(history)
            return fingerprint_of(connection, history)
    except (psycopg.Error, ReconcileError):
        return ""


def _safely(name: str, look: Look, dsn: str) -> list[Diagnosis]:
    found: list[Diagnosis] = []
    try:
        found += look()
    except psycopg.Error as error:
        text = redact(error.diag.message_primary or str(error).strip(), dsn)
        found.append(problem(name, f"It could not be asked: {text}.", "Run this again."))
    except OSError as error:
        found.append(problem(name, f"It could not be asked: {error.strerror}.", "Run this again."))
    return found
