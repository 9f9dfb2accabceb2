"""What the program's log shows of errors of the bot library; row F26 sees it in the whole service."""

import io
import logging
from collections.abc import Iterator

import pytest
from telegram.error import NetworkError

from digest.app.logging import TelegramErrorFilter


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Return what is written by a handler with the filter, as the program's own handler has it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(TelegramErrorFilter())
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def log_error(logger: str, error: Exception) -> None:
    """Log an error as libraries do, with its traceback."""
    try:
        raise error
    except type(error):
        logging.getLogger(logger).exception("Error while calling %s one more time", "get_updates")


def test_an_error_of_the_bot_library_is_one_line_with_its_words(log: io.StringIO) -> None:
    log_error("telegram.ext.Updater", NetworkError("nobody there"))

    assert log.getvalue() == ("Error while calling get_updates one more time (NetworkError: nobody there)\n")


@pytest.mark.parametrize(
    ("logger", "error"), [("telegram.ext.Updater", ValueError("x")), ("digest.other", NetworkError("x"))]
)
def test_every_other_error_keeps_its_traceback(log: io.StringIO, logger: str, error: Exception) -> None:
    log_error(logger, error)

    assert "Traceback" in log.getvalue()
