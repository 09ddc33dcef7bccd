"""Logs as JSON, one object a line, on standard error: for machines that collect them.

Each has `time` (ISO 8601, UTC), `level`, `logger` and `message`; an error also has `changed` and
`hint`, and what a caller passes as `extra={"fields": {...}}`. Everything is cleaned of secrets.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from reconcile_pipeline.cli.failure import cleaned
from reconcile_pipeline.cli.state import State

NAME = "reconcile_pipeline"


class JsonLines(logging.Formatter):
    """A record as one line of JSON. `state` knows the secrets of this run."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        made: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            made["traceback"] = self.formatException(record.exc_info)
        return json.dumps({k: self._clean(v) for k, v in made.items()}, ensure_ascii=False)

    def _clean(self, value: object) -> object:
        return cleaned(value, self._state) if isinstance(value, str) else value


def as_json(state: State) -> None:
    """From now on, let our own logs go to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(state))
    logger = logging.getLogger(NAME)
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
