"""Who vouches for the servers that are looked at."""

import ssl
from pathlib import Path


def try_ssl_context(ca_file: Path | None) -> ssl.SSLContext | None:
    """Return the operator's certificates, else the system's; None where the file holds none."""
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ssl.SSLError):
        return None
