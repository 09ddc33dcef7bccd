"""Each format against whoever reads it: the schema of SARIF, an XML parser, GitHub's escapes."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest

from reconcile_pipeline.flow.check.formats import Format, render
from reconcile_pipeline.flow.check.model import Checked, Level, Remark
from reconcile_pipeline_tests.clients.npm import installed

SCHEMA = "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
FILE = "011_odd name, with: 100%.sql"
CHECKED = Checked(
    "shop",
    True,
    "supabase db push",
    ("010_fine.sql", FILE),
    7,
    (
        Remark(Level.WARNING, "changed_by_hand", "2 objects changed by hand."),
        Remark(Level.WARNING, "renames", "Renames a.b.", FILE, 3),
        Remark(Level.ERROR, "rows_at_stake", "Would delete 4 rows: 100% of a.b\n\x1b.", FILE, 18,
               (("a.b", 4),)),
        Remark(Level.NOTE, "strong_lock", "Locks <a> & \"b\".", FILE, 18),
    ),
    ("A note.",),
)  # fmt: skip
NOTHING = Checked("shop", True, "supabase db push", (), 0, ())


@pytest.mark.parametrize("checked", [CHECKED, NOTHING])
def test_sarif_is_valid_against_its_schema(checked: Checked) -> None:
    schema = json.loads(installed(SCHEMA).read_text())
    found = json.loads(render(Format.SARIF, checked, "db/migrations"))
    jsonschema.Draft4Validator(schema).validate(found)
    # The validator does look: a line must be 1 or more.
    results = found["runs"][0]["results"]
    for result in results:
        for place in result.get("locations", ()):
            place["physicalLocation"]["region"]["startLine"] = 0
            assert not jsonschema.Draft4Validator(schema).is_valid(found)


def test_sarif_says_where_and_with_which_rule() -> None:
    run = json.loads(render(Format.SARIF, CHECKED, "db/migrations"))["runs"][0]
    # GitHub refuses a whole file for one result that is nowhere.
    assert all(result["locations"] for result in run["results"])
    assert len(run["results"]) == 3
    (said,) = [each["toolExecutionNotifications"] for each in run["invocations"]]
    assert {"level": "warning", "message": {"text": "2 objects changed by hand."}} in said
    stakes = next(r for r in run["results"] if r["ruleId"] == "rows_at_stake")
    place = stakes["locations"][0]["physicalLocation"]
    assert unquote(place["artifactLocation"]["uri"]) == f"db/migrations/{FILE}"
    assert " " not in place["artifactLocation"]["uri"]
    assert place["region"] == {"startLine": 18}
    rules = run["tool"]["driver"]["rules"]
    assert [rules[r["ruleIndex"]]["id"] for r in run["results"]] == [
        r["ruleId"] for r in run["results"]
    ]
    prints = [r["partialFingerprints"]["reconcile/v1"] for r in run["results"]]
    assert len(set(prints)) == 3


def test_junit_has_one_test_a_file_and_fails_where_there_are_errors() -> None:
    root = ElementTree.fromstring(render(Format.JUNIT, CHECKED, "db/migrations").encode())
    suite = root.find("testsuite")
    assert suite is not None
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("3", "1")
    cases = {case.attrib["name"]: case for case in suite.iter("testcase")}
    assert set(cases) == {"production", "db/migrations/010_fine.sql", f"db/migrations/{FILE}"}
    assert cases["db/migrations/010_fine.sql"].find("failure") is None
    failure = cases[f"db/migrations/{FILE}"].find("failure")
    assert failure is not None
    assert "4 rows" in (failure.text or "")
    printed = cases[f"db/migrations/{FILE}"].find("system-out")
    assert printed is not None
    assert 'Locks <a> & "b".' in (printed.text or "")


def test_junit_named_line_0_for_what_is_of_a_whole_file() -> None:
    text = render(Format.JUNIT, CHECKED, "db/migrations")
    assert any(remark.line == 0 for remark in CHECKED.remarks)
    assert ":0: " not in text
    assert "production: warning " in text


def test_github_reads_each_remark_whole() -> None:
    lines = render(Format.GITHUB, CHECKED, "db/migrations").splitlines()
    found = [command(line) for line in lines if line.startswith("::")]
    assert [name for name, _, _ in found] == ["error", "warning", "warning", "notice"]
    _, properties, message = found[0]
    assert properties["file"] == f"db/migrations/{FILE}"
    assert properties["line"] == "18"
    assert message == "Would delete 4 rows: 100% of a.b\n\x1b."
    assert "file" not in found[1][1]
    assert all(not line.startswith("::") for line in lines[len(found) :])


def command(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as GitHub's runner reads it: split first, then unescaped."""
    head, message = line[2:].split("::", 1)
    name, _, given = head.partition(" ")
    properties = dict(part.split("=", 1) for part in given.split(","))
    return name, {k: unescaped(v) for k, v in properties.items()}, unescaped(message)


def unescaped(text: str) -> str:
    """The runner's table, the percent sign last."""
    for code, char in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, char)
    return text


def test_text_and_json_say_the_rows_and_the_counts() -> None:
    text = render(Format.TEXT, CHECKED, "db/migrations")
    assert "a push would run 2 files (supabase db push) and delete 4 rows: 4 of a.b." in text
    assert f"db/migrations/{FILE}:18: error rows_at_stake" in text
    assert "1 error, 2 warnings, 1 note." in text
    found: dict[str, Any] = json.loads(render(Format.JSON, CHECKED, "db/migrations"))
    assert found["rows_at_stake"] == {"a.b": 4}
    assert found["counts"] == {"error": 1, "warning": 2, "note": 1}


def test_what_weighs_less_is_counted_and_not_shown() -> None:
    text = render(Format.TEXT, CHECKED.showing(Level.ERROR), "")
    assert "Renames" not in text
    assert "1 error, 0 warnings; 3 that weigh less are not shown" in text
    assert CHECKED.fails(Level.ERROR)
    assert not NOTHING.fails(Level.NOTE)
