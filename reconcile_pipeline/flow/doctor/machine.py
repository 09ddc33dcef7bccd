"""This machine: the shadow server, room on the disks, the folders, the history tool's client."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from reconcile_pipeline.errors import ReconcileError
from reconcile_pipeline.flow.doctor.model import Diagnosis, advice, ok, problem
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.shadow.servers import place
from reconcile_pipeline.shadow.servers.cluster import cluster

GIB = 1024**3
PLENTY, ENOUGH = GIB, GIB // 8  # free bytes: no advice; still no problem
CLIENT_HINT = "npm i supabase: with it anybody can check our answer to what it would push."


def shadow(target: ResolvedTarget) -> Iterator[Diagnosis]:
    """A throwaway server starts, or the named one answers."""
    begun = time.monotonic()
    try:
        with cluster(target.shadow_url) as made, made.connect_admin() as admin:
            admin.execute("SELECT 1")
            version = admin.info.server_version // 10000
    except ReconcileError as error:
        yield problem("Shadow", error.message, error.hint)
        return
    except Exception as error:  # a named server's trouble; its text could quote the URL
        yield problem(
            "Shadow", f"The shadow server cannot be used: {type(error).__name__}.",
            "Check --shadow-url, or leave it out to use the embedded PostgreSQL.",
        )  # fmt: skip
        return
    milliseconds = round((time.monotonic() - begun) * 1000)
    yield ok("Shadow", f"PostgreSQL {version} answers after {milliseconds:,} ms.")


def folders(target: ResolvedTarget) -> Iterator[Diagnosis]:
    """The migrations, and where evidence goes."""
    try:
        inventory = take_inventory(target.directory, target.layout)
    except ReconcileError as error:
        yield problem("Migrations", error.message, error.hint)
    else:
        number = len(inventory.files)
        if number:
            yield ok("Migrations", f"{number} files, layout {inventory.layout}.")
        else:
            yield advice(
                "Migrations", f"{target.directory.name} holds no migration.",
                "Name the directory: migrations in reconcile.toml.",
            )  # fmt: skip
    yield _evidence(target.evidence)


def disks(target: ResolvedTarget) -> Iterator[Diagnosis]:
    """Room for evidence, and for shadow databases."""
    for name, folder in (
        ("evidence", target.evidence),
        ("the shadow", place.choose(in_memory=True)),
    ):
        free = shutil.disk_usage(_existing(folder)).free
        figure = f"{free / GIB:,.1f} GiB are free for {name}."
        if free >= PLENTY:
            yield ok("Disk", figure)
        elif free >= ENOUGH:
            yield advice("Disk", figure, "Free some space: 1 GiB is comfortable.")
        else:
            yield problem("Disk", figure, "Free some space, or choose another folder.")


def client(target: ResolvedTarget, tool: str) -> Iterator[Diagnosis]:
    """The history tool's own client. Only Supabase's is looked for; nothing needs it."""
    if tool != "supabase":
        return
    root = target.directory.parent
    beside = [root, *root.parents][:3]
    found = shutil.which("supabase") or next(
        (str(path) for each in beside if (path := each / "node_modules/.bin/supabase").exists()), ""
    )
    if found:
        yield ok("Client", "The Supabase CLI is here.")
    else:
        yield advice(
            "Client", "The Supabase CLI is not here; nothing of ours needs it.", CLIENT_HINT
        )


def _evidence(folder: Path) -> Diagnosis:
    existing = _existing(folder)
    try:
        handle, name = tempfile.mkstemp(prefix=".writing-", dir=existing)
        os.close(handle)
        Path(name).unlink()
    except OSError as error:
        return problem(
            "Evidence", f"Nothing can be written below {existing}: {error.strerror}.",
            "Make it writable, or name another folder: evidence in reconcile.toml.",
        )  # fmt: skip
    return ok("Evidence", "Its folder can be written to.")


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.is_dir())
