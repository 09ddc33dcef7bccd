"""What a sensor remembers of each target from tick to tick, as JSON."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one target. `seen` counts what was seen to be new, so that what comes again is new again:

    Dagster never runs the same run key twice, and drift may return to an earlier state.
    """

    state: str = ""
    trigger: str = ""
    seen: int = 0

    def run_key(self, target: str) -> str:
        """Names the run that this state asks for."""
        return f"{target}:{self.state[:16]}:{self.seen}"


def read(cursor: str | None) -> dict[str, Memory]:
    """Target -> what is remembered. A cursor that does not read counts as none."""
    try:
        return {name: Memory(**each) for name, each in json.loads(cursor or "{}").items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def write(memories: dict[str, Memory]) -> str:
    """The cursor's text."""
    return json.dumps({name: asdict(each) for name, each in sorted(memories.items())})
