"""Mail that comes back: whose it is, and what follows from it. It never answers anybody.

Whoever can write to the address of returns can write a bounce, so that a mail counts only where it shows what
nobody has who has not seen the reader's mail: a signed delivery number or a token (``digest.model.verp``), or the
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

from digest.model import Locale
from digest.model.bounce import BounceKind, BouncePenalty, BounceReport
from digest.model.clock import Clock
from digest.model.links import hash_token
from digest.model.reasons import Reason, ReasonCode
from digest.model.verp import Verp, message_id_local_part
from digest.services.bounce_notice import suppressed_notice
from digest.text.redact import redact_addresses

_MAX_ADDRESSES = 10
"""Recipients of one report that are looked up by their address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRecipient:
    """The endpoint that a mail is about, and its reader's language."""

    endpoint_id: int
    address: str
    locale: Locale


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMail:
    """What was mailed to an address: the keys of its deliveries."""

    recipient: MailRecipient
    keys: Sequence[str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceRecord:
    """What is kept of one mail; ``endpoint_id`` is None where it belongs to nobody.

    ``detail`` names no address.
    """

    fingerprint: str
    endpoint_id: int | None
    kind: BounceKind
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribe:
    """The endpoint's reader wants no more mail there."""

    reason: Reason


Consequence = BouncePenalty | Unsubscribe | None
"""What a mail does to the endpoint that it is about."""


class RecordResult(StrEnum):
    """What became of a mail: noted, the endpoint stopped with it, or known already."""

    RECORDED = "noted"
    DEACTIVATED = "stopped"
    DUPLICATE = "known"


class BounceStore(Protocol):
    """What returns need of the store; every method is one transaction."""

    async def recipient_of_delivery(self, number: int) -> MailRecipient | None:
        """Return whom a delivery by mail went to."""
        ...

    async def recipient_of_token(self, hash_: str) -> MailRecipient | None:
        """Return whom the token for unsubscribing with this hash was mailed to."""
        ...

    async def find_sent_mail(self, address: str) -> SentMail | None:
        """Return what was mailed to an address, the newest keys; None where nobody has it."""
        ...

    async def save_record(self, record: BounceRecord, consequence: Consequence, at: datetime) -> RecordResult:
        """Note a mail and let its endpoint feel it; nothing happens for a fingerprint that is known."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessedMail:
    """One mail's end. ``endpoint_id`` is None where it belongs to nobody."""

    kind: BounceKind
    detail: str
    endpoint_id: int | None
    result: RecordResult

    @property
    def needs_review(self) -> bool:
        """Return whether a person must look: somebody wants to be unsubscribed, and shows no key."""
        return self.kind is BounceKind.UNSUBSCRIBE and self.endpoint_id is None


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceService:
    """Takes mails that came back, one by one; at ``threshold`` points an address is written to no more.

    ``read`` understands the bytes of a mail; it never raises.
    """

    store: BounceStore
    read: Callable[[bytes], BounceReport]
    verp: Verp
    clock: Clock
    threshold: float

    async def process(self, raw: bytes) -> ProcessedMail:
        """Note what a mail means and let it have its consequence, once however often it comes."""
        found = await asyncio.to_thread(self.read, raw)
        owner = await self._find_recipient(found)
        verdict = effective_kind(found, owner, at_unsubscribe_address=any(self.verp.find_tokens(found.delivered_to)))
        detail = redact_addresses(found.detail)
        note = BounceRecord(
            fingerprint=sha256(raw).hexdigest(),
            endpoint_id=owner.endpoint_id if owner else None,
            kind=verdict,
            detail=detail,
        )
        consequence = consequence_of(verdict, detail, owner, self.threshold)
        kept = await self.store.save_record(note, consequence, self.clock())
        return ProcessedMail(kind=verdict, detail=detail, endpoint_id=note.endpoint_id, result=kept)

    async def _find_recipient(self, report: BounceReport) -> MailRecipient | None:
        """Return whose mail this is; who asks to leave must write to an address with a key."""
        shown = (
            report.delivered_to
            if report.kind is BounceKind.UNSUBSCRIBE
            else (*report.delivered_to, *report.original_senders)
        )
        for number in self.verp.find_deliveries(shown):
            if owner := await self.store.recipient_of_delivery(number):
                return owner
        for token in self.verp.find_tokens(shown):
            if owner := await self.store.recipient_of_token(hash_token(token)):
                return owner
        return await self._find_by_message_id(report)

    async def _find_by_message_id(self, report: BounceReport) -> MailRecipient | None:
        if not report.original_message_ids:
            return None
        for address in _reported_addresses(report):
            written = await self.store.find_sent_mail(address)
            if written and _is_own_message(report.original_message_ids, written.keys, self.verp.secret):
                return written.recipient
        return None


def effective_kind(
    report: BounceReport, recipient: MailRecipient | None, *, at_unsubscribe_address: bool
) -> BounceKind:
    """Return what a mail says of its owner.

    Whatever comes to an address for ``at_unsubscribe_address`` asks for that.
    """
    if at_unsubscribe_address and report.kind is BounceKind.UNKNOWN:
        return BounceKind.UNSUBSCRIBE
    return report.kind_for(recipient.address) if recipient else report.kind


def consequence_of(kind: BounceKind, detail: str, recipient: MailRecipient | None, threshold: float) -> Consequence:
    """Return what follows for the owner: a point, an end, or nothing."""
    if recipient is None:
        return None
    if kind is BounceKind.FAILED:
        reason = Reason(ReasonCode.BOUNCE_REPORT, detail)
        tell = suppressed_notice(recipient.address, reason, recipient.locale)
        return BouncePenalty(reason=reason, threshold=threshold, notice=tell)
    if kind is BounceKind.COMPLAINT:
        return Unsubscribe(reason=Reason(ReasonCode.COMPLAINT))
    if kind is BounceKind.UNSUBSCRIBE:
        return Unsubscribe(reason=Reason(ReasonCode.UNSUBSCRIBED_BY_EMAIL))
    return None


def _reported_addresses(report: BounceReport) -> Sequence[str]:
    named = (address for one in report.recipients for address in (one.address, one.final_address))
    return list(dict.fromkeys(address.lower() for address in named if address))[:_MAX_ADDRESSES]


def _is_own_message(message_ids: Sequence[str], keys: Sequence[str], secret: bytes) -> bool:
    """Return whether one of the ids that came back is that of a mail with one of these keys."""
    ours = {message_id_local_part(secret, key) for key in keys}
    return any(hmac.compare_digest(one, own) for one in _local_parts(message_ids) for own in ours)


def _local_parts(message_ids: Sequence[str]) -> Iterator[str]:
    return (left for one in message_ids if (left := one.strip("<>").partition("@")[0]).isascii())
