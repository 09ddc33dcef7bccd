"""`reconcile evidence`: keys, signatures and old runs, as a person meets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconcile_pipeline.evidence import attestation
from reconcile_pipeline.evidence.bundle import Bundle
from reconcile_pipeline.evidence.publish import publish
from reconcile_pipeline_tests.cli.conftest import reconcile
from reconcile_pipeline_tests.evidence import cases


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """The folder of a finished run of the target `story`."""
    (tmp_path / "reconcile.toml").write_text('evidence = "runs"\n[targets.story]\n')
    folder = tmp_path / "runs/story/0123456789ab"
    publish(Bundle.create(folder / "evidence"), cases.facts())
    (folder / "plan.json").write_text("{}")
    return folder


def test_keygen_sign_and_verify(finished: Path) -> None:
    made = reconcile("evidence", "keygen", "team")
    assert made.exit_code == 0, made.stderr
    assert Path("team.key").stat().st_mode & 0o777 == 0o600
    assert "PRIVATE" not in made.stdout
    again = reconcile("evidence", "keygen", "team")
    assert (again.exit_code, "exists" in again.stderr) == (2, True)

    unsigned = reconcile("evidence", "verify", finished, "--public-key", "team.pub")
    assert (unsigned.exit_code, "nobody signed" in unsigned.stderr) == (2, True)
    signed = reconcile("evidence", "sign", finished, "--key", "team.key")
    assert signed.exit_code == 0, signed.stderr
    shown = reconcile("evidence", "verify", finished, "--public-key", "team.pub")
    assert shown.exit_code == 0, shown.stderr
    assert "Signed by the key" in shown.stdout
    assert "--public-key" in reconcile("evidence", "verify", finished).stdout

    (finished / "evidence" / attestation.NAME).write_text("{}")
    broken = reconcile("evidence", "verify", finished, "--public-key", "team.pub")
    assert (broken.exit_code, "DSSE" in broken.stderr) == (2, True)
    wrong = reconcile("evidence", "verify", finished, "--public-key", "team.key")
    assert (wrong.exit_code, "PRIVATE" in wrong.stderr) == (2, False)


def test_prune_says_what_goes_and_what_stays(finished: Path) -> None:
    old = finished.with_name("aaaaaaaaaaaa")
    Bundle.create(old / "evidence")
    (old / "plan.json").write_text("{}")
    assert "--older-than" in reconcile("evidence", "prune").stderr
    assert "is no age" in reconcile("evidence", "prune", "--older-than", "soon").stderr
    would = reconcile("evidence", "prune", "--older-than", "0h", "--dry-run")
    assert would.exit_code == 0, would.stderr
    assert "would go  story/aaaaaaaaaaaa" in would.stdout
    assert old.exists()
    gone = reconcile("evidence", "prune", "--older-than", "0h", "--target", "story")
    assert gone.stdout.splitlines() == [
        "gone  story/aaaaaaaaaaaa",
        "stays     story/0123456789ab: it is the last good run",
    ]
    assert (old.exists(), finished.exists()) == (False, True)


def test_the_evidence_table_of_reconcile_toml(tmp_path: Path) -> None:
    from reconcile_pipeline.config import load
    from reconcile_pipeline.flow.signing import signer_of
    from reconcile_pipeline.flow.target import resolve

    reconcile("evidence", "keygen", "team")
    file = tmp_path / "reconcile.toml"
    file.write_text('[evidence]\nfolder = "runs"\nsigning_key = "team.key"\n[targets.story]\n')
    target = resolve(load(file), dsn="")
    assert target.evidence == tmp_path / "runs/story"
    assert signer_of(target) is not None
    file.write_text('[evidence]\nsigning_key_env = "TEAM_KEY"\n[targets.story]\n')
    result = reconcile("evidence", "prune", "--keep", "1")
    assert result.exit_code == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEAM_KEY", Path("team.key").read_text().replace("\n", "\\n"))
        assert signer_of(resolve(load(file), dsn="")) is not None
