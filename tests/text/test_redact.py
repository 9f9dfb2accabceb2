"""No secret passes: not in messages, arguments, tracebacks, extra fields, nor structlog's events."""

import io
import json
import logging

import pytest
import structlog

from digest.text.redact import redact_tokens, secret_redactor

TOKEN = "7000000001:AAtest-token-of-the-stand-in_0123456"
PASSWORD = 'p/ss"wörd'


def log_output(*secrets: str, message: str, args: tuple[object, ...] = (), **extra: object) -> str:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(message)s %(more)s", defaults={"more": ""}))
    handler.addFilter(secret_redactor(secrets))
    record = logging.LogRecord("x", logging.INFO, __file__, 1, message, args, None)
    record.__dict__.update(extra)
    handler.handle(record)
    return out.getvalue()


@pytest.mark.parametrize(
    ("message", "args", "extra"),
    [
        (f"POST https://api.telegram.org/bot{TOKEN}/getMe", (), {}),
        ("POST %s", (f"https://api.telegram.org/bot{TOKEN}/getMe",), {}),
        ("POST %s", (f"https://api.telegram.org/bot{TOKEN.replace(':', '%3A')}/getMe",), {}),
        ("%(a)s", ({"a": TOKEN},), {}),
        ("x", (), {"more": TOKEN}),
        ("%r", ({"password": PASSWORD},), {}),
        (json.dumps({"password": PASSWORD}), (), {}),
    ],
)
def test_a_secret_is_hidden_wherever_it_stands(
    message: str, args: tuple[object, ...], extra: dict[str, object]
) -> None:
    shown = log_output(TOKEN, PASSWORD, message=message, args=args, **extra)

    assert "***" in shown
    assert "AAtest" not in shown
    assert "wörd" not in shown
    assert "w\\u00f6rd" not in shown


def fail_in_a_chain() -> None:
    try:
        raise ValueError(f"cannot open /bot{TOKEN}/x")  # noqa: TRY301 - a chain is what is asked for
    except ValueError as cause:
        raise RuntimeError("stopped") from cause


def test_a_secret_in_a_chain_of_errors_is_hidden() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(secret_redactor([TOKEN]))
    logger = logging.getLogger("digest.alone")
    logger.addHandler(handler)

    try:
        fail_in_a_chain()
    except RuntimeError:
        logger.exception("it broke", stack_info=True)
    logger.removeHandler(handler)

    assert "cannot open /bot***/x" in out.getvalue()
    assert "RuntimeError: stopped" in out.getvalue()
    assert TOKEN not in out.getvalue()


@pytest.mark.parametrize("last", [True, False])
def test_structlog_events_are_cleaned_before_and_after_rendering(*, last: bool) -> None:
    out = io.StringIO()
    clean, render = secret_redactor([TOKEN]), structlog.processors.JSONRenderer(default=str)
    logger = structlog.wrap_logger(structlog.PrintLogger(out), processors=[render, clean] if last else [clean, render])

    logger.info("sent", url=f"/bot{TOKEN}", deep={"list": [TOKEN, ("x", TOKEN)]}, odd=ValueError(TOKEN), n=1)

    shown = json.loads(out.getvalue())
    assert TOKEN not in out.getvalue()
    assert (shown["url"], shown["n"], shown["event"]) == ("/bot***", 1, "sent")


def test_without_secrets_nothing_changes() -> None:
    assert log_output("", "  ", message="as it was %d", args=(1,)) == "as it was 1 \n"


def test_tokens_are_known_by_their_look_too() -> None:
    assert redact_tokens(f"https://x/bot{TOKEN}/getMe at 12:30") == "https://x/bot***/getMe at 12:30"
