"""The house rules that no tool checks: what is imported when, how long, how documented."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from reconcile_pipeline import errors

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "reconcile_pipeline"
MAX_LINES = 300

#: Slow to import: whoever needs one imports it where it is used.
HEAVY = {
    "dagster", "pandas", "numpy", "sqlalchemy", "jinja2", "pglast", "pyarrow", "cryptography",
    "prometheus_client",
}  # fmt: skip

#: Made of parts, so that this file passes its own test.
FORBIDDEN = {
    "a path of one machine": re.compile(
        "|".join(["/wor" + "k/(?:main|shared)", "/ro" + "ot/", "/home/" + r"\w+/", "/tmp" + "/w/"])
    ),
    "the host of a package registry": re.compile(
        "|".join(
            re.escape(host)
            for host in (
                "pypi" + ".org", "python" + "hosted.org", "registry." + "npmjs", "deb." + "debian",
                "npm" + "js.com", "crates" + ".io",
            )
        )
    ),
}  # fmt: skip
ADDRESS = re.compile(r"[\w.+-]+@((?:[\w-]+\.)+[a-z]{2,})\b", re.IGNORECASE)
#: Domains that can be nobody's, after RFC 2606 and RFC 6761; `ä` for tests of other alphabets.
NOBODYS = re.compile(r"(^|\.)(ex[aä]mple\.\S+|example|invalid|test|localhost)$")


@cache
def tracked() -> tuple[Path, ...]:
    """The repository's own files."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    files = [ROOT / name.decode() for name in listed.split(b"\0") if name]
    return tuple(file for file in files if file.is_file())


def modules(*folders: str) -> list[Path]:
    """Tracked Python files below these folders."""
    return [
        path
        for path in tracked()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders
    ]


def texts() -> Iterator[tuple[str, str]]:
    """Name and content of every tracked text file."""
    for path in tracked():
        try:
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_the_command_line_imports_nothing_heavy() -> None:
    program = "import json, sys, reconcile_pipeline.cli; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert HEAVY.isdisjoint(json.loads(done.stdout))


def test_no_file_of_ours_is_longer_than_300_lines() -> None:
    ours = [p for p in tracked() if p.suffix in {".py", ".sql"} and "cases" not in p.parts]
    lengths = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in ours}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_every_module_and_public_function_has_a_docstring() -> None:
    missing = []
    trees = {path: ast.parse(path.read_text()) for path in modules("reconcile_pipeline", "scripts")}
    inherited = overriding(trees.values())
    for path, tree in trees.items():
        name = str(path.relative_to(ROOT))
        if ast.get_docstring(tree) is None:
            missing.append(name)
        missing += [
            f"{name}: {node.name}"
            for node in public(tree)
            if not documented(node) and id(node) not in inherited
        ]
    missing += [
        str(path.relative_to(ROOT))
        for path in modules("reconcile_pipeline_tests", "benchmarks")
        if (text := path.read_text()) and ast.get_docstring(ast.parse(text)) is None
    ]
    assert missing == []


def public(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Public classes and functions, and the public methods of those classes."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if child.name.startswith("_"):
            continue
        yield child
        if isinstance(child, ast.ClassDef):
            yield from public(child)


def documented(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """True with a docstring, and for what needs none: an overload, or a protocol's `...`."""
    return ast.get_docstring(node) is not None or any(
        getattr(decorator, "id", "") in {"overload", "override"}
        for decorator in node.decorator_list
    )


def overriding(trees: Iterable[ast.Module]) -> set[int]:
    """The methods that override a documented one of a class of ours, and so inherit its words."""
    classes = [node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    by_name = {node.name: node for node in classes if not node.bases}

    def words(base: ast.expr) -> set[str]:
        node = by_name.get(base.id) if isinstance(base, ast.Name) else None
        methods = node.body if node is not None else []
        return {m.name for m in methods if isinstance(m, ast.FunctionDef) and documented(m)}

    return {
        id(method)
        for node in classes
        for base in node.bases
        for method in node.body
        if isinstance(method, ast.FunctionDef) and method.name in words(base)
    }


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what: str) -> None:
    found = [
        f"{name}: {match[0]}" for name, text in texts() for match in FORBIDDEN[what].finditer(text)
    ]
    assert found == []


def test_every_address_is_nobodys() -> None:
    found = [
        f"{name}: {match[0]}"
        for name, text in texts()
        if not name.endswith(("package-lock.json", ".lock"))
        for match in ADDRESS.finditer(text)
        if not NOBODYS.search(match[1].lower())
    ]
    assert found == []


def test_the_tree_of_errors_names_every_error() -> None:
    tree = errors.__doc__ or ""
    names = [
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.ReconcileError)
    ]
    assert len(names) > 1
    assert [name for name in names if f"{name} " not in tree] == []
