"""Every row of the table "What an error means" (docs/delivery.md)."""

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
from digest.model.outcome import Migrated, Outcome, Refused, RetryLater, Uncertain, Unreachable
from digest.model.reasons import telegram_error
from digest.telegram.api_answers import ForeignResponse, TooManyRequests, UnreadableResponse
from digest.telegram.errors import is_our_fault, outcome_of_error

TOKEN = "7000000001:AAtest-token-of-the-stand-in_0123456"


def with_cause(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        Forbidden("Forbidden: bot was blocked by the user"),
        Forbidden("Forbidden: user is deactivated"),
        Forbidden("Forbidden: bot was kicked from the supergroup chat"),
        Forbidden("Forbidden: the group chat was deleted"),
        Forbidden("Forbidden: something that Telegram says from tomorrow on"),
        BadRequest("Bad Request: chat not found"),
        BadRequest("Bad Request: PEER_ID_INVALID"),
        BadRequest("Bad Request: bot was blocked by the user"),
    ],
)
def test_a_reader_who_cannot_be_reached_any_more_is_gone(error: TelegramError) -> None:
    assert isinstance(outcome_of_error(error), Unreachable)


@pytest.mark.parametrize("words", ["message thread not found", "TOPIC_DELETED"])
def test_a_topic_that_was_deleted_is_gone_and_its_chat_is_not(words: str) -> None:
    outcome = outcome_of_error(BadRequest(f"Bad Request: {words}"))

    assert isinstance(outcome, Unreachable)
    assert outcome.thread_only


@pytest.mark.parametrize(
    "error",
    [
        BadRequest("Bad Request: CHAT_WRITE_FORBIDDEN"),
        Forbidden("Forbidden: CHAT_WRITE_FORBIDDEN"),
        BadRequest("Bad Request: not enough rights to send text messages to the chat"),
        BadRequest("Bad Request: have no rights to send a message"),
        BadRequest("Bad Request: TOPIC_CLOSED"),
    ],
)
def test_a_target_where_we_may_not_write_now_is_tried_daily(error: TelegramError) -> None:
    outcome = outcome_of_error(error)

    assert isinstance(outcome, RetryLater)
    assert (outcome.retry_after, outcome.counts_as_attempt, outcome.pause_channel) == (timedelta(days=1), True, False)


@pytest.mark.parametrize(
    "error",
    [
        BadRequest('Bad Request: can\'t parse entities: Unsupported start tag "br" at byte offset 0'),
        BadRequest("Bad Request: message is too long"),
        BadRequest("Bad Request: BUTTON_DATA_INVALID"),
        BadRequest("Bad Request: text must be non-empty"),
        NetworkError("Request Entity Too Large"),
    ],
)
def test_a_message_at_fault_is_our_bug_and_never_an_unsubscription(error: NetworkError) -> None:
    outcome = outcome_of_error(error)

    assert isinstance(outcome, Refused)
    assert outcome.is_our_fault
    assert is_our_fault(error)


def test_a_group_that_became_a_supergroup_has_moved() -> None:
    assert outcome_of_error(ChatMigrated(-1001)) == Migrated(
        new_target=Target.telegram(-1001), reason=telegram_error("Group migrated to supergroup. New chat id: -1001")
    )


def test_a_group_that_became_a_supergroup_without_telling_its_id_is_tried_again() -> None:
    outcome = outcome_of_error(BadRequest("Bad Request: group chat was upgraded to a supergroup chat"))

    assert isinstance(outcome, RetryLater)
    assert (outcome.retry_after, outcome.counts_as_attempt, outcome.pause_channel) == (None, True, False)


@pytest.mark.parametrize("everybody", [False, True])
@pytest.mark.parametrize("seconds", [1, 12 * 3600])
def test_a_flood_holds_whom_it_concerns_for_as_long_as_telegram_says(seconds: int, *, everybody: bool) -> None:
    outcome = outcome_of_error(TooManyRequests(seconds, all_chats=everybody))

    assert isinstance(outcome, RetryLater)
    assert outcome.retry_after == timedelta(seconds=seconds)
    assert (outcome.counts_as_attempt, outcome.pause_channel) == (False, everybody)


@pytest.mark.parametrize("seconds", [86_401, 1e18, 10**400])
def test_a_wait_beyond_a_day_is_a_day_and_says_so(seconds: float) -> None:
    outcome = outcome_of_error(TooManyRequests(seconds))

    assert isinstance(outcome, RetryLater)
    assert outcome.retry_after == timedelta(days=1)
    assert "longer wait was asked for" in outcome.reason.detail


@pytest.mark.parametrize(
    ("error", "everybody"),
    [
        (with_cause(TimedOut("Pool timeout"), httpx.PoolTimeout("")), False),
        (with_cause(TimedOut(), httpx.ConnectTimeout("")), True),
        (with_cause(NetworkError("httpx.ConnectError: "), httpx.ConnectError("")), True),
        (NetworkError("Misdirected Request: unallowed token specified"), True),
        (ForeignResponse("403 Access Denied"), True),
    ],
)
def test_what_surely_was_not_sent_is_tried_again_and_is_not_the_readers_fault(
    error: TelegramError, *, everybody: bool
) -> None:
    outcome = outcome_of_error(error)

    assert isinstance(outcome, RetryLater)
    assert (outcome.counts_as_attempt, outcome.pause_channel) == (False, everybody)


@pytest.mark.parametrize(
    "error",
    [
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
    ],
)
def test_what_may_have_been_sent_is_uncertain(error: TelegramError) -> None:
    assert isinstance(outcome_of_error(error), Uncertain)


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


@pytest.mark.parametrize("kind", [BadRequest, Forbidden, NetworkError, TelegramError])
def test_no_reason_holds_a_token_or_is_long(kind: type[TelegramError]) -> None:
    outcome: Outcome = outcome_of_error(kind(f"Bad Request: no page /bot{TOKEN}/sendMessage here. " + "x" * 999))

    assert isinstance(outcome, Unreachable | Refused | Uncertain)
    assert TOKEN not in outcome.reason.detail
    assert len(outcome.reason.detail) < 300
