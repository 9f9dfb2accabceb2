"""Who vouches for the servers that are looked at."""

import ssl
from pathlib import Path


def authorities(ca_file: Path | None) -> ssl.SSLContext | None:
    """Give the operator's certificates, else the system's; None where the file holds none."""
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ssl.SSLError):
        return None
