"""A connection that is cut at a COMMIT: before the server gets it, or before its answer gets back.

Stands between client and server on a Unix socket. In the second case the server has committed and
the client cannot know it.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

COMMIT = b"COMMIT\0"


@contextmanager
def cutting(server: Path, folder: Path, cut: Path, *, answered: bool) -> Iterator[Path]:
    """The folder to give as `host`, in front of the socket `server`.

    Nothing is cut before the file `cut` is there, and then one connection alone. `answered`: the
    server gets the COMMIT, and only its answer is lost.
    """
    folder.mkdir()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / server.name))
    listener.listen(20)
    done = threading.Event()

    def serve() -> None:
        while not done.is_set():
            with suppress(OSError):
                client, _ = listener.accept()
                upstream = socket.socket(socket.AF_UNIX)
                upstream.connect(str(server))
                lost = threading.Event()
                for source, sink, up in ((client, upstream, True), (upstream, client, False)):
                    threading.Thread(
                        target=pump, args=(source, sink, up, lost), daemon=True
                    ).start()

    def pump(source: socket.socket, sink: socket.socket, up: bool, lost: threading.Event) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if up and COMMIT in data and cut.exists():
                    cut.unlink()
                    lost.set()
                    if not answered:
                        break
                elif not up and lost.is_set():
                    break
                sink.sendall(data)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield folder
    finally:
        done.set()
        listener.close()
