"""The name with which the sender introduces itself to a mail server (EHLO; RFC 5321, section 4.1.1.1).

Many relays refuse the address in brackets that the RFC allows to a client without a name: it comes last.
"""

import asyncio
import socket
from functools import cache

from digest.model.host_name import is_full_host_name

LOOKUP_TIMEOUT = 5.0
"""How long the system may look for this host's full name; it may ask name servers that are away."""


async def full_host_name() -> str | None:
    """Return this host's full name as the system knows it, None where it knows none in time."""
    try:
        async with asyncio.timeout(LOOKUP_TIMEOUT):
            name = await asyncio.to_thread(_system_host_name)
    except TimeoutError:
        return None
    return name if is_full_host_name(name) else None


def address_literal(sock: socket.socket) -> str:
    """Return the address of a socket's near end in brackets (RFC 5321, section 4.1.3)."""
    address = sock.getsockname()[0]
    return f"[IPv6:{address}]" if sock.family == socket.AF_INET6 else f"[{address}]"


@cache
def _system_host_name() -> str:
    return socket.getfqdn()
