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

from digest.clock import Clock
from digest.email_address import normal_address
from digest.errors import BadRequest
from digest.links import Purpose, hashed, looks_like_token, new_nonce, token_of
from digest.membership import Choice, Membership, Start, check_choice, resumed, scheduled
from digest.model import OptIn, Preferences, Reader, Subscriber, Target

LIFE = timedelta(hours=48)
"""How long the link in the mail says yes."""

A_DAY = timedelta(days=1)
AN_HOUR = timedelta(hours=1)
MAILS_A_NETWORK = 20
MAILS_IN_ALL = 200
"""How many mails are queued in an hour at most: for visitors of one network, and for all."""

_PREFIX = {4: 24, 6: 48}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most ``most`` in each span of ``within``, counted under a mark that names nobody."""

    mark: str
    most: int
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is written down when an address signs up: who they would be, and the mail that asks them."""

    subscriber: Subscriber
    target: Target
    content: OptIn
    hash: str
    expires_at: datetime


class Asked(StrEnum):
    """What a sign-up comes to, as far as whoever signs up is told."""

    LOOK_INTO_YOUR_MAIL = "look_into_your_mail"
    NOT_AN_ADDRESS = "not_an_address"
    TOO_MANY = "too_many"


class Answer(StrEnum):
    """What a link of the mail opens."""

    OPEN = "open"
    DONE = "done"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits behind a link: the reader who would be, or who already is.

    ``owner`` is whose address it is already, where it is somebody's.
    """

    answer: Answer
    subscriber: Subscriber | None = None
    address: str = ""
    owner: Subscriber | None = None


Accept = Callable[[Subscriber | None, Subscriber], Subscriber]
"""Makes a reader of who owns the address already, if anybody, and of who was asked."""


class SignUps(Protocol):
    """What signing up needs of the store; every method is one transaction."""

    async def ask(self, question: Question, limits: Sequence[Limit], own: Limit, at: datetime) -> bool:
        """Write a question down and queue its mail; False, and nothing is written, where a limit is reached.

        An address whose ``own`` limit is reached gets no mail and counts under no other limit. A suppressed
        one gets none and counts as if it did. The answer, and the work, are the same.
        """
        ...

    async def waiting(self, hash_: str, at: datetime) -> Waiting:
        """Give what waits behind the link with this hash."""
        ...

    async def tidy(self, at: datetime, longest: timedelta) -> None:
        """Erase who did not say yes in time, and counts that are older than the ``longest`` limit."""
        ...

    async def confirm(self, hash_: str, at: datetime, accept: Accept) -> Reader | None:
        """Say yes, once: the address is that of whom ``accept`` makes. None where nothing waits there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """What a visitor of the sign-up page can do."""

    sign_ups: SignUps
    membership: Membership
    secret: bytes
    clock: Clock

    async def ask(self, address: str, choice: Choice, *, network: str) -> Asked:
        """Ask an address whether it wants what ``choice`` says; ``network`` is whence the visitor came.

        Raises ``BadRequest`` where the choice makes no sense.
        """
        try:
            normal = normal_address(address)
        except BadRequest:
            return Asked.NOT_AN_ADDRESS
        check_choice(choice)
        now, nonce = self.clock(), new_nonce()
        # Where their reading begins is decided when they say yes.
        subscriber = Subscriber(
            id=0,
            preferences=replace(self.membership.defaults, **choice),
            created_at=now,
            next_at=None,
            watermark=0,
            since=None,
        )
        question = Question(
            subscriber=subscriber,
            target=Target.email(normal),
            content=OptIn(nonce=nonce, hours=_hours(LIFE), locale=subscriber.preferences.locale),
            hash=hashed(token_of(self.secret, Purpose.CONFIRM, nonce)),
            expires_at=now + LIFE,
        )
        own = Limit(mark=self._mark(f"sign-ups of {mailbox_of(normal)}"), most=1, within=A_DAY)
        taken = await self.sign_ups.ask(question, self._limits(network), own, now)
        return Asked.LOOK_INTO_YOUR_MAIL if taken else Asked.TOO_MANY

    async def waiting(self, token: str) -> Waiting:
        """Give what a link of the mail opens; looking changes nothing."""
        if not looks_like_token(token):
            return Waiting(answer=Answer.UNKNOWN)
        waiting = await self.sign_ups.waiting(hashed(token), self.clock())
        if waiting.answer is not Answer.OPEN or waiting.subscriber is None or waiting.owner is None:
            return waiting
        kept = kept_preferences(waiting.owner, waiting.subscriber)
        return replace(waiting, subscriber=replace(waiting.owner, preferences=kept))

    async def confirm(self, token: str) -> Reader | None:
        """Say yes; None where nothing waits behind the link (any more)."""
        if not looks_like_token(token):
            return None
        start = await self.membership.people.start()
        now = self.clock()
        return await self.sign_ups.confirm(
            hashed(token), now, lambda before, asked: accepted(before, asked, start, now)
        )

    async def tidy(self) -> None:
        """Erase whoever did not say yes in time, and what was counted so long ago that it counts no more."""
        await self.sign_ups.tidy(self.clock(), A_DAY)

    def _limits(self, network: str) -> Sequence[Limit]:
        """Give the limits that say nothing about an address: whoever meets one may be told."""
        return (
            Limit(mark=self._mark("sign-ups"), most=MAILS_IN_ALL, within=AN_HOUR),
            Limit(mark=self._mark(f"sign-ups from {network}"), most=MAILS_A_NETWORK, within=AN_HOUR),
        )

    def _mark(self, text: str) -> str:
        """Give a keyed hash: it counts without naming anybody."""
        return hmac.new(self.secret, text.encode(), sha256).hexdigest()


def accepted(before: Subscriber | None, asked: Subscriber, start: Start, now: datetime) -> Subscriber:
    """Return the reader whom a yes makes: a new one as ``asked``, or ``before``, who goes on.

    What a known reader chose stays: anybody may have filled the form, and the page of preferences is theirs.
    """
    if before is None:
        return scheduled(resumed(asked, start), now)
    known = replace(before, preferences=kept_preferences(before, asked))
    return scheduled(resumed(known, start) if before.paused or before.next_at is None else known, now)


def kept_preferences(before: Subscriber, asked: Subscriber) -> Preferences:
    """Return what a known reader gets after a yes: the form's domains only where they follow nothing."""
    if before.preferences.nothing:
        return replace(before.preferences, domains=asked.preferences.domains)
    return before.preferences


def mailbox_of(address: str) -> str:
    """Give the mailbox of an address: what stands behind a plus is its owner's own label (RFC 5233)."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def network_of(address: str) -> str:
    """Give the network under which an IP address counts: /24 of IPv4, /48 of IPv6; other words stay."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    return str(ip_network(f"{ip}/{_PREFIX[ip.version]}", strict=False))


def _hours(span: timedelta) -> int:
    return int(span.total_seconds()) // 3600
