"""The interface of a mailbox: a session, batches of emails, and a mark on each that was processed."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

MAX_MAIL_SIZE = 1_000_000
"""Bytes of an email that are read; a bounce says what it has to say before that."""

BATCH_SIZE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMail:
    """One mail as bytes, cut at ``MAX_MAIL_SIZE``, and where in its mailbox it is."""

    id: str
    raw: bytes = field(repr=False)


class MailboxSession(Protocol):
    """One session with a mailbox; methods raise ``MailboxUnavailable`` in one line."""

    async def next_batch(self) -> Sequence[RawMail]:
        """Return the next unprocessed emails, at most ``BATCH_SIZE``; none at the end."""
        ...

    async def mark_processed(self, mails: Sequence[RawMail], *, needs_review: bool = False) -> None:
        """Mark emails as processed, so that they are not returned again; some so that a person finds them."""
        ...


class Mailbox(Protocol):
    """A mailbox that can be opened again and again; ``str()`` names it without its password."""

    def open_session(self) -> AbstractAsyncContextManager[MailboxSession]:
        """Open a session; raises ``MailboxUnavailable`` if that is not possible."""
        ...
