"""Send a message to every place that the configuration names, through Apprise.

Its URLs hold tokens and passwords: none of them is ever printed, only its number in the list.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass

from reconcile_pipeline.config import Alerts
from reconcile_pipeline.errors import ConfigError
from reconcile_pipeline.flow.alerts.messages import Message


@dataclass(frozen=True, slots=True)
class Delivery:
    """To how many places a message got, and what went wrong with the others."""

    delivered: int
    problems: tuple[str, ...] = ()


def urls(alerts: Alerts) -> tuple[str, ...]:
    """The places, from the variable that `urls_env` names. Raises ConfigError where none is."""
    found = tuple(os.environ.get(alerts.urls_env, "").split())
    if not found:
        raise ConfigError(
            f"The environment variable {alerts.urls_env} is not set.",
            hint="Put one or more Apprise URLs into it, with spaces between them.",
        )
    return found


def send(places: tuple[str, ...], message: Message) -> Delivery:
    """Send to each place by itself: one that is down holds up no other."""
    import apprise  # 1 s of imports

    # What it logs about a failure may quote the URL.
    logger = logging.getLogger("apprise")
    logger.setLevel(logging.CRITICAL + 1)
    delivered, problems = 0, []
    for number, place in enumerate(places, 1):
        service = apprise.Apprise.instantiate(place, suppress_exceptions=True)
        if not isinstance(service, apprise.NotifyBase):
            problems.append(f"URL {number} is not one that Apprise knows")
            continue
        sender = apprise.Apprise()
        sender.add(service)
        done = sender.notify(
            title=message.title,
            body=message.body,
            notify_type=apprise.NotifyType(message.tone.value),
            body_format=apprise.NotifyFormat.TEXT,
        )
        if done:
            delivered += 1
        else:
            problems.append(f"URL {number} did not take the message")
    return Delivery(delivered, tuple(problems))
