"""A person's yes to one plan for one production, as a file."""

from __future__ import annotations

import getpass
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from reconcile_pipeline.errors import ApprovalError
from reconcile_pipeline.plan.codec import plan_hash
from reconcile_pipeline.plan.model import Plan


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved which plan for which production, and when (ISO 8601, UTC).

    The time is for people: nothing is decided by it, so a clock that goes back breaks nothing.
    """

    plan_hash: str
    target: str
    database: str
    system_identifier: str
    fingerprint: str
    person: str
    time: str
    note: str = ""


def approve(plan: Plan, *, person: str = "", note: str = "") -> Approval:
    """An approval of this plan, now. `person`: by default whoever runs this process."""
    return Approval(
        plan_hash=plan_hash(plan),
        target=plan.target,
        database=plan.database,
        system_identifier=plan.system_identifier,
        fingerprint=plan.fingerprint,
        person=person.strip() or _who(),
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        note=note,
    )


def write_approval(path: Path, approval: Approval) -> None:
    """Write the file, whole or not at all. Raises ApprovalError where it cannot."""
    text = json.dumps(asdict(approval), sort_keys=True, indent=1) + "\n"
    building = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with building.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        building.replace(path)
    except OSError as error:
        with suppress(OSError):
            building.unlink()
        raise ApprovalError(f"The approval cannot be written: {error.strerror}.") from None


def read_approval(path: Path) -> Approval:
    """The approval in this file. Raises ApprovalError where there is none, or anything is off."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise no_approval() from None
    except (OSError, ValueError, RecursionError):
        raise ApprovalError(f"The approval {path.name} cannot be read.") from None
    names = {each.name for each in fields(Approval)}
    if (
        not isinstance(data, dict)
        or not names - {"note"} <= set(data) <= names
        or not all(isinstance(value, str) for value in data.values())
    ):
        raise ApprovalError(
            f"{path.name} is no approval.", hint="Make one with: reconcile approve PLAN_HASH"
        )
    return Approval(**data)


def no_approval() -> ApprovalError:
    """The error where nobody has approved."""
    return ApprovalError(
        "Nobody has approved this plan.", hint="Make an approval with: reconcile approve PLAN_HASH"
    )


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return f"uid {os.getuid()}"
