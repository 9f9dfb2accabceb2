"""Log lines: for people or as JSON, on standard error, with every secret hidden."""

import logging
import sys

import structlog
from structlog.typing import Processor

from digest.app.settings import LogFormat, Settings
from digest.text.redact import secret_redactor

NOISY_LIBRARIES = ("alembic", "httpx", "apscheduler", "asyncio", "uvicorn")
"""Libraries whose INFO lines tell an operator nothing; with ``LOG_LEVEL=debug`` they speak."""

SENSITIVE_LIBRARIES = ("aiosqlite", "httpcore", "sqlalchemy", "telegram")
"""Libraries whose lower lines hold people's words, addresses and codes."""


class TelegramErrorFilter(logging.Filter):
    """Tells what the bot library met in one line; never drops a record.

    The library logs a traceback for whatever the network does to it. That shows its own insides, once for
    each request, and nothing that the error's words do not say.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Put the words of an error of Telegram's in place of its traceback; always True."""
        error = record.exc_info[1] if record.exc_info else None
        if record.name.startswith("telegram") and type(error).__module__.startswith(
            "telegram."
        ):  # its import costs 0.2 s
            record.msg = f"{record.getMessage()} ({type(error).__name__}: {error})"
            record.args, record.exc_info, record.exc_text = (), None, None
        return True


def configure_logging(settings: Settings, *, quiet: bool = False) -> None:
    """Send the log lines of the program and of its libraries through one formatter and one redaction.

    ``quiet`` tells only what is wrong, for commands whose result a person reads.
    """
    secrets = [
        secret.get_secret_value()
        for secret in (
            settings.telegram_bot_token,
            settings.telegram_webhook_secret,
            settings.smtp_password,
            settings.bounce_imap_password,
            settings.secret_key,
        )
        if secret
    ]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if settings.log_format is LogFormat.JSON
        else [
            # Tracebacks with local values would show secrets in pieces that no redaction knows.
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(TelegramErrorFilter())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last, secret_redactor(secrets)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    level = settings.log_level.value.upper()
    root.setLevel("WARNING" if quiet and level == "INFO" else level)
    for name in NOISY_LIBRARIES:
        logging.getLogger(name).setLevel("DEBUG" if level == "DEBUG" else "WARNING")
    for name in SENSITIVE_LIBRARIES:
        logging.getLogger(name).setLevel("WARNING")
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
