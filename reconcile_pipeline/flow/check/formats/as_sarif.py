"""SARIF 2.1.0, which code scanning services read. Source: the OASIS standard of that name."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote

from reconcile_pipeline import __version__
from reconcile_pipeline.flow.check.formats import path_of
from reconcile_pipeline.flow.check.formats.as_text import summary
from reconcile_pipeline.flow.check.model import Checked, Level, Remark
from reconcile_pipeline.flow.check.remarks import RULES

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def render(checked: Checked, folder: str) -> str:
    """One run, with a rule for each kind of remark that it has.

    GitHub refuses a result that is nowhere, so what is about no file is a notification.
    """
    placed = [remark for remark in checked.remarks if remark.file]
    said = [(r.level, r.message) for r in checked.remarks if not r.file]
    said += [(Level.NOTE, text) for text in (summary(checked), *checked.notes)]
    names = sorted({remark.rule for remark in placed})
    run = {
        "tool": {
            "driver": {
                "name": "reconcile",
                "semanticVersion": __version__,
                "rules": [_rule(name, checked) for name in names],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": level.value, "message": {"text": text}} for level, text in said
                ],
            }
        ],
        "results": [_result(remark, names, folder) for remark in placed],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(name: str, checked: Checked) -> dict[str, Any]:
    worst = next(
        lv for lv in Level if any(r.rule == name and r.level is lv for r in checked.remarks)
    )
    words = RULES.get(name, f"A statement with the hazard {name.replace('_', ' ')}")
    page = f"docs/hazards/{name}.md says more." if name not in RULES else "docs/ci.md says more."
    return {
        "id": name,
        "name": "".join(part.capitalize() for part in name.split("_")),
        "shortDescription": {"text": f"{words}."},
        "help": {"text": f"{words}. {page}"},
        "defaultConfiguration": {"level": worst.value},
    }


def _result(remark: Remark, names: list[str], folder: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": remark.rule,
        "ruleIndex": names.index(remark.rule),
        "level": remark.level.value,
        "message": {"text": remark.message},
        # Not the line: the same remark stays the same when lines are added above it.
        "partialFingerprints": {"reconcile/v1": _fingerprint(remark)},
    }
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(path_of(folder, remark.file))}}
    place["region"] = {"startLine": max(remark.line, 1)}
    result["locations"] = [{"physicalLocation": place}]
    if remark.rows:
        result["properties"] = {"rows": dict(remark.rows)}
    return result


def _fingerprint(remark: Remark) -> str:
    return hashlib.sha256(f"{remark.rule}\0{remark.file}\0{remark.message}".encode()).hexdigest()
