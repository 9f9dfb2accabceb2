"""Keeps secrets out of logs: the bot token stands in httpx' INFO lines and in PTB's DEBUG lines."""

import json
import logging
import re
from collections.abc import Iterable, MutableMapping
from typing import Any
from urllib.parse import quote

HIDDEN = "***"
TOKEN = re.compile(r"(?<!\d)\d{5,}:[A-Za-z0-9_-]{20,}")


def without_tokens(text: str) -> str:
    """Give ``text`` with everything that looks like a bot token hidden."""
    return TOKEN.sub(HIDDEN, text)


class Redaction(logging.Filter):
    """Hides secrets in everything that passes; never drops a record.

    As a filter it belongs on handlers: a filter on a logger does not see its children's records.
    As a structlog processor it belongs last, after the renderer, where everything is text already.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        forms = {form for secret in secrets if secret.strip() for form in _forms_of(secret)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._secrets = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def text(self, text: str) -> str:
        """Give ``text`` without secrets, as themselves, URL-quoted or JSON-escaped."""
        return text if self._secrets is None else self._secrets.sub(HIDDEN, text)

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean message, arguments, traceback, stack and extra fields of ``record``; always True."""
        if isinstance(record.msg, dict):
            record.msg = self._clean(record.msg)
        else:
            record.msg, record.args = self.text(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = record.exc_text or logging.Formatter().formatException(record.exc_info)
            record.exc_info = None
        if record.exc_text:
            record.exc_text = self.text(record.exc_text)
        for name, value in record.__dict__.items():
            if isinstance(value, str) and name not in ("msg", "exc_text"):
                setattr(record, name, self.text(value))
        return True

    def __call__(
        self,
        _logger: object,
        _method: str,
        event: MutableMapping[str, Any] | str | bytes,
    ) -> MutableMapping[str, Any] | str | bytes:
        """Clean what structlog passes: a rendered line, or an event with all its values."""
        if isinstance(event, bytes):
            return self.text(event.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        if isinstance(event, str):
            return self.text(event)
        return {key: self._clean(value) for key, value in event.items()}

    def _clean(self, value: Any) -> Any:  # noqa: ANN401 - whatever people log
        match value:
            case str():
                return self.text(value)
            case dict():
                return {key: self._clean(one) for key, one in value.items()}
            case list() | tuple():
                return type(value)(self._clean(one) for one in value)
            case _:
                shown = str(value)
                cleaned = self.text(shown)
                return value if cleaned == shown else cleaned


def _forms_of(secret: str) -> set[str]:
    return {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1]}


def redacting(secrets: Iterable[str]) -> Redaction:
    """Give what hides ``secrets`` in standard-library and structlog records; empty ones are ignored."""
    return Redaction(secrets)
