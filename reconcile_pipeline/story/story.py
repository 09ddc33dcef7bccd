"""The story's production: 003 to 007 recorded; of the rest some applied by hand, some in part.

14 tables and 26 policies in `public`, 3 users, 1 client, 1 project, 1 video, 4 script components.
`user_profiles` and `smartsuite_sync_log` are not there.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.world import create_platform, record, run, statements

RECORDED = ("003", "004", "005", "006", "007")
#: The addresses of the story's users, all of them admins.
ADMINS = ("ada@example.com", "grace@example.com", "linus@example.com")


def build_story(
    server: Server, database: str, migrations: Path, *, password: str | None = None
) -> None:
    """Build the story's drifted production in `database`, from nothing.

    `migrations`: the directory with the 14 files. `password`: see `create_platform`.
    """
    create_platform(server, database, password=password)
    paths = sorted(migrations.glob("*.sql"))
    recorded = [path for path in paths if path.stem.partition("_")[0] in RECORDED]
    for path in recorded:
        run(server, database, statements(path))
    record(server, database, recorded)
    run(server, database, [_read("story_users.sql")], user="supabase_auth_admin")
    run(server, database, [_read("story_rows.sql")])
    for name, ranges in applied().items():
        all_of_them = statements(migrations / name)
        for first, last in ranges:
            run(server, database, all_of_them[first : last + 1])


def applied() -> dict[str, list[tuple[int, int]]]:
    """File -> ranges of statement indexes (first, last) that the team ran by hand."""
    return tomllib.loads(_read("applied.toml"))


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
