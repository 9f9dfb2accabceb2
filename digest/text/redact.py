"""Addresses made unreadable where strangers may read: in logs, and where they belong to nobody we know.

Keeps secrets out of logs: the bot token stands in httpx' INFO lines and in PTB's DEBUG lines.
"""

import json
import logging
import re
from collections.abc import Iterable, MutableMapping
from typing import Any, overload
from urllib.parse import quote


def mask_address(address: str) -> str:
    """Return ``a…@example.org`` for an address, and ``…123`` for a chat's number."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}" if at else f"…{address[-3:]}"


_ADDRESS = re.compile(r"([^\s<>()\[\]\",;:@=])[^\s<>()\[\]\",;:@=]{0,200}@([\w.-]{1,253})")


@overload
def redact_addresses(text: str) -> str: ...
@overload
def redact_addresses(text: None) -> None: ...
def redact_addresses(text: str | None) -> str | None:
    """Return a text with each address in it masked; None stays None."""
    return None if text is None else _ADDRESS.sub(r"\1…@\2", text)


REDACTED = "***"
TOKEN_PATTERN = re.compile(r"(?<!\d)\d{5,}:[A-Za-z0-9_-]{20,}")


def redact_tokens(text: str) -> str:
    """Return ``redact`` with everything that looks like a bot token hidden."""
    return TOKEN_PATTERN.sub(REDACTED, text)


class SecretRedactor(logging.Filter):
    """Hides secrets in everything that passes; never drops a record.

    As a filter it belongs on handlers: a filter on a logger does not see its children's records.
    As a structlog processor it belongs last, after the renderer, where everything is text already.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        forms = {form for secret in secrets if secret.strip() for form in _secret_forms(secret)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._secrets = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def redact(self, text: str) -> str:
        """Return ``redact`` without secrets, as themselves, URL-quoted or JSON-escaped."""
        return text if self._secrets is None else self._secrets.sub(REDACTED, text)

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean message, arguments, traceback, stack and extra fields of ``record``; always True."""
        if isinstance(record.msg, dict):
            record.msg = self._redact_value(record.msg)
        else:
            record.msg, record.args = self.redact(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = record.exc_text or logging.Formatter().formatException(record.exc_info)
            record.exc_info = None
        if record.exc_text:
            record.exc_text = self.redact(record.exc_text)
        for name, value in record.__dict__.items():
            if isinstance(value, str) and name not in ("msg", "exc_text"):
                setattr(record, name, self.redact(value))
        return True

    def __call__(
        self, _logger: object, _method: str, event: MutableMapping[str, Any] | str | bytes
    ) -> MutableMapping[str, Any] | str | bytes:
        """Clean what structlog passes: a rendered line, or an event with all its values."""
        if isinstance(event, bytes):
            return self.redact(event.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        if isinstance(event, str):
            return self.redact(event)
        return {key: self._redact_value(value) for key, value in event.items()}

    def _redact_value(self, value: Any) -> Any:  # noqa: ANN401 - whatever people log
        match value:
            case str():
                return self.redact(value)
            case dict():
                return {key: self._redact_value(one) for key, one in value.items()}
            case list() | tuple():
                return type(value)(self._redact_value(one) for one in value)
            case _:
                shown = str(value)
                cleaned = self.redact(shown)
                return value if cleaned == shown else cleaned


def _secret_forms(secret: str) -> set[str]:
    return {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1]}


def secret_redactor(secrets: Iterable[str]) -> SecretRedactor:
    """Return what hides ``secrets`` in standard-library and structlog records; empty ones are ignored."""
    return SecretRedactor(secrets)
