"""The command line as a whole: its verbs, their help, and what they import."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from reconcile_pipeline.cli.app import VERBS, app
from reconcile_pipeline_tests.cli.conftest import MIGRATIONS, Story, reconcile

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_and_option_is_explained(verb: str) -> None:
    with click.Context(app) as context:
        command = app.get_command(context, verb)
    assert command is not None
    assert command.help
    inner = command.commands.values() if isinstance(command, click.Group) else [command]
    for each in inner:
        assert each.help
        for parameter in each.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{verb} {parameter.name}"
    assert reconcile(verb, "--help").exit_code == 0


def test_the_help_lists_every_verb() -> None:
    text = reconcile("--help").stdout
    assert all(f"  {verb} " in text for verb in VERBS)


def test_the_version_is_told() -> None:
    assert reconcile("--version").stdout.startswith("reconcile ")


def test_an_interrupt_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("reconcile_pipeline.drift.scan.scan", interrupt)
    result = reconcile("status", "--database-url", "postgresql://h/db")
    assert result.exit_code == 130
    assert "Traceback" not in result.stderr


def test_a_process_looks_for_no_unused_objects_when_it_ends() -> None:
    program = (
        "import gc\n"
        "from reconcile_pipeline.cli import OBJECTS_MADE, search_rarely\n"
        "class Found:\n    def __del__(self):\n        print('found')\n"
        "search_rarely()\n"
        "assert gc.isenabled() and gc.get_threshold()[0] == OBJECTS_MADE\n"
        "unused = Found()\n"
        "unused.itself = unused\n"
        "del unused\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_status_as_a_process_imports_nothing_heavy(shared_story: Story) -> None:
    program = (
        "import sys, json\n"
        "from reconcile_pipeline.cli.app import app\n"
        "try:\n    app()\n"
        "finally:\n    print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [
            sys.executable, "-c", program, "status", "--format", "json",
            "--database-url", shared_story.dsn, "--migrations", str(MIGRATIONS),
        ],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["in_step"] is False
    modules = {name.partition(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}
    assert modules.isdisjoint({"dagster", "pandas", "numpy", "sqlalchemy", "jinja2", "tomlkit"})
