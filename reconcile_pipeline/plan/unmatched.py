"""What reconcile.toml names and nothing is called: a version or a rule that was mistyped.

Only a warning, since a version may be named before its file is there, or after it was squashed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from reconcile_pipeline.config import Target
from reconcile_pipeline.drift.model import DriftReport
from reconcile_pipeline.migrations.hazards import rule_names


def unmatched(target: Target, report: DriftReport) -> Iterator[str]:
    """One warning a name in `run_pending`, `archive_from` and `allow_hazards`."""
    versions = {m.version for m in report.migrations if m.version}
    for setting, named in (
        ("run_pending", target.run_pending),
        ("archive_from", (target.archive_from,) if target.archive_from else ()),
    ):
        for each in named:
            if each not in versions:
                near = _near(each, versions)
                yield f"{setting} names {each}, and no migration has that version{near}"
    rules = rule_names()
    for each in target.allow_hazards:
        if each not in rules:
            yield f"allow_hazards names {each}, and no rule is called so{_near(each, rules)}"


def _near(name: str, names: Collection[str]) -> str:
    """The one that may be meant; 13 for 013 too, which differ in a third of their digits."""
    same = [each for each in names if each.isdigit() and each.lstrip("0") == name.lstrip("0")]
    near = same or get_close_matches(name, sorted(names), 1, 0.8)
    return f"; is {near[0]} meant?" if near else "."
