"""The sentences in which Telegram says no, and what each means; nothing else knows them.

An error is judged by its text and cause, not by its class: PTB's ``BadRequest`` and ``TimedOut`` are
``NetworkError``s, and the Bot API server turns many a 403 into a 400. The table of what an error means for a
delivery stands in ``docs/delivery.md``.
"""

from collections.abc import Iterable
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

from digest.model import Target
from digest.model.errors import ChannelMisconfigured
from digest.model.outcome import Migrated, Outcome, Refused, RetryLater, Uncertain, Unreachable
from digest.model.reasons import Reason, ReasonCode
from digest.telegram.api_answers import ForeignResponse, TooManyRequests, UnreadableResponse, retry_after
from digest.text.redact import redact_tokens

POSTING_FORBIDDEN_TEXTS = (
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
TOPIC_GONE_TEXTS = ("topic_deleted", "thread not found")
UNREACHABLE_TEXTS = (
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
GROUP_UPGRADED_TEXT = "group chat was upgraded"
MISDIRECTED_TEXT = "misdirected request"
NOT_PROCESSED_TEXTS = ("method not allowed", "request entity too large")
KEYBOARD_TEXTS = ("button", "markup")
UNMODIFIED_TEXT = "message is not modified"
EDIT_REFUSED_TEXTS = (
    UNMODIFIED_TEXT,
    "message to edit not found",
    "message can't be edited",
    "no text in the message to edit",
    "message_id_invalid",
)
UNKNOWN_CHAT_TEXTS = ("chat not found", "channel_private", "channel_invalid", "not a member", "deactivated")
UNKNOWN_USER_TEXTS = (
    "user not found",
    "participant_id_invalid",
    "user_id_invalid",
    "invalid user_id",
    "user_not_participant",
)
POSTING_FORBIDDEN_MAX_FAILURES = 7
"""Days in a row after which a chat that lets us not write is left alone."""

NOT_SENT_ERRORS = (
    httpx.PoolTimeout,
    httpx.ConnectTimeout,
    httpx.ConnectError,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
MAX_REASON_LENGTH = 200
OTHER_POLLER_ADVICE = "another program polls with the same bot token: stop it, or give this one its own bot"
BAD_TOKEN_ADVICE = "Telegram refuses TELEGRAM_BOT_TOKEN ({}): ask @BotFather for the right one"  # noqa: S105 - a sentence


def mentions(error: TelegramError, texts: Iterable[str]) -> bool:
    """Return whether an error contains one of these lower-case texts."""
    words = error.message.lower()
    return any(text in words for text in texts)


def words_of(error: TelegramError) -> str:
    """Return the error's words, without tokens and at most 200 characters long."""
    return redact_tokens(str(error))[:MAX_REASON_LENGTH]


def is_our_fault(error: NetworkError | Forbidden) -> bool:
    """Return whether the message itself is at fault, so that it is worth a try as plain text."""
    outcome = outcome_of_error(error)
    return isinstance(outcome, Refused) and outcome.is_our_fault and not mentions(error, EDIT_REFUSED_TEXTS)


def is_delivery_failure(error: BaseException | None) -> bool:
    """Return whether an answer did not arrive through no fault of ours: blocked, no right to post, flood, network."""
    if isinstance(error, NetworkError | Forbidden):
        return not is_our_fault(error)
    return isinstance(error, RetryAfter)


def misconfiguration(error: TelegramError) -> ChannelMisconfigured | None:
    """Return what the operator must fix, None where the error says nothing of the token."""
    if isinstance(error, InvalidToken):
        return ChannelMisconfigured(BAD_TOKEN_ADVICE.format(words_of(error)))
    return ChannelMisconfigured(OTHER_POLLER_ADVICE) if isinstance(error, Conflict) else None


def outcome_of_error(error: TelegramError) -> Outcome:
    """Return what ``error`` means for the delivery that met it.

    Raises ``ChannelMisconfigured`` where nobody can be sent anything: token refused, second poller.
    """
    if misconfigured := misconfiguration(error):
        raise misconfigured from None
    if isinstance(error, ForeignResponse | UnreadableResponse):
        reason = error.reason.with_detail(redact_tokens(error.reason.detail)[:MAX_REASON_LENGTH])
    else:
        reason = Reason(ReasonCode.TELEGRAM_ERROR, words_of(error))
    match error:
        case RetryAfter():
            all_chats = isinstance(error, TooManyRequests) and error.all_chats
            return RetryLater(
                reason=reason, retry_after=retry_after(error), counts_as_attempt=False, pause_channel=all_chats
            )
        case ChatMigrated():
            return Migrated(new_target=Target.telegram(error.new_chat_id), reason=reason)
        case BadRequest() | Forbidden():
            return _refusal_outcome(error, reason)
        case NetworkError():
            return _network_outcome(error, reason)
        case _:
            return Uncertain(reason=Reason(ReasonCode.TELEGRAM_NO_ANSWER, reason.detail))


def _refusal_outcome(error: TelegramError, reason: Reason) -> Outcome:
    if mentions(error, (GROUP_UPGRADED_TEXT,)):
        return RetryLater(reason=Reason(ReasonCode.GROUP_UPGRADED), counts_as_attempt=True)
    if mentions(error, POSTING_FORBIDDEN_TEXTS):
        return RetryLater(
            reason=reason,
            retry_after=timedelta(days=1),
            counts_as_attempt=True,
            max_failures=POSTING_FORBIDDEN_MAX_FAILURES,
        )
    if mentions(error, TOPIC_GONE_TEXTS):
        return Unreachable(reason=reason, thread_only=True)
    if isinstance(error, Forbidden) or mentions(error, UNREACHABLE_TEXTS):
        return Unreachable(reason=reason)
    return Refused(reason=reason, is_our_fault=True)


def _network_outcome(error: NetworkError, reason: Reason) -> Outcome:
    cause, text = error.__cause__, error.message.lower()
    if isinstance(error, ForeignResponse) or text.startswith(MISDIRECTED_TEXT):
        return RetryLater(reason=reason, counts_as_attempt=False, pause_channel=True)
    if isinstance(error, UnreadableResponse):
        return Uncertain(reason=reason)
    if isinstance(cause, httpx.PoolTimeout):
        return RetryLater(reason=Reason(ReasonCode.TELEGRAM_NO_CONNECTION), counts_as_attempt=False)
    if isinstance(cause, NOT_SENT_ERRORS):
        away = Reason(ReasonCode.TELEGRAM_UNREACHABLE, type(cause).__name__)
        return RetryLater(reason=away, counts_as_attempt=False, pause_channel=True)
    if text.startswith(NOT_PROCESSED_TEXTS):
        return Refused(reason=reason, is_our_fault=True)
    what = type(cause).__name__ if cause else reason.detail
    return Uncertain(reason=Reason(ReasonCode.TELEGRAM_NO_ANSWER, what))
