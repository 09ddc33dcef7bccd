"""What reconcile.toml may say, as Dagster needs it: errors name the key and quote no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconcile_pipeline.errors import ConfigError
from reconcile_pipeline_tests.defs.location import load_config


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[targets.a]\nschedule = "nightly"', "targets.a.schedule: a schedule has"),
        ('[targets.a]\nschedule = "61 * * * *"', "targets.a.schedule: '61 * * * *' is no time"),
        ('[targets.a]\nsnapshot_schedule = "0 0 31 2 *"', "targets.a.snapshot_schedule: "),
        ('[targets.a]\ntimezone = "Mars/Base"', "targets.a.timezone: it is a name"),
        ("[targets.a]\nstale_after_hours = 0", "targets.a.stale_after_hours: Input should be"),
        (
            '[targets.a]\nHistroy = "none"',
            "targets.a.Histroy: there is no such setting (is history meant?).",
        ),
        ("[targets.a]\nzzz = 1", "targets.a.zzz: there is no such setting."),
        (
            "[[targets.a.backfills]]\nbatchsize = 1",
            "backfills.0.batchsize: there is no such setting (is batch_size",
        ),
        (
            "[targets.a.user_profiles]\nadmin = []",
            "user_profiles.admin: there is no such setting (is admins",
        ),
        (
            '[targets.a]\nrun_pending = "013"',
            'targets.a.run_pending: it is a list, as in ["a", "b"]',
        ),
        ("[targets]\na = 5", "targets.a: it is a table of settings"),
        ('[targets.a]\nhistory = "svn"', "targets.a.history: Input should be"),
        ("[targets.a-b]\n[targets.a_b]", "differ in nothing but - and _"),
        ('[targets.a]\n[alerts]\nurls_env = "json://u:pw@db/"', "never its value itself"),
        ('[targets.a]\n[alerts]\nui = "https://ada:pw@db/"', "alerts.ui: it is the Dagster UI"),
    ],
)
def test_a_configuration_that_is_wrong_is_refused_by_the_name_of_its_key(
    tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "reconcile.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load_config(file)
    assert message in str(refused.value)
    assert "pw@db" not in str(refused.value)


def test_schedules_may_be_left_out_and_spaced_freely(tmp_path: Path) -> None:
    file = tmp_path / "reconcile.toml"
    file.write_text('[targets.a]\nschedule = ""\nsnapshot_schedule = " */10  *  * * * "')
    (target,) = load_config(file).targets.values()
    assert (target.schedule, target.snapshot_schedule) == ("", "*/10 * * * *")
