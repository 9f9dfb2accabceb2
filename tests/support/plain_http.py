"""Asking servers on loopback over plain HTTP."""

import ssl

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody, and is made in no time: httpx reads every authority again for each client without it."""
