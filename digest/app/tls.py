"""Which certificates are trusted: the operator's, or the system's."""

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
