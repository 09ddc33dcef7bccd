"""docs/service: units that systemd takes, commands that exist, a configuration that loads."""

from __future__ import annotations

import datetime
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import dagster as dg
import pytest
from dagster._daemon.cli import cli as daemon
from dagster_webserver.cli import dagster_webserver as web

from reconcile_pipeline.cli.app import app
from reconcile_pipeline.config import load
from reconcile_pipeline_tests.test_house import ROOT
from scripts.prune_dagster import prune, prune_logs

SERVICE = ROOT / "docs/service"
UNITS = sorted(SERVICE.glob("*.service"))
COMMANDS: dict[str, click.Command] = {
    "dagster-daemon": daemon, "dagster-webserver": web, "reconcile": app,
}  # fmt: skip


def commands(path: Path) -> list[list[str]]:
    """What a unit starts, one after another."""
    found = re.findall(r"^ExecStart=(.*)$", path.read_text(), re.MULTILINE)
    return [shlex.split(line) for line in found]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_what_a_unit_starts_is_installed_and_takes_its_options(path: Path) -> None:
    assert commands(path)
    for program, *arguments in commands(path):
        name = Path(program).name
        assert (Path(sys.executable).parent / name).exists()
        if name == "python":
            script, *arguments = arguments
            assert (ROOT / Path(script).relative_to("/opt/reconcile_pipeline")).exists()
            continue
        command: click.Command | None = COMMANDS[name]
        while isinstance(command, click.Group):
            context = click.Context(command)
            command, arguments = command.get_command(context, arguments[0]), arguments[1:]
        assert command is not None
        command.make_context(name, arguments)  # parses, and runs nothing


def test_old_runs_go_with_their_events_and_what_has_not_ended_stays(tmp_path: Path) -> None:
    @dg.op
    def nothing() -> None: ...

    @dg.job
    def short() -> None:
        nothing()

    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        ended = short.execute_in_process(instance=instance).run_id
        waiting = instance.create_run_for_job(short).run_id
        now = datetime.datetime.now(datetime.UTC)
        assert prune(instance, now - datetime.timedelta(days=1)) == 0
        assert instance.all_logs(ended)
        assert prune(instance, now + datetime.timedelta(days=1)) == 1
        assert [run.run_id for run in instance.get_runs()] == [waiting]
        assert instance.all_logs(ended) == []


def test_what_ticks_and_runs_had_logged_in_files_stayed_for_ever(tmp_path: Path) -> None:
    folder, now = tmp_path / "storage", datetime.datetime.now(datetime.UTC)
    names = ("old/compute_logs/a.err", "old/compute_logs/a.out", "__repository__/s/1.err")
    kept = ("__repository__/s/2.err", "an_asset/of_somebody_else")
    for name in (*names, *kept):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
    for name in (*names, kept[1]):
        os.utime(folder / name, (0, 0))
    assert prune_logs(folder, now - datetime.timedelta(days=1)) == len(names)
    left = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    assert left == {"__repository__", "__repository__/s", "an_asset", *kept}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    for path in (*UNITS, *SERVICE.glob("*.timer")):
        text = path.read_text()
        text = re.sub(r"(ExecStart=)\S+", rf"\1{sys.executable}", text)
        (tmp_path / path.name).write_text(text.replace("User=reconcile\n", ""))
    found = subprocess.run(
        ["systemd-analyze", "verify", *map(str, tmp_path.iterdir())],
        capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"},
    )  # fmt: skip
    assert [line for line in found.stderr.splitlines() if str(tmp_path) in line] == []


def test_the_configuration_loads_and_the_environment_has_all_that_it_names() -> None:
    config = load(SERVICE / "reconcile.toml")
    lines = (SERVICE / "environment").read_text().splitlines()
    variables = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert config.alerts is not None
    named = {target.dsn_env for target in config.targets.values()} | {config.alerts.urls_env}
    assert named <= variables
    assert {"DAGSTER_HOME", "RECONCILE_CONFIG", "RECONCILE_HOME"} <= variables
