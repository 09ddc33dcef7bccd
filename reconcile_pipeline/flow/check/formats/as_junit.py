"""For CI servers that show test results: JUnit's XML, one test a file.

There is no official schema; this keeps to what Jenkins, GitLab and Azure read: `testsuites`,
`testsuite`, `testcase`, `failure`, `system-out`.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from reconcile_pipeline.flow.check.formats import path_of
from reconcile_pipeline.flow.check.model import Checked, Level, Remark

#: XML 1.0 has no way to write these characters.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(checked: Checked, folder: str) -> str:
    """Errors are failures; warnings and notes are what the test printed."""
    by_file: dict[str, list[Remark]] = {file: [] for file in checked.files}
    for remark in checked.remarks:
        by_file.setdefault(remark.file, []).append(remark)
    failed = sum(any(r.level is Level.ERROR for r in found) for found in by_file.values())
    counts = {"tests": str(len(by_file)), "failures": str(failed), "errors": "0", "skipped": "0"}
    root = ElementTree.Element("testsuites", {"name": "reconcile check", **counts})
    suite = ElementTree.SubElement(root, "testsuite", {"name": _text(checked.target), **counts})
    for file, found in by_file.items():
        _case(suite, checked.target, path_of(folder, file), found)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _case(suite: ElementTree.Element, target: str, path: str, found: list[Remark]) -> None:
    attributes = {"classname": _text(target), "name": _text(path or "production")}
    errors = [remark for remark in found if remark.level is Level.ERROR]
    if path:
        attributes |= {"file": _text(path), "line": str(max(errors[0].line, 1) if errors else 1)}
    case = ElementTree.SubElement(suite, "testcase", attributes)
    if errors:
        first = {"message": _text(errors[0].message), "type": errors[0].rule}
        ElementTree.SubElement(case, "failure", first).text = _listed(errors, path)
    if others := [remark for remark in found if remark.level is not Level.ERROR]:
        ElementTree.SubElement(case, "system-out").text = _listed(others, path)


def _listed(remarks: list[Remark], path: str) -> str:
    whole = path or "production"
    places = [f"{path}:{r.line}" if r.line else whole for r in remarks]  # line 0: of all of it
    return _text(
        "\n".join(
            f"{place}: {r.level} {r.rule}: {r.message}"
            for place, r in zip(places, remarks, strict=True)
        )
    )


def _text(text: str) -> str:
    return _NOT_XML.sub("�", text)
