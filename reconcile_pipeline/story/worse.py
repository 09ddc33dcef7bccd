"""A production far worse than the story's: changes by hand of every sort, and a history that lies.

A help desk of 14 files. Recorded: 001 to 006, 008 (though it never ran), 009, 011, and a 015 that
has no file. In production without a record: 007 but for its last function, 010, 012. Pending: 013,
which is harmless, and 014, which deletes. `worse/by_hand*.sql` is what people changed.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import psycopg

from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.world import create_platform, record, run, statements

RECORDED = ("001", "002", "003", "004", "005", "006", "008", "009", "011")
NEVER_RAN = ("008", "013", "014")
CUT_OFF = "007"  # all but its last statement ran
_HISTORY_WITHOUT_FILE = (
    "015",
    "recount_tickets",
    ["update public.tickets set subject = trim(subject)"],
)


def build_worse(
    server: Server, database: str, migrations_out: Path, *, password: str | None = None
) -> None:
    """Build the worse production in `database`, from nothing, and write its directory.

    `migrations_out`: folder that gets the 14 files; made if missing. `password`: see
    `create_platform`.
    """
    paths = write_migrations(migrations_out)
    create_platform(server, database, password=password)
    for path in paths:
        version = path.stem.partition("_")[0]
        if version in NEVER_RAN:
            continue
        commands = statements(path)
        run(server, database, commands[:-1] if version == CUT_OFF else commands)
        if version == "001":
            run(server, database, [_read("by_hand_early.sql")])
    run(server, database, [_read("rows.sql"), _read("by_hand.sql")])
    record(server, database, [p for p in paths if p.stem.partition("_")[0] in RECORDED])
    with psycopg.connect(server.dsn(database, "postgres")) as connection:
        connection.execute(
            "INSERT INTO supabase_migrations.schema_migrations (version, name, statements)"
            " VALUES (%s, %s, %s)",
            _HISTORY_WITHOUT_FILE,
        )


def write_migrations(folder: Path) -> list[Path]:
    """Write the worse world's 14 files into `folder`; their paths, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    sources = [
        source
        for source in files(__package__).joinpath("worse", "migrations").iterdir()
        if source.name.endswith(".sql")
    ]
    for source in sources:
        (folder / source.name).write_bytes(source.read_bytes())
    return sorted(folder / source.name for source in sources)


def _read(name: str) -> str:
    return files(__package__).joinpath("worse", name).read_text("utf-8")
