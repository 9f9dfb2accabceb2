"""Signing up on the page: an address is asked by mail whether it wants the digest (double opt-in).

Whatever an address is to us, the answer and the work are the same: the page tells nobody who reads here.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from ipaddress import ip_address, ip_network
from typing import Protocol

from digest.model import PreferenceChanges, Preferences, SignupConfirmation, Subscriber, SubscriberProfile, Target
from digest.model.clock import Clock
from digest.model.email_address import normalize_email
from digest.model.errors import InvalidInput
from digest.model.links import TokenPurpose, hash_token, is_token_format, make_token, new_nonce
from digest.services.preferences import validate_preferences
from digest.services.subscriptions import StartingPoint, SubscriptionService, reschedule, restart_from

LINK_LIFETIME = timedelta(hours=48)
"""How long the link in the mail says yes."""

ONE_DAY = timedelta(days=1)
ONE_HOUR = timedelta(hours=1)
MAX_EMAILS_PER_NETWORK = 20
MAX_EMAILS_IN_TOTAL = 200
"""How many mails are queued in an hour at most: for visitors of one network, and for all."""

_PREFIX_LENGTH = {4: 24, 6: 48}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignupLimit:
    """At most ``max_count`` in each span of ``period``, counted under a mark that names nobody."""

    key: str
    max_count: int
    period: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SignupRequest:
    """What is written down when an address signs up: who they would be, and the mail that asks them."""

    subscriber: Subscriber
    target: Target
    content: SignupConfirmation
    hash: str
    expires_at: datetime


class SignupResponse(StrEnum):
    """What a sign-up comes to, as far as whoever signs up is told."""

    CONFIRMATION_SENT = "look_into_your_mail"
    INVALID_ADDRESS = "not_an_address"
    TOO_MANY = "too_many"


class ConfirmationStatus(StrEnum):
    """What a link of the mail opens."""

    PENDING = "open"
    CONFIRMED = "done"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSignup:
    """What waits behind a link: the reader who would be, or who already is.

    ``owner`` is whose address it is already, where it is somebody's.
    """

    status: ConfirmationStatus
    subscriber: Subscriber | None = None
    address: str = ""
    owner: Subscriber | None = None


AcceptFunction = Callable[[Subscriber | None, Subscriber], Subscriber]
"""Makes a reader of who owns the address already, if anybody, and of who was asked."""


class SignupStore(Protocol):
    """What signing up needs of the store; every method is one transaction."""

    async def save_request(
        self, signup: SignupRequest, limits: Sequence[SignupLimit], per_address_limit: SignupLimit, at: datetime
    ) -> bool:
        """Write a question down and queue its mail; False, and nothing is written, where a limit is reached.

        An address whose ``per_address_limit`` limit is reached gets no mail and counts under no other limit.
        A suppressed one gets none and counts as if it did. The answer, and the work, are the same.
        """
        ...

    async def find_pending(self, hash_: str, at: datetime) -> PendingSignup:
        """Return what waits behind the link with this hash."""
        ...

    async def purge_expired(self, at: datetime, longest_period: timedelta) -> None:
        """Erase who did not say yes in time, and counts that are older than the ``longest_period`` limit."""
        ...

    async def confirm(self, hash_: str, at: datetime, accept: AcceptFunction) -> SubscriberProfile | None:
        """Confirm once: the address belongs to the subscriber that ``accept`` makes. None if nothing is pending."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SignupService:
    """What a visitor of the sign-up page can do."""

    store: SignupStore
    subscriptions: SubscriptionService
    secret: bytes
    clock: Clock

    async def request_confirmation(self, address: str, changes: PreferenceChanges, *, network: str) -> SignupResponse:
        """Ask an address whether it wants what ``changes`` says; ``network`` is whence the visitor came.

        Raises ``InvalidInput`` where the choice makes no sense.
        """
        try:
            normal = normalize_email(address)
        except InvalidInput:
            return SignupResponse.INVALID_ADDRESS
        validate_preferences(changes)
        now, nonce = self.clock(), new_nonce()
        # Where their reading begins is decided when they say yes.
        subscriber = Subscriber(
            id=0,
            preferences=replace(self.subscriptions.defaults, **changes),
            created_at=now,
            next_digest_at=None,
            last_paper_seq=0,
            papers_since=None,
        )
        question = SignupRequest(
            subscriber=subscriber,
            target=Target.email(normal),
            content=SignupConfirmation(
                nonce=nonce, valid_hours=_hours(LINK_LIFETIME), locale=subscriber.preferences.locale
            ),
            hash=hash_token(make_token(self.secret, TokenPurpose.CONFIRM, nonce)),
            expires_at=now + LINK_LIFETIME,
        )
        own = SignupLimit(key=self._keyed_hash(f"sign-ups of {strip_plus_tag(normal)}"), max_count=1, period=ONE_DAY)
        taken = await self.store.save_request(question, self._total_limits(network), own, now)
        return SignupResponse.CONFIRMATION_SENT if taken else SignupResponse.TOO_MANY

    async def find_pending(self, token: str) -> PendingSignup:
        """Return what a link of the mail opens; looking changes nothing."""
        if not is_token_format(token):
            return PendingSignup(status=ConfirmationStatus.UNKNOWN)
        waiting = await self.store.find_pending(hash_token(token), self.clock())
        if waiting.status is not ConfirmationStatus.PENDING or waiting.subscriber is None or waiting.owner is None:
            return waiting
        kept = merge_preferences(waiting.owner, waiting.subscriber)
        return replace(waiting, subscriber=replace(waiting.owner, preferences=kept))

    async def confirm(self, token: str) -> SubscriberProfile | None:
        """Confirm; None if nothing is pending behind the link."""
        if not is_token_format(token):
            return None
        start = await self.subscriptions.store.starting_point()
        now = self.clock()
        return await self.store.confirm(
            hash_token(token), now, lambda before, asked: accept_signup(before, asked, start, now)
        )

    async def purge_expired(self) -> None:
        """Erase whoever did not say yes in time, and what was counted so long ago that it counts no more."""
        await self.store.purge_expired(self.clock(), ONE_DAY)

    def _total_limits(self, network: str) -> Sequence[SignupLimit]:
        """Return the limits that say nothing about an address: whoever meets one may be told."""
        return (
            SignupLimit(key=self._keyed_hash("sign-ups"), max_count=MAX_EMAILS_IN_TOTAL, period=ONE_HOUR),
            SignupLimit(
                key=self._keyed_hash(f"sign-ups from {network}"), max_count=MAX_EMAILS_PER_NETWORK, period=ONE_HOUR
            ),
        )

    def _keyed_hash(self, text: str) -> str:
        """Return a keyed hash: it counts without naming anybody."""
        return hmac.new(self.secret, text.encode(), sha256).hexdigest()


