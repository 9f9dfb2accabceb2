"""What a link from a mail lets its holder do: unsubscribe its address, or see to all of its reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from digest.model import Delivery, Digest, Endpoint, EndpointState, Subscriber, SubscriberProfile
from digest.model.clock import Clock
from digest.model.links import (
    EmailLinks,
    LinkBuilder,
    TokenPurpose,
    hash_token,
    is_token_format,
    is_web_copy_signature,
    make_token,
    new_nonce,
)
from digest.model.reasons import Reason, ReasonCode
from digest.model.verp import Verp
from digest.services.subscriptions import SubscriberUpdate, SubscriptionService, reschedule, restart_from

_PERMANENT = (TokenPurpose.UNSUBSCRIBE, TokenPurpose.PREFERENCES)
_MAX_CACHED = 50_000

REACTIVATABLE = frozenset({EndpointState.UNREACHABLE, EndpointState.UNSUBSCRIBED})
"""States from which a reader may let an endpoint receive again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkToken:
    """What the store keeps of one token: the nonce that it was made of, and its hash."""

    purpose: TokenPurpose
    nonce: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOwner:
    """Who holds a valid link: the endpoint it was mailed to, and its reader."""

    profile: SubscriberProfile
    endpoint: Endpoint


class InvalidLink(StrEnum):
    """Why a link opens nothing."""

    UNKNOWN = "unknown"
    ERASED = "erased"


