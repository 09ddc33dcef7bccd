"""Which code and which configuration a process would load now: when it changes, load anew."""

import hashlib
import os
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path

import reconcile_pipeline


def loadable(config: Path, variables: Mapping[str, str]) -> str:
    """A hash over the files' names, times and sizes: this project's, `config`, and the folder of
    installed packages, which changes where one is installed; and over variables that are given
    beside our own. Takes milliseconds.
    """
    digest = hashlib.sha256(repr(sorted(variables.items())).encode())
    for path in (config, *_installed()):
        try:
            found = path.stat()
        except FileNotFoundError:
            continue
        digest.update(f"{path}\0{found.st_mtime_ns}\0{found.st_size}\0".encode())
    return digest.hexdigest()


def _installed() -> Iterator[Path]:
    yield Path(sysconfig.get_path("purelib"))
    for folder, folders, names in os.walk(Path(reconcile_pipeline.__file__).parent):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (Path(folder, name) for name in sorted(names))
