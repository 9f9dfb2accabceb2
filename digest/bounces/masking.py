"""Addresses made unreadable where strangers may read: in logs, and where they belong to nobody we know."""

import re
from typing import overload

_ADDRESS = re.compile(r"([^\s<>()\[\]\",;:@=])[^\s<>()\[\]\",;:@=]{0,200}@([\w.-]{1,253})")


def mask_email(address: str) -> str:
    """Return an address as its owner still knows it: ``a…@example.org``."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


@overload
def redact_addresses(text: str) -> str: ...
@overload
def redact_addresses(text: None) -> None: ...
def redact_addresses(text: str | None) -> str | None:
    """Return a text with each address in it masked; None stays None."""
    return None if text is None else _ADDRESS.sub(r"\1…@\2", text)
