"""Extensions for the private server: stand-ins for those that it lacks, in the versions asked for.

The server finds `NAME.control` and `NAME--VERSION.sql` in a folder of ours before its own, which
PostgreSQL 18 allows (`extension_control_path`). So whatever migration files create can be created:
a stand-in of ours, the server's own in the version that production has, or an empty one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow.binaries import bin_dir

_NAME = re.compile(r"[a-z0-9_-]+")
_VERSION = re.compile(r"[A-Za-z0-9_.+]+(?:-[A-Za-z0-9_.+]+)*")
_CREATED = re.compile(
    r"""\bCREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:"(?P<quoted>[^"]+)"|(?P<plain>\w+))
        (?:[^;]*?\bVERSION\s+['"]?(?P<version>[\w.+-]+))?""",
    re.IGNORECASE | re.VERBOSE,
)
_UPDATED = re.compile(
    r"""\bALTER\s+EXTENSION\s+(?:"(?P<quoted>[^"]+)"|(?P<plain>\w+))\s+
        UPDATE\s+TO\s+['"]?(?P<version>[\w.+-]+)""",
    re.IGNORECASE | re.VERBOSE,
)
_DEFAULT = re.compile(r"^\s*default_version\s*=\s*'([^']*)'", re.MULTILINE)
_SCHEMA = re.compile(r"^\s*schema\s*=\s*'?([^'\s]*)", re.MULTILINE)
_REQUIRES = re.compile(r"^\s*requires\s*=\s*'([^']+)'", re.MULTILINE)
_FUNCTION = re.compile(r"^CREATE FUNCTION (?:[\w@]+\.)?(\w+)", re.MULTILINE)
_TRUSTED = re.compile(r"^\s*trusted\s*=\s*true", re.MULTILINE)

#: Their own code would reach out of the server, or reads its files: a stand-in always goes first.
REACHING_OUT = frozenset({"dblink", "file_fdw", "http", "pg_net", "postgres_fdw"})


@cache
def names() -> frozenset[str]:
    """The extensions that we have a stand-in for."""
    found = files("reconcile_pipeline.shadow.extensions").iterdir()
    return frozenset(f.name.removesuffix(".control") for f in found if f.name.endswith(".control"))


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
    for source in files("reconcile_pipeline.shadow.extensions").iterdir():
        if source.name.endswith((".control", ".sql")):
            _write(place / source.name, source.read_text())
    return f"{folder}:$system"


def wanted(script: str, production: Mapping[str, str]) -> dict[str, str | None]:
    """Extensions that files create or production has, each with the version that it should have.

    `script`: all migration text. `production`: name -> version. A version that a file names goes
    first. None: whatever there is.
    """
    found: dict[str, str | None] = dict(production)
    for match in _CREATED.finditer(script):
        name = match["quoted"] or match["plain"].lower()
        if match["version"]:
            found[name] = match["version"]
        else:
            found.setdefault(name, None)
    return {name: _valid(version) for name, version in found.items() if _is_name(name)}


def updates(script: str) -> frozenset[tuple[str, str]]:
    """(name, version) of each `ALTER EXTENSION … UPDATE TO`."""
    return frozenset(
        (name, match["version"])
        for match in _UPDATED.finditer(script)
        if _is_name(name := match["quoted"] or match["plain"].lower()) and _valid(match["version"])
    )


def offer(
    folder: Path, extensions: Mapping[str, str | None], moves: Iterable[tuple[str, str]] = ()
) -> frozenset[str]:
    """Make each of these creatable, in its version; `folder` is that of `install`.

    Returns the names for which only an empty extension could be made.
    """
    place = folder / "extension"
    empty = set()
    for name, version in extensions.items():
        if name == "plpgsql":
            continue
        control, scripts = _source(name)
        if control is None:
            empty.add(name)
            control, scripts = _empty(name, version), {f"{name}--{version or '1.0'}.sql": ""}
        first = _default(control)
        targets = [v for n, v in moves if n == name]
        as_it_is = version in (None, first) and not targets and _TRUSTED.search(control)
        if as_it_is and name not in empty:
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
    control, _ = _source(name)
    first = _default(control or "")
    place = folder / "extension"
    for old in place.glob(f"{name}--*.sql"):
        old.unlink()
    _write(place / f"{name}.control", _controlled(control or _empty(name, None), version or first))
    _write(place / f"{name}--{version or first}.sql", "")


def home(name: str) -> str | None:
    """The schema that a stand-in's control file prescribes."""
    control, _ = _source(name)
    found = _SCHEMA.search(control or "")
    return found[1] if found else None


def requires(name: str) -> tuple[str, ...]:
    """The extensions that a stand-in needs."""
    control, _ = _source(name)
    found = _REQUIRES.search(control or "")
    return tuple(part.strip() for part in found[1].split(",")) if found else ()


def functions(name: str) -> list[str]:
    """The names of functions that a stand-in brings, without their schema."""
    return sorted(set(_FUNCTION.findall(script(name, None)[1])))


def script(name: str, version: str | None) -> tuple[str, str]:
    """(version, SQL) of a stand-in, to be run where no extension can be made; '' if there is none.

    `@extschema@` and the like are still in it.
    """
    if name not in names():
        return version or "1.0", ""
    control, scripts = _source(name)
    return version or _default(control or ""), "\n".join(
        scripts[n] for n in sorted(scripts, key=len)
    )


def _source(name: str) -> tuple[str | None, dict[str, str]]:
    """An extension's control file and its scripts: ours, or the server's own."""
    ours = files("reconcile_pipeline.shadow.extensions")
    if name in names():
        found = {f.name: f for f in ours.iterdir() if f.name.startswith(f"{name}--")}
        return (ours / f"{name}.control").read_text(), {n: f.read_text() for n, f in found.items()}
    system = _system_folder()
    if not (system / f"{name}.control").exists():
        return None, {}
    scripts = {path.name: path.read_text() for path in system.glob(f"{name}--*.sql")}
    return (system / f"{name}.control").read_text(), scripts


@cache
def _system_folder() -> Path:
    share = bin_dir().parent / "share"
    (*_, found) = sorted(share.rglob("plpgsql.control"))
    return found.parent


def _empty(name: str, version: str | None) -> str:
    return f"comment = 'stand-in for {name}'\ndefault_version = '{version or '1.0'}'\n"


def _controlled(control: str, version: str) -> str:
    """The control file with this default version, for ordinary owners to create."""
    lines = _TRUSTED.sub("", _DEFAULT.sub("", control)).strip()
    return f"{lines}\ndefault_version = '{version}'\ntrusted = true\n"


def _default(control: str) -> str:
    found = _DEFAULT.search(control)
    return found[1] if found else "1.0"


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and "--" not in name and not name.startswith("-")


def _valid(version: str | None) -> str | None:
    ok = version and _VERSION.fullmatch(version) and "--" not in version
    return version if ok else None


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o644)
