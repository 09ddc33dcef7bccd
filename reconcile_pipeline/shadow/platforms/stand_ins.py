"""Stand-ins for extensions: what there is, and what migration files and production ask for.

They are in `extensions/`, a control file and a script each, as PostgreSQL itself would read them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from reconcile_pipeline.shadow.servers.binaries import bin_dir

PACKAGE = "reconcile_pipeline.shadow.extensions"

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
#: (name, SQL) of an extension's types and functions.
Members = Sequence[tuple[str, str]]

DEFAULT = re.compile(r"^\s*default_version\s*=\s*'([^']*)'", re.MULTILINE)
_SCHEMA = re.compile(r"^\s*schema\s*=\s*'?([^'\s]*)", re.MULTILINE)
_REQUIRES = re.compile(r"^\s*requires\s*=\s*'([^']+)'", re.MULTILINE)
_FUNCTION = re.compile(r"^CREATE FUNCTION (?:[\w@]+\.)?(\w+)", re.MULTILINE)

#: Their own code would reach out of the server, or reads its files: a stand-in always goes first.
REACHING_OUT = frozenset({"dblink", "file_fdw", "http", "pg_net", "postgres_fdw"})


@cache
def names() -> frozenset[str]:
    """The extensions that we have a stand-in for."""
    found = files(PACKAGE).iterdir()
    return frozenset(f.name.removesuffix(".control") for f in found if f.name.endswith(".control"))


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


def lacking(script: str, members: Members) -> str:
    """SQL for those of an extension's members that `script` does not make.

    What cannot be made in plain SQL is passed over.
    """
    return "".join(
        "\nDO "
        + _literal(f"BEGIN EXECUTE {_literal(sql)}; EXCEPTION WHEN OTHERS THEN NULL; END")
        + ";"
        for name, sql in members
        if not re.search(rf"\b{re.escape(name)}\b", script)
    )


def real(name: str) -> bool:
    """Whether the embedded server has the extension itself."""
    return name not in names() and (_system_folder() / f"{name}.control").exists()


def home(name: str) -> str | None:
    """The schema that a stand-in's control file prescribes."""
    control, _ = source(name)
    found = _SCHEMA.search(control or "")
    return found[1] if found else None


def requires(name: str) -> tuple[str, ...]:
    """The extensions that a stand-in needs."""
    control, _ = source(name)
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
    control, scripts = source(name)
    return version or default_version(control or ""), "\n".join(
        scripts[n] for n in sorted(scripts, key=len)
    )


def source(name: str) -> tuple[str | None, dict[str, str]]:
    """An extension's control file and its scripts: ours, or the server's own."""
    ours = files(PACKAGE)
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


def default_version(control: str) -> str:
    """The version that a control file prescribes."""
    found = DEFAULT.search(control)
    return found[1] if found else "1.0"


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and "--" not in name and not name.startswith("-")


def _valid(version: str | None) -> str | None:
    ok = version and _VERSION.fullmatch(version) and "--" not in version
    return version if ok else None


def _literal(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"E'{doubled}'".replace("\\", "\\\\")
