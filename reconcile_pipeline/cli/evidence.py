"""`reconcile evidence`: verify it, sign it, make keys for that, and let old runs go."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from reconcile_pipeline.cli.options import default_config, load_config
from reconcile_pipeline.cli.state import debug_option
from reconcile_pipeline.errors import ConfigError, EvidenceError

_AGE = re.compile(r"(\d+)([hdw])")
_SECONDS = {"h": 3600, "d": 86_400, "w": 604_800}


@click.group(name="evidence")
def command() -> None:
    """Look after the evidence of runs."""


@command.command(name="verify")
@debug_option
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--head", default="", metavar="HASH",
              help="The chain's last value, where you kept it elsewhere.")  # fmt: skip
@click.option("--public-key", "keys", multiple=True, metavar="FILE",
              type=click.Path(path_type=Path, dir_okay=False),
              help="Demand a signature of this key. May be given more than once.")  # fmt: skip
def verify_evidence(folder: Path, head: str, keys: tuple[Path, ...]) -> None:
    """Compute every hash, link, promise and signature in FOLDER again, offline.

    FOLDER is a run's folder, or the evidence folder in it. The first thing that does not fit is
    named. This is a read-only operation. Exit code 0: all fits; 2: it does not.
    """
    from reconcile_pipeline.evidence.signing import load_verifier
    from reconcile_pipeline.evidence.verify import verify

    verifiers = [load_verifier(_bytes(key)) for key in keys]
    folder = _bundle(folder)
    found = verify(folder, head.strip().lower(), signed_by=verifiers)
    if not found.ok:
        raise EvidenceError(
            f"The evidence in {folder} does not verify: {found.problem}",
            hint="Trust none of it; look for the copy that nobody touched.",
            changed="",
        )
    click.echo(f"{found.checked} files fit their hashes and each other. Head: {found.head}")
    for key in found.signed_by:
        click.echo(f"Signed by the key {key}")
    if found.attested and not verifiers:
        click.echo("There is a signature; to check it, give --public-key.")


@command.command(name="sign")
@debug_option
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--key", required=True, metavar="FILE",
              type=click.Path(path_type=Path, dir_okay=False), help="The private key.")  # fmt: skip
def sign_evidence(folder: Path, key: Path) -> None:
    """Sign a finished run in FOLDER, after it was verified; several people may.

    Production is not touched.
    """
    from reconcile_pipeline.evidence import attestation
    from reconcile_pipeline.evidence.signing import load_signer
    from reconcile_pipeline.evidence.verify import verify

    signer = load_signer(_bytes(key))
    folder = _bundle(folder)
    if problem := verify(folder).problem:
        raise EvidenceError(
            f"The evidence in {folder} does not verify: {problem}",
            hint="Sign nothing that does not fit.",
            changed="",
        )
    path = attestation.sign(folder, signer)
    click.echo(f"{path} is signed by the key {signer.verifier.id}")


@command.command(name="keygen")
@debug_option
@click.argument("name", type=click.Path(path_type=Path, dir_okay=False),
                default=Path("reconcile-evidence"))  # fmt: skip
def make_keys(name: Path) -> None:
    """Make a pair of Ed25519 keys: NAME.key, which only you may read, and NAME.pub.

    Files that are there are never written over. Production is not touched.
    """
    from reconcile_pipeline.evidence.signing import generate

    signer = generate()
    private, public = name.with_name(f"{name.name}.key"), name.with_name(f"{name.name}.pub")
    for path, data, mode in ((private, signer.pem(), 0o600),
                             (public, signer.verifier.pem(), 0o644)):  # fmt: skip
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except OSError as error:
            raise ConfigError(
                f"{path} cannot be made: {(error.strerror or 'no reason').lower()}.",
                hint="Give another name.",
            ) from None
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    click.echo(f"Private key: {private}")
    click.echo(f"Public key:  {public} ({signer.verifier.id})")
    click.echo("Next: name the private one in reconcile.toml, and keep it out of git:")
    click.echo(f'      [evidence]\n      signing_key = "{private}"')


@command.command(name="prune")
@debug_option
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Configuration file. Default: $RECONCILE_CONFIG, else reconcile.toml here.",
)
@click.option("--target", metavar="NAME", help="Only this target. Default: all.")
@click.option("--keep", type=click.IntRange(min=1), metavar="N",
              help="Keep the newest N runs and the newest N scans of a target.")  # fmt: skip
@click.option("--older-than", "age", metavar="AGE", help="Let go only what is older: 12h, 30d, 8w.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
def prune_evidence(
    config: Path | None, target: str | None, keep: int | None, age: str | None, dry_run: bool
) -> None:
    """Delete the evidence of old runs and scans.

    What goes is beyond --keep and older than --older-than, as far as they are given. What never
    goes: the last good run, the last good scan, and what has not ended. Production is not touched.
    """
    from reconcile_pipeline.flow.retention import prune

    if keep is None and age is None:
        raise ConfigError("Nothing says what may go.", hint="Give --keep or --older-than.")
    found = load_config(config or default_config())
    names = [found.target(target)[0]] if target is not None else sorted(found.targets)
    root = found.root.absolute() / found.evidence.folder
    for name in names:
        done = prune(root / name, keep=keep, older_than_s=_seconds(age), dry=dry_run)
        for folder in done.gone:
            click.echo(f"{'would go' if dry_run else 'gone'}  {folder.relative_to(root)}")
        for each in done.kept:
            click.echo(f"stays     {each.folder.relative_to(root)}: {each.why}")


def _seconds(age: str | None) -> float | None:
    if age is None:
        return None
    if (match := _AGE.fullmatch(age.strip())) is None:
        raise ConfigError(f"{age!r} is no age.", hint="Write it as 12h, 30d or 8w.")
    return float(int(match[1]) * _SECONDS[match[2]])


def _bundle(folder: Path) -> Path:
    """The evidence folder itself, where a run's folder is named."""
    from reconcile_pipeline.evidence.chain import INDEX
    from reconcile_pipeline.flow.run import EVIDENCE

    inside = folder / EVIDENCE
    return inside if not (folder / INDEX).exists() and (inside / INDEX).exists() else folder


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"The key {path} cannot be read: {(error.strerror or 'no reason').lower()}.",
            hint="Make a pair with: reconcile evidence keygen",
        ) from None
