"""Linking an email address to a chat: a code goes to the address, and whoever answers with it proves it."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from digest.clock import Clock
from digest.email_address import normal_address
from digest.errors import BadRequest
from digest.membership import Addresses, Membership
from digest.model import AddressCode, Channel, Locale, Target

CODE_LIFE = timedelta(minutes=15)
CODE_TRIES = 5
CODES_A_DAY = 3
"""How many codes one reader, and one address, may ask for in 24 hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRecord:
    """A pending proof of an email address."""

    subscriber: int
    address: str
    code_hash: str
    tries: int
    expires_at: datetime


class LinkedAddresses(Addresses, Protocol):
    """What linking needs of the store; every method is one transaction."""

    async def keep_code(
        self,
        record: CodeRecord,
        content: AddressCode,
        marks: Sequence[str],
        at: datetime,
        *,
        since: datetime,
        most: int,
    ) -> bool:
        """Replace the reader's pending code, queue its mail, and note the marks.

        False, and nothing done, where one of the marks has ``most`` codes since ``since``.
        """
        ...

    async def try_code(self, subscriber: int) -> CodeRecord | None:
        """Give the pending code with its tries already counted up by one, or None."""
        ...

    async def unlink(self, subscriber: int, address: str | None) -> Sequence[str]:
        """Take email addresses (all for None) from a reader, cancel what is queued; give what was taken."""
        ...


class LinkEnd(StrEnum):
    """How asking for or answering with a code can end."""

    CODE_SENT = "code_sent"
    TOO_MANY_CODES = "too_many_codes"
    ALREADY_LINKED = "already_linked"
    NOT_AN_ADDRESS = "not_an_address"
    LINKED = "linked"
    WRONG_CODE = "wrong_code"
    NO_CODE = "no_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """The end of one step of linking an address (normalised), with the tries left after a wrong code."""

    end: LinkEnd
    address: str = ""
    tries_left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Linking:
    """What a reader can do about their email addresses; ``target`` is the chat or address that asks.

    ``secret`` keys the hash under which codes are stored.
    """

    addresses: LinkedAddresses
    membership: Membership
    clock: Clock
    secret: bytes

    async def ask(self, target: Target, address: str, *, locale: Locale | None = None) -> Linked:
        """Send a code to an address that the reader wants to link."""
        try:
            normal = normal_address(address)
        except BadRequest:
            return Linked(end=LinkEnd.NOT_AN_ADDRESS)
        reader = await self.membership.join(target, locale=locale)
        if normal in reader.addresses(Channel.EMAIL):
            return Linked(end=LinkEnd.ALREADY_LINKED, address=normal)
        now = self.clock()
        marks = (self._mark(f"asked by {target.address}"), self._mark(f"sent to {normal}"))
        code = f"{secrets.randbelow(10**6):06d}"
        record = CodeRecord(
            subscriber=reader.subscriber.id,
            address=normal,
            code_hash=self._hash(reader.subscriber.id, code),
            tries=0,
            expires_at=now + CODE_LIFE,
        )
        minutes = int(CODE_LIFE.total_seconds()) // 60
        content = AddressCode(code=code, minutes=minutes, locale=reader.preferences.locale)
        kept = await self.addresses.keep_code(
            record, content, marks, now, since=now - timedelta(days=1), most=CODES_A_DAY
        )
        return Linked(end=LinkEnd.CODE_SENT if kept else LinkEnd.TOO_MANY_CODES, address=normal)

    async def confirm(self, target: Target, code: str) -> Linked:
        """Link the address whose code this is."""
        reader = await self.membership.reader(target)
        record = await self.addresses.try_code(reader.subscriber.id) if reader else None
        if reader is None or record is None:
            return Linked(end=LinkEnd.NO_CODE)
        if record.expires_at <= self.clock() or record.tries > CODE_TRIES:
            return Linked(end=LinkEnd.NO_CODE, address=record.address)
        if not hmac.compare_digest(record.code_hash, self._hash(record.subscriber, code)):
            return Linked(
                end=LinkEnd.WRONG_CODE, address=record.address, tries_left=CODE_TRIES - record.tries
            )
        await self.addresses.link(record.subscriber, Target.email(record.address))
        return Linked(end=LinkEnd.LINKED, address=record.address)

    async def unlink(self, target: Target, address: str | None = None) -> Sequence[str]:
        """Unlink one address, or all of the reader's; give those that were linked."""
        reader = await self.membership.reader(target)
        if reader is None:
            return ()
        try:
            normal = normal_address(address) if address else None
        except BadRequest:
            return ()
        return await self.addresses.unlink(reader.subscriber.id, normal)

    def _hash(self, subscriber: int, code: str) -> str:
        return self._mark(f"code {subscriber} {code}")

    def _mark(self, text: str) -> str:
        """Give a keyed hash: it counts without naming anybody, and outlives an erasure."""
        return hmac.new(self.secret, text.encode(), sha256).hexdigest()
