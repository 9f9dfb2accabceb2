"""Every row of the table "What an error means" (docs/delivery.md)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
    TimedOut,
)

from digest.model import Target
from digest.model.errors import ChannelMisconfigured
from digest.model.outcome import Migrated, Outcome, Refused, RetryLater, Sent, Uncertain, Unreachable
from digest.model.reasons import telegram_error
from digest.telegram.api_answers import ForeignResponse, TooManyRequests, UnreadableResponse
from digest.telegram.errors import is_delivery_failure, is_our_fault, outcome_of_error

TOKEN = "7000000001:AAtest-token-of-the-stand-in_0123456"
ANY_REASON = telegram_error("")


def with_cause(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


GONE: list[NetworkError | Forbidden] = [
    Forbidden("Forbidden: bot was blocked by the user"),
    Forbidden("Forbidden: user is deactivated"),
    Forbidden("Forbidden: bot was kicked from the supergroup chat"),
    Forbidden("Forbidden: the group chat was deleted"),
    Forbidden("Forbidden: something that Telegram says from tomorrow on"),
    BadRequest("Bad Request: chat not found"),
    BadRequest("Bad Request: PEER_ID_INVALID"),
    BadRequest("Bad Request: bot was blocked by the user"),
]
TOPIC_GONE = [BadRequest("Bad Request: message thread not found"), BadRequest("Bad Request: TOPIC_DELETED")]
POSTING_FORBIDDEN: list[NetworkError | Forbidden] = [
    BadRequest("Bad Request: CHAT_WRITE_FORBIDDEN"),
    Forbidden("Forbidden: CHAT_WRITE_FORBIDDEN"),
    BadRequest("Bad Request: not enough rights to send text messages to the chat"),
    BadRequest("Bad Request: have no rights to send a message"),
    BadRequest("Bad Request: TOPIC_CLOSED"),
]
OUR_FAULT = [
    BadRequest('Bad Request: can\'t parse entities: Unsupported start tag "br" at byte offset 0'),
    BadRequest("Bad Request: message is too long"),
    BadRequest("Bad Request: BUTTON_DATA_INVALID"),
    BadRequest("Bad Request: text must be non-empty"),
    NetworkError("Request Entity Too Large"),
]
OUR_CONNECTION = [with_cause(TimedOut("Pool timeout"), httpx.PoolTimeout(""))]
NOT_SENT = [
    with_cause(TimedOut(), httpx.ConnectTimeout("")),
    with_cause(NetworkError("httpx.ConnectError: "), httpx.ConnectError("")),
    NetworkError("Misdirected Request: unallowed token specified"),
    ForeignResponse("403 Access Denied"),
]
NOBODY_KNOWS = [
    with_cause(TimedOut(), httpx.ReadTimeout("")),
    with_cause(TimedOut(), httpx.WriteTimeout("")),
    with_cause(NetworkError("httpx.ReadError: "), httpx.ReadError("")),
    with_cause(NetworkError("httpx.RemoteProtocolError: "), httpx.RemoteProtocolError("")),
    NetworkError("Internal Server Error"),
    NetworkError("Bad Gateway"),
    NetworkError("httpx.DecodingError: header too large"),
    UnreadableResponse("502 Bad Gateway"),
    with_cause(TimedOut(), TimeoutError()),
    TelegramError("Invalid server response"),
]
DAY = timedelta(days=1)
MEANINGS: list[tuple[Sequence[TelegramError], Outcome]] = [
    (GONE, Unreachable(reason=ANY_REASON)),
    (TOPIC_GONE, Unreachable(reason=ANY_REASON, thread_only=True)),
    (POSTING_FORBIDDEN, RetryLater(reason=ANY_REASON, retry_after=DAY, max_failures=7)),
    (OUR_FAULT, Refused(reason=ANY_REASON, is_our_fault=True)),
    (OUR_CONNECTION, RetryLater(reason=ANY_REASON, counts_as_attempt=False)),
    (NOT_SENT, RetryLater(reason=ANY_REASON, counts_as_attempt=False, pause_channel=True)),
    (NOBODY_KNOWS, Uncertain(reason=ANY_REASON)),
    ([BadRequest("Bad Request: group chat was upgraded to a supergroup chat")], RetryLater(reason=ANY_REASON)),
    ([ChatMigrated(-1001)], Migrated(new_target=Target.telegram(-1001), reason=ANY_REASON)),
    ([TooManyRequests(1)], RetryLater(reason=ANY_REASON, retry_after=timedelta(seconds=1), counts_as_attempt=False)),
    (
        [TooManyRequests(12 * 3600, all_chats=True)],
        RetryLater(reason=ANY_REASON, retry_after=DAY / 2, counts_as_attempt=False, pause_channel=True),
    ),
]


def meaning_of(error: TelegramError) -> Outcome:
    outcome = outcome_of_error(error)
    assert not isinstance(outcome, Sent)
    return replace(outcome, reason=ANY_REASON)


def test_each_error_has_its_meaning() -> None:
    assert not [(error, means) for errors, means in MEANINGS for error in errors if meaning_of(error) != means]


def test_a_message_at_fault_is_worth_plain_text_and_an_edit_that_is_not_possible_is_not() -> None:
    edits = [
        BadRequest("Bad Request: message is not modified: specified new message content"),
        BadRequest("Bad Request: message to edit not found"),
        BadRequest("Bad Request: message can't be edited"),
        BadRequest("Bad Request: there is no text in the message to edit"),
    ]

    assert not [error for error in OUR_FAULT if not is_our_fault(error)]
    assert not [error for error in (*GONE, *POSTING_FORBIDDEN, *edits) if is_our_fault(error)]


def test_an_answer_that_did_not_arrive_is_our_error_only_where_the_message_was() -> None:
    theirs = (*GONE, *TOPIC_GONE, *POSTING_FORBIDDEN, *NOT_SENT, *NOBODY_KNOWS[:-1], TooManyRequests(60))

    assert not [error for error in theirs if not is_delivery_failure(error)]
    assert not [error for error in (*OUR_FAULT, TelegramError("x"), ValueError(), None) if is_delivery_failure(error)]


def test_a_wait_beyond_a_day_is_a_day_and_says_so() -> None:
    for seconds in (86_401, 1e18, 10**400):
        outcome = outcome_of_error(TooManyRequests(seconds))

        assert isinstance(outcome, RetryLater)
        assert outcome.retry_after == DAY
        assert "longer wait was asked for" in outcome.reason.detail


@pytest.mark.parametrize(
    ("error", "what_to_do"),
    [
        (InvalidToken("Unauthorized"), "TELEGRAM_BOT_TOKEN"),
        (Conflict("Conflict: terminated by other getUpdates request"), "stop it"),
    ],
)
def test_a_refused_token_or_a_second_poller_stops_the_channel(error: TelegramError, what_to_do: str) -> None:
    with pytest.raises(ChannelMisconfigured, match=what_to_do):
        outcome_of_error(error)


def test_no_reason_holds_a_token_or_is_long() -> None:
    for kind in (BadRequest, Forbidden, NetworkError, TelegramError):
        outcome = outcome_of_error(kind(f"Bad Request: no page /bot{TOKEN}/sendMessage here. " + "x" * 999))

        assert isinstance(outcome, Unreachable | Refused | Uncertain)
        assert TOKEN not in outcome.reason.detail
        assert len(outcome.reason.detail) < 300
