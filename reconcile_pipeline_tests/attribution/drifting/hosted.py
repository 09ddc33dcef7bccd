"""A server to build productions on that has the platform's extensions, as far as stand-ins go."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from reconcile_pipeline.shadow.platforms.stand_ins import PACKAGE
from reconcile_pipeline.shadow.servers import offering
from reconcile_pipeline.shadow.servers.server import Server, temporary

_BESIDES = ("vector", "pg_trgm", "citext", "unaccent", "btree_gin", "btree_gist", "hstore")


@contextmanager
def hosted() -> Iterator[Server]:
    """A running server whose extensions ordinary owners may create, as on the platform."""
    with tempfile.TemporaryDirectory(prefix="reconcile_hosted_", ignore_cleanup_errors=True) as top:
        folder = Path(top)
        folder.chmod(0o755)
        path = offering.install(folder)
        names = {f.name.removesuffix(".control") for f in files(PACKAGE).iterdir()}
        wanted = {n for n in names if "." not in n and "--" not in n and n != "__init__"}
        offering.offer(folder, dict.fromkeys(wanted | set(_BESIDES)))
        with temporary(
            settings={"extension_control_path": path, "max_connections": "60"}
        ) as server:
            yield server
