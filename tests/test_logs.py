"""What the program's log shows of errors of the bot library; row F26 sees it in the whole service."""

import logging

import pytest
from telegram.error import NetworkError

from digest.logs import BotErrors


@pytest.fixture(autouse=True)
def _filtered(caplog: pytest.LogCaptureFixture) -> None:
    """Let every record pass the filter, as the program's own handler does."""
    caplog.handler.addFilter(BotErrors())


def fail(logger: str, error: Exception) -> None:
    """Log an error as libraries do, with its traceback."""
    try:
        raise error
    except type(error):
        logging.getLogger(logger).exception("Error while calling %s one more time", "get_updates")


def test_an_error_of_the_bot_library_is_one_line_with_its_words(caplog: pytest.LogCaptureFixture) -> None:
    fail("telegram.ext.Updater", NetworkError("nobody there"))

    assert caplog.messages == ["Error while calling get_updates one more time (NetworkError: nobody there)"]
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    ("logger", "error"), [("telegram.ext.Updater", ValueError("x")), ("digest.other", NetworkError("x"))]
)
def test_every_other_error_keeps_its_traceback(
    caplog: pytest.LogCaptureFixture, logger: str, error: Exception
) -> None:
    fail(logger, error)

    assert "Traceback" in caplog.text
