"""What a mailbox is to whoever reads it: a visit, batches of letters, and a mark on each that was taken."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

MAX_MAIL_SIZE = 1_000_000
"""Bytes of a letter that are read; what a letter says, it says before."""

BATCH_SIZE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMail:
    """One mail as bytes, cut at ``MAX_MAIL_SIZE``, and where in its mailbox it is."""

    id: str
    raw: bytes = field(repr=False)


class MailboxSession(Protocol):
    """One visit to a mailbox; raises ``MailboxUnavailable`` in one line."""

    async def next_batch(self) -> Sequence[RawMail]:
        """Return the next letters that nobody has taken, at most ``BATCH_SIZE``; none at the end."""
        ...

    async def mark_processed(self, mails: Sequence[RawMail], *, needs_review: bool = False) -> None:
        """Mark letters as taken, so that they are not given again; some so that a person finds them."""
        ...


class Mailbox(Protocol):
    """A mailbox that can be visited again and again; ``str()`` names it without its password."""

    def open_session(self) -> AbstractAsyncContextManager[MailboxSession]:
        """Go there; raises ``MailboxUnavailable`` where that is not possible."""
        ...
