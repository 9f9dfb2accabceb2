"""Addresses by which mail that comes back is known again: made for one delivery or one reader, and read.

Each is the operator's ``BOUNCE_ADDRESS`` with something behind a plus sign (variable envelope return paths)::

    bounces+d1234-k2jqyf3s7h5mwx6e@example.org      the envelope's sender of delivery 1234
    bounces+u-mfrggzdfmztwq2lknnwg23tpob@example.org  unsubscribes whoever got this token

Servers on the way may write local parts in small letters, so that bytes are in base32 (RFC 4648 section 6).
A delivery's number is signed with 80 bits of a keyed hash: who has not seen the mail cannot let it bounce.
The domain and what stands before the plus sign are not looked at, for forwarders rewrite both (SRS, BATV).
"""

import hmac
import re
from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase32
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

from digest.model.errors import InvalidSettings

MAX_LOCAL_PART = 64
"""Octets that a local part may have (RFC 5321 section 4.5.3.1.1)."""

_MAC_BYTES = 10
_TOKEN_BYTES = 16
_MAX_DIGITS = 18
_MAX_KEY_LENGTH = len("+d-") + _MAX_DIGITS + 16
_DELIVERY_PATTERN = re.compile(rf"\+d([1-9]\d{{0,{_MAX_DIGITS - 1}}})-([a-z2-7]{{16}})@", re.IGNORECASE)
_TOKEN_PATTERN = re.compile(r"\+u-([a-z2-7]{26})@", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verp:
    """Makes the addresses of one ``BOUNCE_ADDRESS`` and reads them.

    Raises ``InvalidSettings`` where that is too long.
    """

    address: str
    secret: bytes

    def __post_init__(self) -> None:
        local, _, _ = self.address.rpartition("@")
        room = MAX_LOCAL_PART - _MAX_KEY_LENGTH
        if len(local.encode()) > room:
            raise InvalidSettings(f"BOUNCE_ADDRESS={self.address}: at most {room} signs may stand before the @")

    def __repr__(self) -> str:
        """Show the address, never the key."""
        return f"Verp({self.address})"

    def envelope_sender(self, delivery: int) -> str:
        """Return the envelope's sender of a delivery."""
        return self._with(f"d{delivery}-{self._mac(delivery)}")

    def unsubscribe_address(self, token: str) -> str:
        """Return the address that unsubscribes whoever got this token (``digest.model.links``)."""
        data = urlsafe_b64decode(token + "==")
        return self._with(f"u-{b32encode(data).decode().rstrip('=').lower()}")

    def unsubscribe_mailto(self, token: str) -> str:
        """Return the URL that unsubscribes whoever got this token, by mail (RFC 6068, RFC 2369)."""
        return f"mailto:{quote(self.unsubscribe_address(token), safe='@+')}?subject=unsubscribe"

    def find_deliveries(self, addresses: Iterable[str]) -> Iterator[int]:
        """Return the deliveries whose signed number stands in one of these addresses."""
        for address in addresses:
            for number, mac in _DELIVERY_PATTERN.findall(address):
                if hmac.compare_digest(self._mac(int(number)), mac.lower()):
                    yield int(number)

    def find_tokens(self, addresses: Iterable[str]) -> Iterator[str]:
        """Return the tokens in these addresses as they stand in links; which are good the store knows."""
        for address in addresses:
            for text in _TOKEN_PATTERN.findall(address):
                try:
                    data = b32decode(f"{text.upper()}======")
                except NotBase32:
                    continue
                yield urlsafe_b64encode(data[:_TOKEN_BYTES]).rstrip(b"=").decode()

    def _with(self, key: str) -> str:
        local, _, domain = self.address.rpartition("@")
        return f"{local}+{key}@{domain}"

    def _mac(self, delivery: int) -> str:
        mac = hmac.new(self.secret, b"verp\0" + str(delivery).encode(), sha256).digest()
        return b32encode(mac[:_MAC_BYTES]).decode().lower()


def message_id_local_part(secret: bytes, key: str) -> str:
    """Return what stands before the @ in the Message-ID of the delivery with this key."""
    return hmac.new(secret, b"message-id\0" + key.encode(), sha256).hexdigest()[:32]