class LinkTokenStore(Protocol):
    """What access needs of the store; every method is one transaction."""

    async def newest_tokens(self, endpoint: int) -> Mapping[TokenPurpose, LinkToken]:
        """Return the newest key of an endpoint for each purpose."""
        ...

    async def save_tokens(self, endpoint: int, tokens: Sequence[LinkToken], at: datetime) -> bool:
        """Add keys; False where the endpoint is no more."""
        ...

    async def find_owner(self, hash_: str, purpose: TokenPurpose) -> LinkOwner | InvalidLink:
        """Return who holds the token with this hash."""
        ...

    async def deactivate(self, endpoint: int, reason: Reason, at: datetime) -> bool:
        """Unsubscribe an active endpoint and cancel what waits for it; False where it was not active."""
        ...

    async def reactivate(self, endpoint: int, change: SubscriberUpdate) -> bool:
        """Reactivate a ``REACTIVATABLE`` endpoint and update its subscriber; False for any other endpoint."""
        ...

    async def export_data(self, subscriber: int) -> Mapping[str, Any]:
        """Return everything that is kept about a reader, as JSON values."""
        ...

    async def find_digest(self, number: int) -> Delivery | None:
        """Return a delivery of a digest by its number, whatever became of it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailLinkService:
    """Makes the links of mails, and does what their holders ask.

    ``links`` is None without ``PUBLIC_URL``, ``verp`` without a mailbox in which mail comes back.
    """

    store: LinkTokenStore
    subscriptions: SubscriptionService
    links: LinkBuilder | None
    secret: bytes
    clock: Clock
    verp: Verp | None = None
    _cache: dict[int, Mapping[TokenPurpose, str]] = field(default_factory=dict, repr=False)

    async def links_for(self, delivery: Delivery) -> EmailLinks | None:
        """Return the links of a mail, the same for a repeat of it; None where nobody would answer them."""
        if self.links is None and self.verp is None:
            return None
        tokens = await self._tokens_for(delivery.endpoint_id)
        mailto = self.verp.unsubscribe_mailto(tokens[TokenPurpose.UNSUBSCRIBE]) if self.verp else None
        if self.links is None:
            return EmailLinks(unsubscribe=str(mailto), mailto=mailto)
        links = self.links.email_links(
            unsubscribe=tokens[TokenPurpose.UNSUBSCRIBE],
            preferences=tokens[TokenPurpose.PREFERENCES],
            delivery=delivery.id if isinstance(delivery.content, Digest) else None,
            key=delivery.key,
        )
        return replace(links, mailto=mailto)

    async def find_owner(self, token: str, purpose: TokenPurpose) -> LinkOwner | InvalidLink:
        """Return who holds a token."""
        if not is_token_format(token):
            return InvalidLink.UNKNOWN
        return await self.store.find_owner(hash_token(token), purpose)

    async def unsubscribe(self, token: str) -> LinkOwner | InvalidLink:
        """Stop the mail to the token's address; asking again changes nothing. Gives the holder as before."""
        found = await self.find_owner(token, TokenPurpose.UNSUBSCRIBE)
        if isinstance(found, LinkOwner):
            await self.store.deactivate(found.endpoint.id, Reason(ReasonCode.UNSUBSCRIBED_BY_LINK), self.clock())
        return found

    async def resubscribe(self, token: str) -> LinkOwner | InvalidLink:
        """Reactivate the token's address, from the latest report on."""
        found = await self.find_owner(token, TokenPurpose.UNSUBSCRIBE)
        if isinstance(found, LinkOwner):
            await self._reactivate(found.endpoint)
        return found

    async def set_enabled(self, owner: LinkOwner, endpoint: int, *, enabled: bool) -> bool:
        """Switch an endpoint of the token's owner on or off; False if it is not theirs or cannot be switched."""
        mine = next((one for one in owner.profile.endpoints if one.id == endpoint), None)
        if mine is None:
            return False
        if enabled:
            return await self._reactivate(mine)
        return await self.store.deactivate(mine.id, Reason(ReasonCode.UNSUBSCRIBED_ON_PAGE), self.clock())

    async def export_data(self, owner: LinkOwner) -> Mapping[str, Any]:
        """Return everything that is kept about the holder, as JSON values."""
        return await self.store.export_data(owner.profile.subscriber.id)

    async def web_copy(self, delivery: int, signature: str) -> Delivery | None:
        """Return the delivery of a digest whose copy a signature opens, None where it opens none."""
        if not is_token_format(signature):
            return None
        found = await self.store.find_digest(delivery)
        if found is None or not is_web_copy_signature(self.secret, delivery, found.key, signature):
            return None
        return found

    async def preferences_token(self, endpoint: Endpoint) -> str:
        """Return the token of an endpoint's page of preferences, to whoever has just proved to own it."""
        return (await self._tokens_for(endpoint.id))[TokenPurpose.PREFERENCES]

    async def _reactivate(self, endpoint: Endpoint) -> bool:
        start, now = await self.subscriptions.store.starting_point(), self.clock()

        def change(subscriber: Subscriber) -> Subscriber:
            resting = subscriber.next_digest_at is None and not subscriber.paused
            return reschedule(restart_from(subscriber, start) if resting else subscriber, now)

        return await self.store.reactivate(endpoint.id, change)

    async def _tokens_for(self, endpoint: int) -> Mapping[TokenPurpose, str]:
        """Return an endpoint's tokens; those of another key are made anew, and stay good as well."""
        if known := self._cache.get(endpoint):
            return known
        newest = await self.store.newest_tokens(endpoint)
        tokens = {p: make_token(self.secret, p, newest[p].nonce) for p in _PERMANENT if p in newest}
        good = {p: token for p, token in tokens.items() if hash_token(token) == newest[p].hash}
        fresh = {purpose: new_nonce() for purpose in _PERMANENT if purpose not in good}
        made = {purpose: make_token(self.secret, purpose, nonce) for purpose, nonce in fresh.items()}
        if made:
            keys = [LinkToken(purpose=p, nonce=fresh[p], hash=hash_token(token)) for p, token in made.items()]
            await self.store.save_tokens(endpoint, keys, self.clock())
        if len(self._cache) >= _MAX_CACHED:
            self._cache.clear()
        self._cache[endpoint] = {**good, **made}
        return self._cache[endpoint]
