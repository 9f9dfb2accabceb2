"""Linking an email address to a chat: a code goes to the address, and whoever answers with it proves it."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from digest.model import Channel, Locale, Target, VerificationCode
from digest.model.clock import Clock
from digest.model.email_address import normalize_email
from digest.model.errors import InvalidInput
from digest.services.subscriptions import EndpointStore, SubscriptionService

CODE_LIFETIME = timedelta(minutes=15)
MAX_CODE_TRIES = 5
MAX_CODES_PER_DAY = 3
"""How many codes one reader, and one address, may ask for in 24 hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCode:
    """A pending proof of an email address."""

    subscriber_id: int
    address: str
    code_hash: str
    tries: int
    expires_at: datetime


class VerificationStore(EndpointStore, Protocol):
    """What linking needs of the store; every method is one transaction."""

    async def save_code(
        self,
        pending: PendingCode,
        content: VerificationCode,
        rate_limit_keys: Sequence[str],
        at: datetime,
        *,
        since: datetime,
        limit: int,
    ) -> bool:
        """Replace the reader's pending code, queue its mail, and note the marks.

        False, and nothing done, where one of the marks has ``limit`` codes since ``since``.
        """
        ...

    async def count_try(self, subscriber: int) -> PendingCode | None:
        """Return the pending code with its tries already counted up by one, or None."""
        ...

    async def unlink(self, subscriber: int, address: str | None) -> Sequence[str]:
        """Take email addresses (all for None) from a reader, cancel what is queued; give what was taken."""
        ...


class LinkResult(StrEnum):
    """How asking for or answering with a code can end."""

    CODE_SENT = "code_sent"
    TOO_MANY_CODES = "too_many_codes"
    ALREADY_LINKED = "already_linked"
    INVALID_ADDRESS = "not_an_address"
    LINKED = "linked"
    WRONG_CODE = "wrong_code"
    NO_PENDING_CODE = "no_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStep:
    """The end of one step of linking an address (normalised), with the tries left after a wrong code."""

    result: LinkResult
    address: str = ""
    tries_left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailLinkingService:
    """What a reader can do about their email addresses; ``target`` is the chat or address that asks.

    ``secret`` keys the hash under which codes are stored.
    """

    store: VerificationStore
    subscriptions: SubscriptionService
    clock: Clock
    secret: bytes

    async def send_code(self, target: Target, address: str, *, locale: Locale | None = None) -> LinkStep:
        """Send a code to an address that the reader wants to link."""
        try:
            normal = normalize_email(address)
        except InvalidInput:
            return LinkStep(result=LinkResult.INVALID_ADDRESS)
        reader = await self.subscriptions.get_or_create(target, locale=locale)
        if normal in reader.active_addresses(Channel.EMAIL):
            return LinkStep(result=LinkResult.ALREADY_LINKED, address=normal)
        now = self.clock()
        marks = (self._keyed_hash(f"asked by {target.address}"), self._keyed_hash(f"sent to {normal}"))
        code = f"{secrets.randbelow(10**6):06d}"
        record = PendingCode(
            subscriber_id=reader.subscriber.id,
            address=normal,
            code_hash=self._hash_code(reader.subscriber.id, code),
            tries=0,
            expires_at=now + CODE_LIFETIME,
        )
        minutes = int(CODE_LIFETIME.total_seconds()) // 60
        content = VerificationCode(code=code, valid_minutes=minutes, locale=reader.preferences.locale)
        kept = await self.store.save_code(
            record, content, marks, now, since=now - timedelta(days=1), limit=MAX_CODES_PER_DAY
        )
        return LinkStep(result=LinkResult.CODE_SENT if kept else LinkResult.TOO_MANY_CODES, address=normal)

    async def confirm(self, target: Target, code: str) -> LinkStep:
        """Link the address whose code this is."""
        reader = await self.subscriptions.find_profile(target)
        record = await self.store.count_try(reader.subscriber.id) if reader else None
        if reader is None or record is None:
            return LinkStep(result=LinkResult.NO_PENDING_CODE)
        if record.expires_at <= self.clock() or record.tries > MAX_CODE_TRIES:
            return LinkStep(result=LinkResult.NO_PENDING_CODE, address=record.address)
        if not hmac.compare_digest(record.code_hash, self._hash_code(record.subscriber_id, code)):
            return LinkStep(
                result=LinkResult.WRONG_CODE, address=record.address, tries_left=MAX_CODE_TRIES - record.tries
            )
        await self.store.link(record.subscriber_id, Target.email(record.address))
        return LinkStep(result=LinkResult.LINKED, address=record.address)

    async def unlink(self, target: Target, address: str | None = None) -> Sequence[str]:
        """Unlink one address, or all of the reader's; give those that were linked."""
        reader = await self.subscriptions.find_profile(target)
        if reader is None:
            return ()
        try:
            normal = normalize_email(address) if address else None
        except InvalidInput:
            return ()
        return await self.store.unlink(reader.subscriber.id, normal)

    def _hash_code(self, subscriber: int, code: str) -> str:
        return self._keyed_hash(f"code {subscriber} {code}")

    def _keyed_hash(self, text: str) -> str:
        """Return a keyed hash: it counts without naming anybody, and outlives an erasure."""
        return hmac.new(self.secret, text.encode(), sha256).hexdigest()
