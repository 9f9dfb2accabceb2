"""Turns: the updates of one chat wait for each other, those of different chats do not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from digest.model import Target


@dataclass(frozen=True, slots=True)
class PerChatLock:
    """Hands out turns by target, in the order in which they were asked for."""

    _locks: WeakValueDictionary[Target, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    @asynccontextmanager
    async def __call__(self, target: Target) -> AsyncIterator[None]:
        """Wait for whoever came before at the same target."""
        lock = self._locks.setdefault(target, asyncio.Lock())
        async with lock:
            yield
