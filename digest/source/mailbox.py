"""What a mailbox is to whoever reads it: a visit, batches of letters, and a mark on each that was taken."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

LARGEST = 1_000_000
"""Bytes of a letter that are read; what a letter says, it says before."""

BATCH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail as bytes, cut at ``LARGEST``, and where in its mailbox it is."""

    place: str
    raw: bytes = field(repr=False)


class Visit(Protocol):
    """One visit to a mailbox; raises ``MailboxAway`` in one line."""

    async def next(self) -> Sequence[Letter]:
        """Give the next letters that nobody has taken, at most ``BATCH``; none at the end."""
        ...

    async def done(self, taken: Sequence[Letter], *, for_person: bool = False) -> None:
        """Mark letters as taken, so that they are not given again; some so that a person finds them."""
        ...


class Mailbox(Protocol):
    """A mailbox that can be visited again and again; ``str()`` names it without its password."""

    def visit(self) -> AbstractAsyncContextManager[Visit]:
        """Go there; raises ``MailboxAway`` where that is not possible."""
        ...
