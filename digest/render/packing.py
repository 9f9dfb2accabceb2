"""Packing: blocks into the fewest messages within what Telegram takes of one, in order, never cutting one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What a piece of a message takes, or what a message has room for.

    ``units`` are UTF-16 code units once entities are parsed, ``raw`` bytes as sent, ``plain`` the units of
    the plain twin.
    """

    units: int = 0
    raw: int = 0
    plain: int = 0
    entities: int = 0
    buttons: int = 0

    def __add__(self, other: "Size") -> "Size":
        return Size(
            units=self.units + other.units,
            raw=self.raw + other.raw,
            plain=self.plain + other.plain,
            entities=self.entities + other.entities,
            buttons=self.buttons + other.buttons,
        )

    def __sub__(self, other: "Size") -> "Size":
        return Size(
            units=self.units - other.units,
            raw=self.raw - other.raw,
            plain=self.plain - other.plain,
            entities=self.entities - other.entities,
            buttons=self.buttons - other.buttons,
        )

    def fits(self, room: "Size") -> bool:
        """Tell whether this is within ``room`` in every respect."""
        return (
            self.units <= room.units
            and self.raw <= room.raw
            and self.plain <= room.plain
            and self.entities <= room.entities
            and self.buttons <= room.buttons
        )


ONE_MESSAGE = Size(units=4000, raw=32768, plain=4096, entities=96, buttons=100)
"""What we put into one message at most.

Telegram takes 4,096 units and 100 entities, beyond which the rest silently loses its style; what stays free
is for the ways of counting that differ (https://core.telegram.org/bots/api#sendmessage).
"""


def pack(
    blocks: Iterable[T], size: Callable[[T], Size], *, gap: Size, room: Size
) -> tuple[tuple[T, ...], ...]:
    """Give the blocks in messages of at most ``room``, each filled before the next begins.

    ``gap`` is what stands between two blocks of one message. A block that is larger than ``room`` by itself
    stands alone.
    """
    messages: list[tuple[T, ...]] = []
    kept: list[T] = []
    taken = Size()
    for block in blocks:
        grown = taken + gap + size(block) if kept else size(block)
        if kept and not grown.fits(room):
            messages.append(tuple(kept))
            kept, grown = [], size(block)
        kept.append(block)
        taken = grown
    return (*messages, tuple(kept)) if kept else tuple(messages)
