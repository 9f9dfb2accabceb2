"""Mail that comes back: whose it is, and what follows from it. It never answers anybody.

Whoever can write to the address of returns can write a bounce, so that a mail counts only where it shows what
nobody has who has not seen the reader's mail: a signed delivery number or a token (``digest.verp``), or the
Message-ID of a mail to the very address that it says has failed.
"""

import asyncio
import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from digest.bounces import Against, Return, Verdict, mail_has_ended, without_addresses
from digest.clock import Clock
from digest.links import hashed
from digest.model import Locale
from digest.reasons import Reason, ReasonCode
from digest.verp import Verp, own_message_id

_MOST_ADDRESSES = 10
"""Recipients of one report that are looked up by their address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The endpoint that a mail is about, and its reader's language."""

    endpoint: int
    address: str
    locale: Locale


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was mailed to an address: the keys of its deliveries."""

    owner: Owner
    keys: Sequence[str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is kept of one mail; ``endpoint`` is None where it belongs to nobody.

    ``detail`` names no address.
    """

    fingerprint: str
    endpoint: int | None
    verdict: Verdict
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The endpoint's reader wants no more mail there."""

    reason: Reason


Consequence = Against | Ended | None
"""What a mail does to the endpoint that it is about."""


class Kept(StrEnum):
    """What became of a mail: noted, the endpoint stopped with it, or known already."""

    NOTED = "noted"
    STOPPED = "stopped"
    KNOWN = "known"


class Book(Protocol):
    """What returns need of the store; every method is one transaction."""

    async def of_delivery(self, number: int) -> Owner | None:
        """Give whom a delivery by mail went to."""
        ...

    async def of_token(self, hash_: str) -> Owner | None:
        """Give whom the token for unsubscribing with this hash was mailed to."""
        ...

    async def at_address(self, address: str) -> Written | None:
        """Give what was mailed to an address, the newest keys; None where nobody has it."""
        ...

    async def keep(self, note: Note, consequence: Consequence, at: datetime) -> Kept:
        """Note a mail and let its endpoint feel it; nothing happens for a fingerprint that is known."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One mail's end. ``endpoint`` is None where it belongs to nobody."""

    verdict: Verdict
    detail: str
    endpoint: int | None
    kept: Kept

    @property
    def needs_person(self) -> bool:
        """Tell whether a person must look: somebody wants to be unsubscribed, and shows no key."""
        return self.verdict is Verdict.UNSUBSCRIBE and self.endpoint is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """Takes mails that came back, one by one; at ``threshold`` points an address is written to no more.

    ``read`` understands the bytes of a mail; it never raises.
    """

    book: Book
    read: Callable[[bytes], Return]
    verp: Verp
    clock: Clock
    threshold: float

    async def take(self, raw: bytes) -> Taken:
        """Note what a mail means and let it have its consequence, once however often it comes."""
        found = await asyncio.to_thread(self.read, raw)
        owner = await self._owner(found)
        verdict = said(found, owner, leaving=any(self.verp.tokens(found.to)))
        detail = without_addresses(found.detail)
        note = Note(
            fingerprint=sha256(raw).hexdigest(),
            endpoint=owner.endpoint if owner else None,
            verdict=verdict,
            detail=detail,
        )
        consequence = follows(verdict, detail, owner, self.threshold)
        kept = await self.book.keep(note, consequence, self.clock())
        return Taken(verdict=verdict, detail=detail, endpoint=note.endpoint, kept=kept)

    async def _owner(self, found: Return) -> Owner | None:
        """Give whose mail this is; who asks to leave must write to an address with a key."""
        shown = found.to if found.verdict is Verdict.UNSUBSCRIBE else (*found.to, *found.quoted)
        for number in self.verp.deliveries(shown):
            if owner := await self.book.of_delivery(number):
                return owner
        for token in self.verp.tokens(shown):
            if owner := await self.book.of_token(hashed(token)):
                return owner
        return await self._owner_by_message(found)

    async def _owner_by_message(self, found: Return) -> Owner | None:
        if not found.message_ids:
            return None
        for address in _addresses(found):
            written = await self.book.at_address(address)
            if written and _is_ours(found.message_ids, written.keys, self.verp.secret):
                return written.owner
        return None


def said(found: Return, owner: Owner | None, *, leaving: bool) -> Verdict:
    """Give what a mail says of its owner; whatever comes to an address for ``leaving`` asks for that."""
    if leaving and found.verdict is Verdict.UNKNOWN:
        return Verdict.UNSUBSCRIBE
    return found.verdict_for(owner.address) if owner else found.verdict


def follows(verdict: Verdict, detail: str, owner: Owner | None, threshold: float) -> Consequence:
    """Give what follows for the owner: a point, an end, or nothing."""
    if owner is None:
        return None
    if verdict is Verdict.FAILED:
        reason = Reason(ReasonCode.BOUNCE_REPORT, detail)
        tell = mail_has_ended(owner.address, reason, owner.locale)
        return Against(reason=reason, threshold=threshold, tell=tell)
    if verdict is Verdict.COMPLAINT:
        return Ended(reason=Reason(ReasonCode.COMPLAINT))
    if verdict is Verdict.UNSUBSCRIBE:
        return Ended(reason=Reason(ReasonCode.UNSUBSCRIBED_BY_EMAIL))
    return None


def _addresses(found: Return) -> Sequence[str]:
    named = (address for one in found.recipients for address in (one.address, one.final))
    return list(dict.fromkeys(address.lower() for address in named if address))[:_MOST_ADDRESSES]


def _is_ours(message_ids: Sequence[str], keys: Sequence[str], secret: bytes) -> bool:
    """Tell whether one of the ids that came back is that of a mail with one of these keys."""
    ours = {own_message_id(secret, key) for key in keys}
    return any(hmac.compare_digest(one, own) for one in _left_sides(message_ids) for own in ours)


def _left_sides(message_ids: Sequence[str]) -> Iterator[str]:
    return (left for one in message_ids if (left := one.strip("<>").partition("@")[0]).isascii())
