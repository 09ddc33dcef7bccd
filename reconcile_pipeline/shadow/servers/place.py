"""Where throwaway servers keep their data: in memory where there is plenty of it, else on disk.

A scan makes and deletes a thousand small files several times over. On Linux `/dev/shm` is a file
system in memory; what lies there counts as memory in use, so a shadow that fills up must find as
much room as its bounds let it take.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")

#: What a shadow may grow to: the watchdog's bound for a database, a copy of it, log and sorts.
ROOM_BYTES = 6 * 2**30

_MEMINFO = Path("/proc/meminfo")
_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUP = Path("/proc/self/cgroup")
_FILES = {
    "": ("memory.max", "memory.current"),
    "memory": ("memory.limit_in_bytes", "memory.usage_in_bytes"),
}


def folders() -> tuple[Path, ...]:
    """Every folder that a throwaway server's may lie in: who sweeps must look in all of them."""
    return tuple(dict.fromkeys((Path(tempfile.gettempdir()), MEMORY)))


def choose(*, in_memory: bool) -> Path:
    """The folder for a new throwaway server.

    `in_memory`: it may lie there, where it fits and the user has not said otherwise by TMPDIR.
    """
    if in_memory and not os.environ.get("TMPDIR") and _fits():
        return MEMORY
    return Path(tempfile.gettempdir())


def _fits() -> bool:
    try:
        usable = os.access(MEMORY, os.W_OK | os.X_OK) and _is_memory()
        return usable and min(shutil.disk_usage(MEMORY).free, _available()) >= ROOM_BYTES
    except (OSError, ValueError, IndexError):  # not Linux, or not as we know it
        return False


def _is_memory() -> bool:
    """Whether it is a file system of its own kind: some containers have a plain folder there."""
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    return any(mount.split()[1:3] == [str(MEMORY), "tmpfs"] for mount in mounts)


def _available() -> int:
    """Bytes of memory to be had: the machine's, or what control groups leave of it."""
    lines = dict(line.split(":", 1) for line in _MEMINFO.read_text().splitlines())
    return min([int(lines["MemAvailable"].split()[0]) * 1024, *_limits()])


def _limits() -> list[int]:
    """What is left below each bound that holds for us: a container's or a service's."""
    found = []
    for line in _OWN_GROUP.read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        root = _GROUPS / controllers  # version 2 has one tree, version 1 one a controller
        most, used = _FILES[controllers]
        for group in (root / path.strip("/"), *(root / path.strip("/")).parents):
            if (group / most).exists() and (limit := (group / most).read_text().strip()) != "max":
                found.append(int(limit) - int((group / used).read_text()))
            if group == root:
                break
    return found