def accept_signup(
    existing: Subscriber | None, requested: Subscriber, start: StartingPoint, now: datetime
) -> Subscriber:
    """Return the reader whom a yes makes: a new one as ``requested``, or ``existing``, who goes on.

    What a known reader chose stays: anybody may have filled the form, and the page of preferences is theirs.
    """
    if existing is None:
        return reschedule(restart_from(requested, start), now)
    known = replace(existing, preferences=merge_preferences(existing, requested))
    return reschedule(restart_from(known, start) if existing.paused or existing.next_digest_at is None else known, now)


def merge_preferences(existing: Subscriber, requested: Subscriber) -> Preferences:
    """Return what a known reader gets after a yes: the form's domains only where they follow nothing."""
    if existing.preferences.is_empty:
        return replace(existing.preferences, domains=requested.preferences.domains)
    return existing.preferences


def strip_plus_tag(address: str) -> str:
    """Return the mailbox of an address: what stands behind a plus is its owner's own label (RFC 5233)."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def client_network(address: str) -> str:
    """Return the network under which an IP address counts: /24 of IPv4, /48 of IPv6; other words stay."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    return str(ip_network(f"{ip}/{_PREFIX_LENGTH[ip.version]}", strict=False))


def _hours(span: timedelta) -> int:
    return int(span.total_seconds()) // 3600
