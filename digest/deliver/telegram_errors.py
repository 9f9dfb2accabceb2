"""What an error of the Bot API means for a delivery: decided by its text and cause, not by its class.

The table stands in ``docs/delivery.md``. PTB's ``BadRequest`` and ``TimedOut`` are ``NetworkError``s, and
the Bot API server turns many a 403 into a 400, so that classes say little.
"""

from datetime import timedelta

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from digest.channel import Gone, Later, Moved, Outcome, Refused, Uncertain
from digest.deliver.flood import is_everybodys, wait_of
from digest.deliver.redact import without_tokens
from digest.deliver.telegram_answers import ForeignAnswer, UnreadableAnswer
from digest.errors import ChannelStopped
from digest.model import Target
from digest.reasons import Reason, ReasonCode

NOT_ALLOWED_NOW = (
    "chat_write_forbidden",
    "not enough rights",
    "have no rights to send",
    "need administrator rights",
    "chat_admin_required",
    "chat_restricted",
    "chat_send_plain_forbidden",
    "chat_guest_send_forbidden",
    "user_banned_in_channel",
    "topic_closed",
)
NO_TOPIC = ("topic_deleted", "thread not found")
GONE = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "bot was blocked",
    "bot was kicked",
    "bot is not a member",
    "bot can't initiate conversation",
    "bot can't send messages to bots",
    "user is deactivated",
    "input_user_deactivated",
    "group chat was deactivated",
    "the group chat was deleted",
    "channel_private",
)
NOT_ALLOWED_POINTS = 7
"""Days in a row after which a chat that lets us not write is left alone."""

NOT_SENT = (
    httpx.PoolTimeout,
    httpx.ConnectTimeout,
    httpx.ConnectError,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
UPGRADED = "group chat was upgraded"
NOT_SERVED = "misdirected request"
NO_WORK_DONE = ("method not allowed", "request entity too large")
LONGEST_REASON = 200
OTHER_POLLER = "another program polls with the same bot token: stop it, or give this one its own bot"
BAD_TOKEN = "Telegram refuses TELEGRAM_BOT_TOKEN ({}): ask @BotFather for the right one"  # noqa: S105 - a sentence


def words_of(error: TelegramError) -> str:
    """Return the error's words, without tokens and at most 200 characters long."""
    return without_tokens(str(error))[:LONGEST_REASON]


def reason_of(error: TelegramError) -> Reason:
    """Return the error as a reason."""
    if isinstance(error, ForeignAnswer | UnreadableAnswer):
        hidden = without_tokens(error.reason.detail)[:LONGEST_REASON]
        return error.reason.with_detail(hidden)
    return Reason(ReasonCode.TELEGRAM_ERROR, words_of(error))


def is_our_bug(error: TelegramError) -> bool:
    """Tell whether the message itself is at fault, so that it is worth a try as plain text."""
    return isinstance(outcome := outcome_of(error), Refused) and outcome.our_fault


def outcome_of(error: TelegramError) -> Outcome:
    """Give what ``error`` means for the delivery that met it.

    Raises ``ChannelStopped`` where nobody can be sent anything: token refused, second poller.
    """
    reason = reason_of(error)
    words = words_of(error)
    text = words.lower()
    if isinstance(error, InvalidToken):
        raise ChannelStopped(BAD_TOKEN.format(words)) from None
    if isinstance(error, Conflict):
        raise ChannelStopped(OTHER_POLLER) from None
    if isinstance(error, RetryAfter):
        everybody = is_everybodys(error)
        return Later(reason=reason, after=wait_of(error), counts=False, whole_channel=everybody)
    if isinstance(error, ChatMigrated):
        return Moved(to=Target.telegram(error.new_chat_id), reason=reason)
    if isinstance(error, BadRequest | Forbidden):
        return _of_refusal(error, reason, text)
    if isinstance(error, NetworkError):
        return _of_network(error, reason, text)
    return Uncertain(reason=Reason(ReasonCode.TELEGRAM_NO_ANSWER, words))


def _of_refusal(error: TelegramError, reason: Reason, text: str) -> Outcome:
    if UPGRADED in text:
        return Later(reason=Reason(ReasonCode.GROUP_UPGRADED), counts=True)
    if any(word in text for word in NOT_ALLOWED_NOW):
        return Later(reason=reason, after=timedelta(days=1), counts=True, points=NOT_ALLOWED_POINTS)
    if any(word in text for word in NO_TOPIC):
        return Gone(reason=reason, topic=True)
    if isinstance(error, Forbidden) or any(word in text for word in GONE):
        return Gone(reason=reason)
    return Refused(reason=reason, our_fault=True)


def _of_network(error: TelegramError, reason: Reason, text: str) -> Outcome:
    cause = error.__cause__
    if isinstance(error, ForeignAnswer) or text.startswith(NOT_SERVED):
        return Later(reason=reason, counts=False, whole_channel=True)
    if isinstance(error, UnreadableAnswer):
        return Uncertain(reason=reason)
    if isinstance(cause, httpx.PoolTimeout):
        return Later(reason=Reason(ReasonCode.TELEGRAM_NO_CONNECTION), counts=False)
    if isinstance(cause, NOT_SENT):
        away = Reason(ReasonCode.TELEGRAM_UNREACHABLE, type(cause).__name__)
        return Later(reason=away, counts=False, whole_channel=True)
    if text.startswith(NO_WORK_DONE):
        return Refused(reason=reason, our_fault=True)
    what = type(cause).__name__ if cause else reason.detail
    return Uncertain(reason=Reason(ReasonCode.TELEGRAM_NO_ANSWER, what))
