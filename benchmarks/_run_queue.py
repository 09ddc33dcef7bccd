"""How long processes stood in line for a processor, by the kernel's own account.

Source: the second figure of /proc/PID/task/TID/schedstat, nanoseconds ready to run and not running
(Documentation/scheduler/sched-stats.rst of Linux). Nothing is told where the kernel keeps none.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def waited(processes: Iterable[int]) -> float | None:
    """Seconds that these processes (by pid) have waited for a processor since they began, together.

    None where the system does not say, or one of them is gone.
    """
    seconds = 0.0
    for pid in processes:
        try:
            for task in Path(f"/proc/{pid}/task").iterdir():
                seconds += int((task / "schedstat").read_text().split()[1]) / 1e9
        except OSError:
            return None
    return seconds
