"""For programs. Keys are only ever added."""

from __future__ import annotations

import json

from reconcile_pipeline.flow.check.formats import path_of
from reconcile_pipeline.flow.check.model import Checked, Level


def render(checked: Checked, folder: str) -> str:
    """One object: target, files that a push would run, rows at stake, remarks."""
    return json.dumps(
        {
            "target": checked.target,
            "online": checked.online,
            "command": checked.command,
            "files": [path_of(folder, file) for file in checked.files],
            "statements_tried": checked.tried,
            "rows_at_stake": checked.rows,
            "counts": {level.value: checked.count(level) for level in Level},
            "hidden": checked.hidden,
            "remarks": [
                {
                    "level": remark.level.value,
                    "rule": remark.rule,
                    "message": remark.message,
                    "file": path_of(folder, remark.file),
                    "line": remark.line,
                    "rows": dict(remark.rows),
                }
                for remark in checked.remarks
            ],
            "notes": list(checked.notes),
        },
        indent=2,
    )
