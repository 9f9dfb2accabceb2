"""Packing: blocks into the fewest messages within what Telegram takes of one, in order, never cutting one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSize:
    """What a piece of a message takes, or what a message has room for.

    ``utf16_units`` are UTF-16 code units once entities are parsed, ``raw_bytes`` bytes as sent,
    ``plain_units`` the units of the plain twin.
    """

    utf16_units: int = 0
    raw_bytes: int = 0
    plain_units: int = 0
    entities: int = 0
    buttons: int = 0

    def __add__(self, other: "MessageSize") -> "MessageSize":
        return MessageSize(
            utf16_units=self.utf16_units + other.utf16_units,
            raw_bytes=self.raw_bytes + other.raw_bytes,
            plain_units=self.plain_units + other.plain_units,
            entities=self.entities + other.entities,
            buttons=self.buttons + other.buttons,
        )

    def __sub__(self, other: "MessageSize") -> "MessageSize":
        return MessageSize(
            utf16_units=self.utf16_units - other.utf16_units,
            raw_bytes=self.raw_bytes - other.raw_bytes,
            plain_units=self.plain_units - other.plain_units,
            entities=self.entities - other.entities,
            buttons=self.buttons - other.buttons,
        )

    def fits(self, limit: "MessageSize") -> bool:
        """Return whether this is within ``limit`` in every respect."""
        return (
            self.utf16_units <= limit.utf16_units
            and self.raw_bytes <= limit.raw_bytes
            and self.plain_units <= limit.plain_units
            and self.entities <= limit.entities
            and self.buttons <= limit.buttons
        )


MAX_MESSAGE_SIZE = MessageSize(utf16_units=4000, raw_bytes=32768, plain_units=4096, entities=96, buttons=100)
"""What we put into one message at most.

Telegram takes 4,096 units and 100 entities, beyond which the rest silently loses its style; what stays free
is for the ways of counting that differ (https://core.telegram.org/bots/api#sendmessage).
"""


def pack_blocks(
    blocks: Iterable[T], size_of: Callable[[T], MessageSize], *, separator: MessageSize, limit: MessageSize
) -> tuple[tuple[T, ...], ...]:
    """Return the blocks in messages of at most ``limit``, each filled before the next begins.

    ``separator`` is what stands between two blocks of one message. A block that is larger than ``limit`` by
    itself stands alone.
    """
    messages: list[tuple[T, ...]] = []
    kept: list[T] = []
    taken = MessageSize()
    for block in blocks:
        grown = taken + separator + size_of(block) if kept else size_of(block)
        if kept and not grown.fits(limit):
            messages.append(tuple(kept))
            kept, grown = [], size_of(block)
        kept.append(block)
        taken = grown
    return (*messages, tuple(kept)) if kept else tuple(messages)
