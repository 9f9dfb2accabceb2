"""Names of hosts on the internet, as far as their form goes (RFC 1123, section 2.1)."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

import idna

MAX_HOST_NAME = 253
LABEL_PATTERN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
LOCAL_LABELS = ("localhost", "localdomain")
ADDRESS_LITERAL = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f:.]+)\]")


def is_full_host_name(text: str) -> bool:
    """Return whether ``text`` is a full name like ``mail.example.org``, not one of this machine alone."""
    labels = text.split(".")
    return (
        len(labels) > 1
        and len(text) <= MAX_HOST_NAME
        and all(LABEL_PATTERN.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
        and not any(label.lower() in LOCAL_LABELS for label in labels)
    )


def is_address_literal(text: str) -> bool:
    """Return whether ``text`` is an IP address in brackets (RFC 5321, section 4.1.3)."""
    found = ADDRESS_LITERAL.fullmatch(text)
    if found is None:
        return False
    try:
        version = ip_address(found[1]).version
    except ValueError:
        return False
    return (version == 6) == text.startswith("[IPv6:")  # noqa: PLR2004 - the version of IP


def find_host_name(url: str | None) -> str | None:
    """Return the full host name in a URL, in ASCII; None for an IP address, ``localhost`` and no URL."""
    host = urlsplit(url).hostname if url else None
    if host is None:
        return None
    try:
        ascii_host = host if host.isascii() else idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return None
    return ascii_host if is_full_host_name(ascii_host) else None
