"""docs/scale: the settings for many machines, read by the very parts that will read them.

Helm's chart is no package that could be locked, so its values are checked by what takes them over:
dagster-k8s builds the pod of a run from them, and Kubernetes' own client knows each field of it.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import click
import jsonschema
import kubernetes.client as k8s  # type: ignore[import-untyped]
import pytest
import yaml
from dagster._cli.api import grpc_command
from dagster._config import process_config
from dagster._core.instance.ref import InstanceRef
from dagster._core.run_coordinator import QueuedRunCoordinator
from dagster_celery.cli import get_validated_config
from dagster_celery.launcher import CeleryRunLauncher
from dagster_k8s.container_context import K8sContainerContext
from dagster_k8s.job import DagsterK8sJobConfig, construct_dagster_k8s_job
from dagster_k8s.launcher import K8sRunLauncher
from dagster_k8s.models import k8s_model_from_dict, k8s_snake_case_dict

from reconcile_pipeline_tests.test_house import ROOT

SCALE = ROOT / "docs/scale"
VALUES: dict[str, Any] = yaml.safe_load((SCALE / "helm-values.yaml").read_text())
(DEPLOYMENT,) = VALUES["dagster-user-deployments"]["deployments"]
LAUNCHER = VALUES["runLauncher"]["config"]["k8sRunLauncher"]
LAUNCHER_SETTINGS: Any = K8sRunLauncher.config_type()  # type: ignore[no-untyped-call]
REDIS = "redis://127.0.0.1:6379/0"


# -- Celery --------------------------------------------------------------------------------------


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InstanceRef:
    """The documented dagster.yaml, as the daemon reads it. No server is asked."""
    monkeypatch.setenv("RECONCILE_REDIS_URL", REDIS)
    shutil.copyfile(SCALE / "dagster.yaml", tmp_path / "dagster.yaml")
    return InstanceRef.from_dir(str(tmp_path))


def settings(instance: InstanceRef, name: str) -> Any:
    """One part of dagster.yaml, checked by Dagster."""
    return instance.settings[name]


def test_the_documented_launcher_is_there_and_takes_its_settings(instance: InstanceRef) -> None:
    launcher = instance.run_launcher
    assert isinstance(launcher, CeleryRunLauncher)
    assert (launcher.broker, launcher.backend) == (REDIS, REDIS)
    assert launcher.celery.conf.task_acks_late


def test_a_task_is_not_given_to_a_second_worker_while_its_run_goes_on(
    instance: InstanceRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILE_REDIS_URL", REDIS)
    worker = get_validated_config(str(SCALE / "celery.yaml"))["config_source"]
    launcher, longest = instance.run_launcher, settings(instance, "run_monitoring")
    assert isinstance(launcher, CeleryRunLauncher)
    for each in (worker, launcher.config_source):
        again = each["broker_transport_options"]["visibility_timeout"]
        assert again > longest["max_runtime_seconds"]
        assert each["task_acks_late"]
        assert each["task_reject_on_worker_lost"]


def test_everywhere_a_target_has_one_run_and_an_apply_no_second_try(
    instance: InstanceRef,
) -> None:
    plain = yaml.safe_load((ROOT / "dagster.yaml").read_text())["concurrency"]["runs"]
    many = settings(instance, "concurrency")["runs"]
    assert plain["tag_concurrency_limits"] == many["tag_concurrency_limits"]
    assert settings(instance, "run_retries")["max_retries"] == 0
    assert "max_resume_run_attempts" not in settings(instance, "run_monitoring")
    values = VALUES["dagsterDaemon"]
    # Sensors that tick at the same moment would both ask for the scan of one change.
    assert "sensors" not in instance.settings
    assert "sensors" not in yaml.safe_load((ROOT / "dagster.yaml").read_text())
    assert not values["sensors"]["useThreads"]
    assert queue()["tag_concurrency_limits"] == plain["tag_concurrency_limits"]
    assert values["runRetries"]["maxRetries"] == 0
    assert values["runMonitoring"]["maxResumeRunAttempts"] == 0


# -- Kubernetes ----------------------------------------------------------------------------------

#: The chart's names for the values that are set here, in words of our own: a name that the chart
#: does not know is ignored by Helm without a word, or refused by the chart's schema.
NAMES: dict[str, Any] = {
    "dagster-user-deployments": {"enabled": bool, "deployments": list},
    "runLauncher": {"type": str, "config": {"k8sRunLauncher": dict}},
    "dagsterDaemon": {
        "enabled": bool,
        "runCoordinator": {
            "enabled": bool, "type": str, "config": {"queuedRunCoordinator": dict},
        },
        "runMonitoring": {
            "enabled": bool, "startTimeoutSeconds": int, "maxResumeRunAttempts": int,
            "pollIntervalSeconds": int,
        },
        "runRetries": {"enabled": bool, "maxRetries": int},
        "sensors": {"useThreads": bool},
    },
    "retention": {"enabled": bool, "schedule": dict, "sensor": dict},
    "telemetry": {"enabled": bool},
    "postgresql": {
        "enabled": bool, "postgresqlHost": str, "postgresqlUsername": str,
        "postgresqlDatabase": str,
    },
    "generatePostgresqlPasswordSecret": bool,
    "global": {"postgresqlSecretName": str},
}  # fmt: skip
DEPLOYED = {
    "name": str, "image": {"repository": str, "tag": str, "pullPolicy": str},
    "dagsterApiGrpcArgs": list, "port": int, "env": list, "envSecrets": list, "volumes": list,
    "volumeMounts": list, "includeConfigInLaunchedRuns": {"enabled": bool},
}  # fmt: skip
TYPES = {bool: "boolean", str: "string", int: "integer", list: "array", dict: "object"}


def schema(names: Any) -> dict[str, Any]:
    if not isinstance(names, dict):
        return {"type": TYPES[names]}
    properties = {name: schema(value) for name, value in names.items()}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def snaked(values: dict[str, Any]) -> dict[str, Any]:
    """As the chart writes its values into dagster.yaml."""
    return {snake(name): value for name, value in values.items()}


def checked(config_type: Any, value: dict[str, Any]) -> dict[str, Any]:
    """Dagster's own check of a part's settings."""
    found = process_config(config_type, value)
    assert found.success, [error.message for error in found.errors or ()]
    assert found.value is not None
    return dict(found.value)


def queue() -> dict[str, Any]:
    values = VALUES["dagsterDaemon"]["runCoordinator"]["config"]["queuedRunCoordinator"]
    return checked(QueuedRunCoordinator.config_type(), snaked(values))


def model(kind: type, value: dict[str, Any]) -> Any:
    """A part of a pod, by Kubernetes' own client: unknown and missing fields are errors."""
    return k8s_model_from_dict(kind, k8s_snake_case_dict(kind, value))


