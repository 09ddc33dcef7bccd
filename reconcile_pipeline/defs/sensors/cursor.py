"""What a sensor remembers of each target from tick to tick, as JSON."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one target. `seen` counts what was seen to be new, so that what comes again is new again:

    Dagster never runs the same run key twice, and drift may return to an earlier state. `down`: the
    last tick could not look at it.
    """

    state: str = ""
    trigger: str = ""
    seen: int = 0
    down: bool = False

    def run_key(self, target: str) -> str:
        """Names the run that this state asks for."""
        return f"{target}:{self.state[:16]}:{self.seen}"


def read(cursor: str | None) -> dict[str, Memory]:
    """Target -> what is remembered. A cursor that does not read counts as none."""
    try:
        return {name: Memory(**each) for name, each in json.loads(cursor or "{}").items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def was_down(memories: dict[str, Memory]) -> set[str]:
    """The targets that the last tick could not look at."""
    return {name for name, memory in memories.items() if memory.down}


def noting(
    memories: dict[str, Memory], seen: Iterable[str], down: Iterable[str]
) -> dict[str, Memory]:
    """The memories, in which it says who was down this time."""
    found = dict.fromkeys(seen, False) | dict.fromkeys(down, True)
    return memories | {
        name: replace(memories.get(name, Memory()), down=now) for name, now in found.items()
    }


def write(memories: dict[str, Memory]) -> str:
    """The cursor's text."""
    return json.dumps({name: asdict(each) for name, each in sorted(memories.items())})
