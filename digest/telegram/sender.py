"""The Telegram channel: one part of a message becomes one sendMessage, and its end an outcome."""

import asyncio
import logging
from typing import Any

from telegram import Message
from telegram.error import TelegramError
from telegram.ext import ExtBot

from digest.model import Delivery
from digest.model.message import TelegramMessage
from digest.model.outcome import Outcome, SendCancelled, Sent
from digest.telegram.client import message_arguments
from digest.telegram.errors import is_our_fault, outcome_of_error, words_of
from digest.telegram.rate_limiter import Priority
from digest.telegram.request_trace import trace_requests

MAX_TEXT_UNITS = 4096
log = logging.getLogger(__name__)


class TelegramSender:
    """Sends parts with a bot, in bulk pace; owns no connection: whoever built the bot shuts it down."""

    def __init__(self, bot: ExtBot[Priority]) -> None:
        self._bot = bot

    async def send(self, delivery: Delivery, part: TelegramMessage) -> Outcome:
        """Send ``part``; a part that Telegram cannot read goes once more, as plain text.

        Raises ``ChannelMisconfigured`` where the token is refused or somebody else polls.
        """
        with trace_requests() as wire:
            try:
                return await self._send_styled(delivery, part)
            except asyncio.CancelledError:
                if wire.has_started:
                    raise
                raise SendCancelled from None

    async def close(self) -> None:
        """Do nothing: the bot belongs to whoever built it."""

    async def _send_styled(self, delivery: Delivery, part: TelegramMessage) -> Outcome:
        arguments = message_arguments(delivery, part)
        try:
            message = await self._send(arguments)
        except TelegramError as error:
            if not is_our_fault(error):
                return outcome_of_error(error)
            log.error(  # noqa: TRY400 - the alarm is the line; the traceback holds the URL with the token
                "telegram refused the style of delivery %s (%s); sent as plain text", delivery.key, words_of(error)
            )
            return await self._send_plain(arguments, part, error)
        return Sent(receipt=str(message.message_id))

    async def _send_plain(self, arguments: dict[str, Any], part: TelegramMessage, refusal: TelegramError) -> Outcome:
        plain = {**arguments, "text": _truncate(part.plain), "parse_mode": None}
        if "button" in str(refusal).lower() or "markup" in str(refusal).lower():
            plain.pop("reply_markup", None)
        try:
            message = await self._send(plain)
        except TelegramError as error:
            return outcome_of_error(error)
        return Sent(receipt=str(message.message_id))

    async def _send(self, arguments: dict[str, Any]) -> Message:
        pace = Priority.BULK if self._bot.rate_limiter else None
        return await self._bot.send_message(**arguments, rate_limit_args=pace)


def _truncate(text: str) -> str:
    """Return at most 4,096 UTF-16 units, the last of them an ellipsis where something was cut."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MAX_TEXT_UNITS:
        return text
    return units[: 2 * (MAX_TEXT_UNITS - 1)].decode("utf-16-le", "ignore") + "…"
