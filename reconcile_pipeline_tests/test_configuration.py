"""The page about reconcile.toml is as true as the models that read it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from reconcile_pipeline.config import (
    Alerts,
    BackfillTable,
    Config,
    Drift,
    Evidence,
    Rehearsal,
    Target,
    UserProfiles,
)

PAGE = Path(__file__).parents[1] / "docs" / "configuration.md"
_ROW = re.compile(r"^\| `([\w.]+)` \| (?:`(.*?)` )?\|", re.MULTILINE)
_OF_ONE_TABLE = {
    "`[targets.NAME]`": Target,
    "user_profiles": UserProfiles,
    "backfills": BackfillTable,
}
_TABLES: dict[str, type[BaseModel]] = {
    "alerts": Alerts,
    "drift": Drift,
    "evidence": Evidence,
    "rehearsal": Rehearsal,
}
#: Tables of their own, and what is no setting.
_APART = {"targets", "root", "user_profiles", "backfills", "alerts", "drift", "rehearsal"}


def _rows(section: str) -> dict[str, str]:
    return dict(_ROW.findall(section))


def _defaults(model: type[BaseModel]) -> dict[str, str]:
    """Setting -> its default as the file would say it; nothing where there is none."""
    found = {}
    for name, field in model.model_fields.items():
        value = field.default
        if value is None or value is PydanticUndefined:
            found[name] = ""
        elif isinstance(value, BaseModel):
            found[name] = json.dumps(str(value.folder)) if isinstance(value, Evidence) else ""
        else:
            found[name] = json.dumps(str(value) if isinstance(value, Path) else value)
    return {name: text for name, text in found.items() if name not in _APART}


@pytest.mark.parametrize(("heading", "model"), _OF_ONE_TABLE.items())
def test_every_setting_of_a_target_is_on_the_page_with_its_default(
    heading: str, model: type[BaseModel]
) -> None:
    sections = PAGE.read_text().split("\n## ")
    (section,) = [each for each in sections if heading in each.splitlines()[0]]
    assert _rows(section) == _defaults(model)


def test_every_other_setting_is_on_the_page_with_its_default() -> None:
    wanted = _defaults(Config)
    for table, model in _TABLES.items():
        wanted |= {f"{table}.{name}": text for name, text in _defaults(model).items()}
    wanted["rehearsal.rows"] = json.dumps(Config(targets={}).rehearsal.rows)
    assert _rows(PAGE.read_text().split("\n## ")[-1]) == wanted
