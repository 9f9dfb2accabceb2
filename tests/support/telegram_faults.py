"""Faults that a test can arrange with the Bot API stand-in, and which calls they are meant for."""

import asyncio
import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from tests.support.fault_plan import FaultPlan, PlannedFault
from tests.support.telegram_validation import CallParams

CHAT_METHODS = re.compile(r"(send|edit|copy|forward|delete|pin|leave)|getChat", re.IGNORECASE)
"""Methods that name a chat: an arrangement for one call of them must say whose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramRefusal:
    """Refuse as Telegram does, doing nothing."""

    status: int
    description: str
    retry_after: int | None = None
    migrate_to: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignReply:
    """Answer with these bytes, doing nothing: as a proxy, a firewall or a captive portal in between does."""

    status: int
    body: bytes = b""
    content_type: str = "text/html"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HangReply:
    """Keep silent, after doing the work where ``processed``, for so many seconds or ``until`` then; answer as usual."""

    seconds: float = 60
    processed: bool = True
    until: asyncio.Event | None = None

    async def wait(self) -> None:
        """Keep silent."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for((self.until or asyncio.Event()).wait(), self.seconds)

    wire_note: ClassVar = "reply held back"


@dataclass(frozen=True, slots=True, kw_only=True)
class DropReply:
    """Close the connection without an answer, after doing the work where ``processed``."""

    processed: bool = True
    wire_note: ClassVar = "connection dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class TruncateReply:
    """Do the work, send half of the answer, close the connection."""


TelegramFault = TelegramRefusal | ForeignReply | HangReply | DropReply | TruncateReply


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """A call of a method with its parameters."""

    method: str
    params: CallParams

    @property
    def chat_id(self) -> int | None:
        """The chat that it names by its number."""
        return self.params.number("chat_id") or None

    @property
    def text(self) -> str:
        """The text that it would send."""
        return self.params.text("text")


def _no_faults() -> FaultPlan[ApiCall, TelegramFault]:
    return FaultPlan()


@dataclass(slots=True)
class TelegramFaults:
    """What was arranged, and what answers every call in Telegram's place."""

    plan: FaultPlan[ApiCall, TelegramFault] = field(default_factory=_no_faults)
    override: TelegramFault | None = None

    def add(
        self,
        fault: TelegramFault,
        *,
        method: str,
        chat: int | None,
        when: Callable[[ApiCall], bool] | None,
        times: int | None,
    ) -> PlannedFault[ApiCall, TelegramFault]:
        """Arrange ``fault`` for calls of ``method``; one of many is named by its chat or by ``when``.

        Raises ``ValueError`` where an arrangement would hit whichever call comes first.
        """
        if times is not None and chat is None and when is None and CHAT_METHODS.match(method):
            raise ValueError(f"which {method} is meant? name chat=, when=, or times=None for every one")

        def matches(call: ApiCall) -> bool:
            return (
                call.method.lower() == method.lower()
                and (chat is None or call.chat_id == chat)
                and (when is None or when(call))
            )

        place = "" if chat is None else f" to {chat}"
        return self.plan.add(fault, matches, description=f"{method}{place}", times=times)

    def take(self, call: ApiCall) -> TelegramFault | None:
        """Return the fault for this call, if one was arranged."""
        return self.override or self.plan.take(call)
