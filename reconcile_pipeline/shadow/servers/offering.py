"""Put extensions where the private server looks first: stand-ins, and versions that are asked for.

The server finds `NAME.control` and `NAME--VERSION.sql` in a folder of ours before its own, which
PostgreSQL 18 allows (`extension_control_path`). So whatever migration files create can be created:
a stand-in of ours, the server's own in the version that production has, or an empty one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow.platforms.stand_ins import (
    DEFAULT,
    PACKAGE,
    Members,
    default_version,
    lacking,
    source,
)

_TRUSTED = re.compile(r"^\s*trusted\s*=\s*true", re.MULTILINE)


def install(folder: Path) -> str:
    """Copy all stand-ins to `folder`, readable by the servers' account.

    Returns the server's `extension_control_path`. Raises ShadowError for a path it cannot hold.
    """
    if ":" in str(folder):
        raise ShadowError(
            f"The shadow server's folder {folder} has a colon in its name.",
            hint="Set TMPDIR to a folder without one.",
        )
    place = folder / "extension"
    place.mkdir(parents=True)
    for path in (folder, place):
        path.chmod(0o755)
    for file in files(PACKAGE).iterdir():
        if file.name.endswith((".control", ".sql")):
            _write(place / file.name, file.read_text())
    return f"{folder}:$system"


def offer(
    folder: Path,
    extensions: Mapping[str, str | None],
    moves: Iterable[tuple[str, str]] = (),
    members: Mapping[str, Members] | None = None,
) -> frozenset[str]:
    """Make each of these creatable, in its version; `folder` is that of `install`.

    `moves`: (name, version) that one is updated to. `members`: what production has of an extension,
    as (name, SQL), for what a stand-in lacks. Returns the names for which there is no stand-in.
    """
    place = folder / "extension"
    empty = set()
    for name, version in extensions.items():
        if name == "plpgsql":
            continue
        control, scripts = source(name)
        if control is None:
            empty.add(name)
            control, scripts = _empty(name, version), {f"{name}--{version or '1.0'}.sql": ""}
        first = default_version(control)
        targets = [v for n, v in moves if n == name]
        more = lacking("".join(scripts.values()), (members or {}).get(name, ()))
        last = next((file for file in scripts if file.endswith(f"--{first}.sql")), "")
        if more and last:
            scripts[last] += more
        as_it_is = version in (None, first) and not targets and _TRUSTED.search(control)
        if as_it_is and name not in empty and not more:
            continue
        _write(place / f"{name}.control", _controlled(control, version or first))
        for file, text in scripts.items():
            _write(place / file, text)
        for old, new in pairwise([first, version or first, *targets]):
            path = place / f"{name}--{old}--{new}.sql"
            if old != new and not path.exists():
                _write(path, "")  # a version is another in name only
    return frozenset(empty)


def offer_empty(folder: Path, name: str, version: str | None) -> None:
    """Make the stand-in of this name an empty extension."""
    control, _ = source(name)
    first = default_version(control or "")
    place = folder / "extension"
    for old in place.glob(f"{name}--*.sql"):
        old.unlink()
    _write(place / f"{name}.control", _controlled(control or _empty(name, None), version or first))
    _write(place / f"{name}--{version or first}.sql", "")


def _empty(name: str, version: str | None) -> str:
    return f"comment = 'stand-in for {name}'\ndefault_version = '{version or '1.0'}'\n"


def _controlled(control: str, version: str) -> str:
    """The control file with this default version, for ordinary owners to create."""
    lines = _TRUSTED.sub("", DEFAULT.sub("", control)).strip()
    return f"{lines}\ndefault_version = '{version}'\ntrusted = true\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o644)
