"""Who vouches for a server: the operator's certificates, or the system's.

Who vouches for the servers that are looked at.
"""

import ssl
from pathlib import Path

from digest.model.errors import InvalidSettings


def load_ca_context(setting_name: str, ca_file: Path | None) -> ssl.SSLContext | None:
    """Return a context that trusts the operator's file, None for the system's authorities.

    Raises ``InvalidSettings`` naming ``setting_name`` where the file holds no certificates.
    """
    if ca_file is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise InvalidSettings(f"{setting_name}={ca_file}: no certificates in PEM form") from error


def try_ssl_context(ca_file: Path | None) -> ssl.SSLContext | None:
    """Return the operator's certificates, else the system's; None where the file holds none."""
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ssl.SSLError):
        return None
