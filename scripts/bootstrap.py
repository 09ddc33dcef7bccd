"""Make `.venv` in the repository's folder, with exactly the locked packages and the project.

Standard library only, Python >= 3.11, any POSIX system. Started by `scripts/bootstrap`.

What `.venv` holds is written to `.venv/state.json` last. Without that file, or when it tells of
another folder, another Python or another lock, the folder is thrown away and made again: so an
interrupted run, a moved repository and an upgraded Python all heal by running `make` again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STATE = VENV / "state.json"
LOCKS = {"runtime": "requirements.lock", "dev": "requirements-dev.lock"}

#: Settings of a caller's that would send packages elsewhere than into `.venv`.
MISLEADING = (
    "PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE", "PIP_NO_BINARY", "PIP_PREFIX", "PIP_REQUIREMENT",
    "PIP_ROOT", "PIP_TARGET", "PIP_USER", "__PYVENV_LAUNCHER__",
)  # fmt: skip

State = dict[str, str]


def main(group: str) -> int:
    """Make `.venv` fit for `group`, "runtime" or "dev"; 0 when it is, 2 when it cannot be."""
    if group not in LOCKS:
        return fail(f"there is no group {group!r}: {', '.join(LOCKS)}")
    for name in MISLEADING:
        os.environ.pop(name, None)
    try:
        # Beside .venv, not in it: .venv may be deleted while another process waits here.
        with (ROOT / ".venv.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            prepare(group)
    except subprocess.CalledProcessError as error:
        return fail(f"{' '.join(map(str, error.cmd[:4]))} … ended with code {error.returncode}.")
    except OSError as error:
        return fail(f"{error.strerror}: {error.filename}")
    except KeyboardInterrupt:
        return fail("interrupted; run the same command again.")
    return 0


def fail(message: str) -> int:
    """Print the error; give the exit code."""
    print(f"error: {message}", file=sys.stderr)
    return 2


def prepare(group: str) -> None:
    """Do only what is still missing."""
    started = time.monotonic()
    have = read_state()
    want = {
        "place": str(ROOT),
        "python": f"{sys.version} {sys.base_prefix}",
        group: digest(ROOT / LOCKS[group]),
    }
    if have and any(have.get(name, value) != value for name, value in want.items()):
        have = {}
    if not have:
        print(f"Making .venv with Python {sys.version.split()[0]}.", flush=True)
        shutil.rmtree(VENV, ignore_errors=True)
        run(sys.executable, "-m", "venv", str(VENV))
    project = digest(ROOT / "pyproject.toml")
    if group in have and have.get("project") == project:
        precompile(ROOT / "reconcile_pipeline")  # what a pull changed
        return
    STATE.unlink(missing_ok=True)
    if group not in have:
        install(ROOT / LOCKS[group])
    # Editable and without build isolation: the build backend is one of the locked packages.
    pip("install", "-qq", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    mend_commands()
    precompile(ROOT / "reconcile_pipeline")
    STATE.write_text(json.dumps({**have, **want, "project": project}, indent=1))
    print(f"Ready after {time.monotonic() - started:.0f} s.", flush=True)


def read_state() -> State:
    """What `.venv` holds; empty where there is none or it does not work."""
    try:
        state: State = json.loads(STATE.read_text())
        subprocess.run([PYTHON, "-c", ""], check=True, capture_output=True)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return {}
    return state


def install(lock: Path) -> None:
    """Install a lock's packages: exact versions, prebuilt, each with one of the hashes it names."""
    count = sum("==" in line for line in lock.read_text().splitlines())
    print(f"Installing {count} packages from {lock.name}; takes about a minute.", flush=True)
    pip(
        "install", "-qq", "--no-deps", "--only-binary", ":all:", "--require-hashes",
        "--no-compile", "--requirement", str(lock),
    )  # fmt: skip
    precompile(VENV / "lib")


def precompile(folder: Path) -> None:
    """Compile every module in a folder that is not compiled yet, several processes at once.

    Pip would do it in one, and not at all for the project itself, which is editable: where
    PYTHONDONTWRITEBYTECODE is set, as in most images of containers, each start of a command would
    compile it again. Where it fails (no shared memory, a template that is no Python, a folder that
    cannot be written), Python compiles what it imports.
    """
    compiling = [str(PYTHON), "-m", "compileall", "-q", "-j", "0", str(folder)]
    subprocess.run(compiling, check=False, stdin=subprocess.DEVNULL, capture_output=True)


def mend_commands() -> None:
    """Let the commands in `.venv/bin` find their Python beside them.

    Where the folder's name is long or has a space, pip makes them shell scripts with that name in
    double quotes: a `$`, a quote or a backtick in it would be the shell's.
    """
    start = b"#!/bin/sh\n'''exec' "
    python = b'"$(dirname -- "$(readlink -f -- "$0")")/python" "$0" "$@"\n'
    for command in PYTHON.parent.iterdir():
        if command.is_symlink() or not command.read_bytes().startswith(start):
            continue
        _, _, rest = command.read_bytes()[len(start) :].partition(b"\n' '''\n")
        command.write_bytes(start + python + b"' '''\n" + rest)


def pip(*arguments: str) -> None:
    """Run the environment's own pip."""
    options = ("--disable-pip-version-check", "--no-input", "--no-warn-script-location")
    run(str(PYTHON), "-m", "pip", arguments[0], *options, *arguments[1:])


def run(*command: str) -> None:
    """Run a command from the repository's folder, its output shown. Raises CalledProcessError."""
    subprocess.run(command, check=True, cwd=ROOT, stdin=subprocess.DEVNULL)


def digest(file: Path) -> str:
    """A file's sha256, in hex."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
