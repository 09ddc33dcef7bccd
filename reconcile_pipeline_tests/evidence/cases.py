"""The golden cases: `cases/<case>/facts.json` and what must come of it.

`RECONCILE_REGENERATE=1` writes what comes of it instead of comparing; look at the difference then.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from reconcile_pipeline.evidence.decode import decode
from reconcile_pipeline.evidence.model import ReportFacts

FOLDER = Path(__file__).parent / "cases"
CASES = sorted(folder.name for folder in FOLDER.iterdir() if (folder / "facts.json").is_file())


def facts(case: str = "story") -> ReportFacts:
    """The case's facts."""
    return decode(ReportFacts, json.loads((FOLDER / case / "facts.json").read_text("utf-8")))


def compare(path: Path, text: str) -> None:
    """Assert that the text is the file's, or make it so where the environment asks for that."""
    if os.environ.get("RECONCILE_REGENERATE"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8"), f"{path} is not what comes of the case"
