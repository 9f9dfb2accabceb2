"""Addresses as a page shows them to whoever holds a link: enough for their owner, little for others."""


def mask_address(address: str) -> str:
    """Return ``a…@example.org`` for an address, and ``…123`` for a chat's number."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}" if at else f"…{address[-3:]}"
