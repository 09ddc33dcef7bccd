"""Which code and which configuration a process would load now: when it changes, load anew."""

import hashlib
import os
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import reconcile_pipeline
from reconcile_pipeline.defs.where import config_file


def loadable() -> str:
    """A hash over the files' names, times and sizes: this project's, reconcile.toml, and the folder
    of installed packages, which changes where one is installed. Takes milliseconds.
    """
    digest = hashlib.sha256()
    for path in _files():
        try:
            found = path.stat()
        except FileNotFoundError:
            continue
        digest.update(f"{path}\0{found.st_mtime_ns}\0{found.st_size}\0".encode())
    return digest.hexdigest()


def _files() -> Iterator[Path]:
    yield config_file()
    yield Path(sysconfig.get_path("purelib"))
    for folder, folders, names in os.walk(Path(reconcile_pipeline.__file__).parent):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (Path(folder, name) for name in sorted(names))
