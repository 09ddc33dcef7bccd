"""The program that runs are forked from: `python -m …launching.fork_server HOME`.

It imports all that a run needs and then does nothing but fork: no connection, no thread, no lock
is there to be inherited. Standard input: a request a line, what `worker.execute` takes. Standard
output: a line of JSON for each process that has ended. At the end of the input it waits for the
processes that are left, so a run survives whoever asked for it.
"""

import atexit
import gc
import json
import os
import select
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from reconcile_pipeline.defs.failing import clean
from reconcile_pipeline.defs.launching import MODULE
from reconcile_pipeline.defs.launching.worker import execute, run_of

CHUNK = 65536

# Imported by whoever needs them, when they need them; here that is everybody. numpy and Arrow bring
# threads of their own, which they stop and start around a fork.
_OTHERS = (
    "dagster._cli.api",
    "dagster_postgres",
    "pandas",
    "sqlalchemy.dialects.postgresql.psycopg2",
)
_NOT_IN_RUNS = ("reconcile_pipeline.cli", "reconcile_pipeline.story")


def main() -> None:
    """Load, then serve."""
    requests, answers = os.dup(0), os.dup(1)
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)  # whatever is printed is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for those who ask
    load()
    serve(requests, answers)


def load() -> None:
    """Import everything, and let the garbage collector leave it alone: its pages stay shared."""
    import reconcile_pipeline

    import_module(MODULE).defs.get_repository_def()
    for name in (*_OTHERS, *_modules(reconcile_pipeline.__path__)):
        import_module(name)
    gc.collect()
    gc.freeze()


def _modules(path: list[str]) -> Iterator[str]:
    for module in walk_packages(path, "reconcile_pipeline."):
        if not module.name.startswith(_NOT_IN_RUNS):
            yield module.name


def serve(requests: int, answers: int) -> None:
    """Fork a process a request, and say when it has ended."""
    children: dict[int, tuple[int, str]] = {}  # a pipe that ends with the child -> child, run
    unread = b""
    listening = True
    while listening or children:
        waiting = [requests, *children] if listening else list(children)
        for ready in select.select(waiting, [], [])[0]:
            if ready in children:
                child, run_id = children.pop(ready)
                os.close(ready)
                code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                _answer(answers, {"run": run_id, "code": code})
                continue
            data = os.read(requests, CHUNK)
            listening = bool(data)
            *lines, unread = (unread + data).split(b"\n")
            for line in lines:
                pipe, child = _fork(line, [requests, answers, *children])
                children[pipe] = (child, run_of(line))


def _fork(request: bytes, ours: list[int]) -> tuple[int, int]:
    """Start a process; a pipe that is at its end once the process has ended, and its number."""
    ended, held = os.pipe()
    child = os.fork()
    if child:
        os.close(held)
        return ended, child
    code = 1
    try:
        for pipe in (ended, *ours):
            os.close(pipe)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        execute(request)
        code = 0
    except BaseException:  # nothing of it may go on in the server's loop
        sys.stderr.write(clean(traceback.format_exc()))
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _answer(answers: int, words: dict[str, object]) -> None:
    with suppress(BrokenPipeError):  # who asked may be gone
        os.write(answers, json.dumps(words).encode() + b"\n")


if __name__ == "__main__":
    main()
