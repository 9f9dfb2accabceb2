"""What a link from a mail lets its holder do: unsubscribe its address, or see to all of its reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from digest.clock import Clock
from digest.links import (
    LinkMaker,
    MailLinks,
    Purpose,
    hashed,
    is_copy_signature,
    looks_like_token,
    new_nonce,
    token_of,
)
from digest.membership import Change, Membership, resumed, scheduled
from digest.model import Delivery, Digest, Endpoint, EndpointState, Reader, Subscriber
from digest.reasons import Reason, ReasonCode
from digest.verp import Verp

_LASTING = (Purpose.UNSUBSCRIBE, Purpose.PREFERENCES)
_MOST_REMEMBERED = 50_000

SWITCHABLE = frozenset({EndpointState.GONE, EndpointState.UNSUBSCRIBED})
"""States from which a reader may let an endpoint receive again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What the store keeps of one token: the nonce that it was made of, and its hash."""

    purpose: Purpose
    nonce: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a valid link: the endpoint it was mailed to, and its reader."""

    reader: Reader
    endpoint: Endpoint


class NoHolder(StrEnum):
    """Why a link opens nothing."""

    UNKNOWN = "unknown"
    ERASED = "erased"


class Keys(Protocol):
    """What access needs of the store; every method is one transaction."""

    async def newest(self, endpoint: int) -> Mapping[Purpose, Key]:
        """Give the newest key of an endpoint for each purpose."""
        ...

    async def keep(self, endpoint: int, keys: Sequence[Key], at: datetime) -> bool:
        """Add keys; False where the endpoint is no more."""
        ...

    async def holder(self, hash_: str, purpose: Purpose) -> Holder | NoHolder:
        """Give who holds the token with this hash."""
        ...

    async def stop(self, endpoint: int, reason: Reason, at: datetime) -> bool:
        """Unsubscribe an active endpoint and cancel what waits for it; False where it was not active."""
        ...

    async def go_on(self, endpoint: int, change: Change) -> bool:
        """Let a ``SWITCHABLE`` endpoint receive again, its reader changed; False where it is none."""
        ...

    async def record(self, subscriber: int) -> Mapping[str, Any]:
        """Give everything that is kept about a reader, as JSON values."""
        ...

    async def delivery(self, number: int) -> Delivery | None:
        """Give a delivery of a digest by its number, whatever became of it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Makes the links of mails, and does what their holders ask.

    ``links`` is None without ``PUBLIC_URL``, ``verp`` without a mailbox in which mail comes back.
    """

    keys: Keys
    membership: Membership
    links: LinkMaker | None
    secret: bytes
    clock: Clock
    verp: Verp | None = None
    _known: dict[int, Mapping[Purpose, str]] = field(default_factory=dict, repr=False)

    async def mail_links(self, delivery: Delivery) -> MailLinks | None:
        """Give the links of a mail, the same for a repeat of it; None where nobody would answer them."""
        if self.links is None and self.verp is None:
            return None
        tokens = await self._tokens(delivery.endpoint)
        mailto = self.verp.mailto(tokens[Purpose.UNSUBSCRIBE]) if self.verp else None
        if self.links is None:
            return MailLinks(unsubscribe=str(mailto), mailto=mailto)
        links = self.links.mail(
            unsubscribe=tokens[Purpose.UNSUBSCRIBE],
            preferences=tokens[Purpose.PREFERENCES],
            delivery=delivery.id if isinstance(delivery.content, Digest) else None,
            key=delivery.key,
        )
        return replace(links, mailto=mailto)

    async def holder(self, token: str, purpose: Purpose) -> Holder | NoHolder:
        """Give who holds a token."""
        if not looks_like_token(token):
            return NoHolder.UNKNOWN
        return await self.keys.holder(hashed(token), purpose)

    async def unsubscribe(self, token: str) -> Holder | NoHolder:
        """Stop the mail to the token's address; asking again changes nothing. Gives the holder as before."""
        found = await self.holder(token, Purpose.UNSUBSCRIBE)
        if isinstance(found, Holder):
            await self.keys.stop(found.endpoint.id, Reason(ReasonCode.UNSUBSCRIBED_BY_LINK), self.clock())
        return found

    async def subscribe_again(self, token: str) -> Holder | NoHolder:
        """Let the token's address receive again, from the newest report on."""
        found = await self.holder(token, Purpose.UNSUBSCRIBE)
        if isinstance(found, Holder):
            await self._go_on(found.endpoint)
        return found

    async def switch(self, holder: Holder, endpoint: int, *, on: bool) -> bool:
        """Let one of the holder's endpoints receive or not; False where that is not theirs, or cannot be."""
        mine = next((one for one in holder.reader.endpoints if one.id == endpoint), None)
        if mine is None:
            return False
        if on:
            return await self._go_on(mine)
        return await self.keys.stop(mine.id, Reason(ReasonCode.UNSUBSCRIBED_ON_PAGE), self.clock())

    async def record(self, holder: Holder) -> Mapping[str, Any]:
        """Give everything that is kept about the holder, as JSON values."""
        return await self.keys.record(holder.reader.subscriber.id)

    async def copy(self, delivery: int, signature: str) -> Delivery | None:
        """Give the delivery of a digest whose copy a signature opens, None where it opens none."""
        if not looks_like_token(signature):
            return None
        found = await self.keys.delivery(delivery)
        if found is None or not is_copy_signature(self.secret, delivery, found.key, signature):
            return None
        return found

    async def preferences_token(self, endpoint: Endpoint) -> str:
        """Give the token of an endpoint's page of preferences, to whoever has just proved to own it."""
        return (await self._tokens(endpoint.id))[Purpose.PREFERENCES]

    async def _go_on(self, endpoint: Endpoint) -> bool:
        start, now = await self.membership.people.start(), self.clock()

        def change(subscriber: Subscriber) -> Subscriber:
            resting = subscriber.next_at is None and not subscriber.paused
            return scheduled(resumed(subscriber, start) if resting else subscriber, now)

        return await self.keys.go_on(endpoint.id, change)

    async def _tokens(self, endpoint: int) -> Mapping[Purpose, str]:
        """Give an endpoint's tokens; those of another key are made anew, and stay good as well."""
        if known := self._known.get(endpoint):
            return known
        newest = await self.keys.newest(endpoint)
        tokens = {p: token_of(self.secret, p, newest[p].nonce) for p in _LASTING if p in newest}
        good = {p: token for p, token in tokens.items() if hashed(token) == newest[p].hash}
        fresh = {purpose: new_nonce() for purpose in _LASTING if purpose not in good}
        made = {purpose: token_of(self.secret, purpose, nonce) for purpose, nonce in fresh.items()}
        if made:
            keys = [Key(purpose=p, nonce=fresh[p], hash=hashed(token)) for p, token in made.items()]
            await self.keys.keep(endpoint, keys, self.clock())
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[endpoint] = {**good, **made}
        return self._known[endpoint]