def test_the_chart_knows_every_name() -> None:
    jsonschema.validate(VALUES, schema(NAMES))
    jsonschema.validate(DEPLOYMENT, schema(DEPLOYED))
    assert DEPLOYMENT["image"]["pullPolicy"] in ("Always", "IfNotPresent", "Never")


def test_the_code_servers_arguments_are_some_that_dagster_takes() -> None:
    with grpc_command.make_context("grpc", [*DEPLOYMENT["dagsterApiGrpcArgs"]]) as context:
        assert context.params["module_name"] == "reconcile_pipeline.definitions"
    with pytest.raises(click.NoSuchOption):
        grpc_command.make_context("grpc", ["--no-such", "thing"])


def test_a_runs_pod_has_the_targets_secrets_its_configuration_and_the_shared_evidence() -> None:
    values = snaked(LAUNCHER)
    values["run_k8s_config"] = snaked(values["run_k8s_config"])
    launcher = checked(
        LAUNCHER_SETTINGS,
        {**values, "instance_config_map": "dagster-instance", "service_account_name": "dagster"},
    )
    for each, kind in (
        ("env", k8s.V1EnvVar), ("envSecrets", k8s.V1SecretEnvSource),
        ("volumes", k8s.V1Volume), ("volumeMounts", k8s.V1VolumeMount),
    ):  # fmt: skip
        for value in DEPLOYMENT[each]:
            assert model(kind, value) is not None
    context = K8sContainerContext.create_from_config(
        {
            "k8s": {
                "env_secrets": [secret["name"] for secret in DEPLOYMENT["envSecrets"]],
                "volumes": DEPLOYMENT["volumes"],
                "volume_mounts": DEPLOYMENT["volumeMounts"],
                "run_k8s_config": launcher["run_k8s_config"],
            }
        }
    )
    image = "{repository}:{tag}".format(**DEPLOYMENT["image"])
    job = construct_dagster_k8s_job(
        DagsterK8sJobConfig(image, "/opt/dagster", instance_config_map="dagster-instance"),
        ["dagster", "api", "execute_run"],
        "dagster-run",
        context.run_k8s_config,
    )
    pod = job.spec.template.spec
    (container,) = pod.containers
    assert [source.secret_ref.name for source in container.env_from if source.secret_ref] == [
        "reconcile-targets"
    ]
    mounted = {mount.mount_path: mount.name for mount in container.volume_mounts}
    assert mounted["/etc/reconcile"] == "config"
    assert mounted["/var/lib/reconcile"] == "evidence"
    assert {volume.name for volume in pod.volumes} >= {"config", "evidence"}
    assert container.resources.requests["memory"]
    config = next(value["value"] for value in DEPLOYMENT["env"] if "CONFIG" in value["name"])
    assert Path(config).parent.as_posix() in mounted


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (k8s.V1Volume, {"name": "a", "persistentVolumeClaims": {"claimName": "b"}}),
        (k8s.V1VolumeMount, {"name": "a"}),
    ],
)
def test_a_misspelt_volume_would_be_seen(kind: type, value: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=r"Unexpected keys|must not be `None`"):
        model(kind, value)


def test_a_misspelt_setting_would_be_seen() -> None:
    with pytest.raises(AssertionError, match="image_pull"):
        checked(LAUNCHER_SETTINGS, {"image_pull": "Always"})
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"runLaunchers": {}}, schema(NAMES))
