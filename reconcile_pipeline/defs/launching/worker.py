"""What the process of one run does: the same as Dagster's own `dagster api execute_run`."""

import json
from pathlib import Path

import dagster as dg
from dagster._core.instance import InstanceRef
from dagster._serdes import deserialize_value, serialize_value
from dagster._utils.interrupts import capture_interrupts

from reconcile_pipeline.defs.launching import claims
from reconcile_pipeline.defs.storage import keep_connections


def request(run_id: str, instance: dg.DagsterInstance) -> bytes:
    """A run to execute, as one line."""
    asked = {"run": run_id, "instance": serialize_value(instance.get_ref())}
    return json.dumps(asked).encode() + b"\n"


def run_of(line: bytes) -> str:
    """The run that a request asks for."""
    return str(json.loads(line)["run"])


def execute(line: bytes) -> None:
    """Execute the run that a request names. What goes wrong in it, Dagster writes down."""
    from dagster._cli.api import _execute_run_command_body

    asked = json.loads(line)
    with (
        capture_interrupts(),  # from now on a signal cancels
        dg.DagsterInstance.from_ref(deserialize_value(asked["instance"], InstanceRef)) as instance,
        claims.claim(Path(instance.root_directory) / claims.FOLDER, asked["run"]),
    ):
        keep_connections(instance)
        run = instance.get_run_by_id(asked["run"])
        if run is not None and run.status is dg.DagsterRunStatus.CANCELING:  # before we were there
            instance.report_run_canceled(run)
            return
        _execute_run_command_body(asked["run"], instance, lambda event: None, False)
