"""Faults that a test can arrange with the Bot API stand-in, and which calls they are meant for."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.arranged import Arrangement, Arrangements
from tests.support.telegram_checks import Params

OF_CHATS = re.compile(r"(send|edit|copy|forward|delete|pin|leave)|getChat", re.IGNORECASE)
"""Methods that name a chat: an arrangement for one call of them must say whose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Refuse as Telegram does, doing nothing."""

    status: int
    description: str
    retry_after: int | None = None
    migrate_to: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """Answer with these bytes, doing nothing: as a proxy, a firewall or a captive portal in between does."""

    status: int
    body: bytes = b""
    kind: str = "text/html"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hang:
    """Keep silent for so many seconds, after doing the work where ``stored``; then answer as usual."""

    seconds: float
    stored: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Close the connection without an answer, after doing the work where ``stored``."""

    stored: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """Do the work, send half of the answer, close the connection."""


Fault = Answer | Foreign | Hang | Cut | Half


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of a method with its parameters."""

    method: str
    params: Params

    @property
    def chat(self) -> int | None:
        """The chat that it names by its number."""
        return self.params.number("chat_id") or None

    @property
    def text(self) -> str:
        """The text that it would send."""
        return self.params.text("text")


def _no_faults() -> Arrangements[Call, Fault]:
    return Arrangements()


@dataclass(slots=True)
class FaultList:
    """What was arranged, and what answers every call in Telegram's place."""

    arranged: Arrangements[Call, Fault] = field(default_factory=_no_faults)
    instead: Fault | None = None

    def add(
        self,
        fault: Fault,
        *,
        method: str,
        chat: int | None,
        when: Callable[[Call], bool] | None,
        times: int | None,
    ) -> Arrangement[Call, Fault]:
        """Arrange ``fault`` for calls of ``method``; one of many is named by its chat or by ``when``.

        Raises ``ValueError`` where an arrangement would hit whichever call comes first.
        """
        if times is not None and chat is None and when is None and OF_CHATS.match(method):
            raise ValueError(f"which {method} is meant? name chat=, when=, or times=None for every one")

        def fits(call: Call) -> bool:
            return (
                call.method.lower() == method.lower()
                and (chat is None or call.chat == chat)
                and (when is None or when(call))
            )

        place = "" if chat is None else f" to {chat}"
        return self.arranged.add(fault, fits, meant=f"{method}{place}", times=times)

    def take(self, call: Call) -> Fault | None:
        """Give the fault for this call, if one was arranged."""
        return self.instead or self.arranged.take(call)
