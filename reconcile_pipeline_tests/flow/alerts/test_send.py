"""Messages through Apprise to a real HTTP receiver and a real mail server."""

from __future__ import annotations

import logging
import socket

import pytest

from reconcile_pipeline.config import Alerts
from reconcile_pipeline.errors import ConfigError
from reconcile_pipeline.flow.alerts.messages import Message, Tone
from reconcile_pipeline.flow.alerts.send import Delivery, send, urls
from reconcile_pipeline_tests.flow.alerts.receivers import http, smtp

MESSAGE = Message("story: 1 new finding", "- half applied: 020_a.sql, line 13", Tone.WARNING)


def test_a_receiver_of_json_gets_the_message() -> None:
    with http() as inbox:
        assert send((inbox.url,), MESSAGE) == Delivery(1)
    (got,) = inbox.messages
    assert (got["title"], got["message"], got["type"]) == (MESSAGE.title, MESSAGE.body, "warning")


def test_a_mail_server_gets_the_message() -> None:
    with smtp() as inbox:
        assert send((inbox.url,), MESSAGE) == Delivery(1)
    (got,) = inbox.messages
    assert got["title"] == MESSAGE.title
    assert MESSAGE.body in got["message"]
    assert got["to"] == ["team@example.com"]


def test_a_place_that_is_down_holds_up_no_other_and_its_url_is_not_shown(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        down = f"json://ada:s3cret-77@127.0.0.1:{probe.getsockname()[1]}/"
        with http() as inbox, caplog.at_level(logging.DEBUG):
            done = send((down, "nonsense://s3cret-77", inbox.url), MESSAGE)
    assert done == Delivery(
        1, ("URL 1 did not take the message", "URL 2 is not one that Apprise knows")
    )
    assert inbox.titles == [MESSAGE.title]
    assert "s3cret-77" not in caplog.text + "".join(capfd.readouterr())


def test_the_urls_come_from_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    alerts = Alerts(urls_env="TEST_ALERT_URLS")
    monkeypatch.delenv("TEST_ALERT_URLS", raising=False)
    with pytest.raises(ConfigError, match="TEST_ALERT_URLS is not set"):
        urls(alerts)
    monkeypatch.setenv("TEST_ALERT_URLS", " json://a/  json://b/\n")
    assert urls(alerts) == ("json://a/", "json://b/")
