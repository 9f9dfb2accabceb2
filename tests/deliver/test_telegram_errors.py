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

from digest.channel import Gone, Later, Moved, Outcome, Refused, Uncertain
from digest.deliver.flood import Flooded
from digest.deliver.telegram_answers import ForeignAnswer, UnreadableAnswer
from digest.deliver.telegram_errors import is_our_bug, outcome_of
from digest.errors import ChannelStopped
from digest.model import Target
from digest.reasons import telegram_error

TOKEN = "7000000001:AAtest-token-of-the-stand-in_0123456"


def caused(error: TelegramError, cause: Exception) -> TelegramError:
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
    assert isinstance(outcome_of(error), Gone)


@pytest.mark.parametrize("words", ["message thread not found", "TOPIC_DELETED"])
def test_a_topic_that_was_deleted_is_gone_and_its_chat_is_not(words: str) -> None:
    outcome = outcome_of(BadRequest(f"Bad Request: {words}"))

    assert isinstance(outcome, Gone)
    assert outcome.topic


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
    outcome = outcome_of(error)

    assert isinstance(outcome, Later)
    assert (outcome.after, outcome.counts, outcome.whole_channel) == (timedelta(days=1), True, False)


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
def test_a_message_at_fault_is_our_bug_and_never_an_unsubscription(error: TelegramError) -> None:
    outcome = outcome_of(error)

    assert isinstance(outcome, Refused)
    assert outcome.our_fault
    assert is_our_bug(error)


def test_a_group_that_became_a_supergroup_has_moved() -> None:
    assert outcome_of(ChatMigrated(-1001)) == Moved(
        to=Target.telegram(-1001), reason=telegram_error("Group migrated to supergroup. New chat id: -1001")
    )


def test_a_group_that_became_a_supergroup_without_telling_its_id_is_tried_again() -> None:
    outcome = outcome_of(BadRequest("Bad Request: group chat was upgraded to a supergroup chat"))

    assert isinstance(outcome, Later)
    assert (outcome.after, outcome.counts, outcome.whole_channel) == (None, True, False)


@pytest.mark.parametrize("everybody", [False, True])
@pytest.mark.parametrize("seconds", [1, 12 * 3600])
def test_a_flood_holds_whom_it_concerns_for_as_long_as_telegram_says(
    seconds: int, *, everybody: bool
) -> None:
    outcome = outcome_of(Flooded(seconds, everybody=everybody))

    assert isinstance(outcome, Later)
    assert outcome.after == timedelta(seconds=seconds)
    assert (outcome.counts, outcome.whole_channel) == (False, everybody)


@pytest.mark.parametrize("seconds", [86_401, 1e18, 10**400])
def test_a_wait_beyond_a_day_is_a_day_and_says_so(seconds: float) -> None:
    outcome = outcome_of(Flooded(seconds))

    assert isinstance(outcome, Later)
    assert outcome.after == timedelta(days=1)
    assert "longer wait was asked for" in outcome.reason.detail


@pytest.mark.parametrize(
    ("error", "everybody"),
    [
        (caused(TimedOut("Pool timeout"), httpx.PoolTimeout("")), False),
        (caused(TimedOut(), httpx.ConnectTimeout("")), True),
        (caused(NetworkError("httpx.ConnectError: "), httpx.ConnectError("")), True),
        (NetworkError("Misdirected Request: unallowed token specified"), True),
        (ForeignAnswer("403 Access Denied"), True),
    ],
)
def test_what_surely_was_not_sent_is_tried_again_and_is_not_the_readers_fault(
    error: TelegramError, *, everybody: bool
) -> None:
    outcome = outcome_of(error)

    assert isinstance(outcome, Later)
    assert (outcome.counts, outcome.whole_channel) == (False, everybody)


@pytest.mark.parametrize(
    "error",
    [
        caused(TimedOut(), httpx.ReadTimeout("")),
        caused(TimedOut(), httpx.WriteTimeout("")),
        caused(NetworkError("httpx.ReadError: "), httpx.ReadError("")),
        caused(NetworkError("httpx.RemoteProtocolError: "), httpx.RemoteProtocolError("")),
        NetworkError("Internal Server Error"),
        NetworkError("Bad Gateway"),
        NetworkError("httpx.DecodingError: header too large"),
        UnreadableAnswer("502 Bad Gateway"),
        caused(TimedOut(), TimeoutError()),
        TelegramError("Invalid server response"),
    ],
)
def test_what_may_have_been_sent_is_uncertain(error: TelegramError) -> None:
    assert isinstance(outcome_of(error), Uncertain)


@pytest.mark.parametrize(
    ("error", "what_to_do"),
    [
        (InvalidToken("Unauthorized"), "TELEGRAM_BOT_TOKEN"),
        (Conflict("Conflict: terminated by other getUpdates request"), "stop it"),
    ],
)
def test_a_refused_token_or_a_second_poller_stops_the_channel(error: TelegramError, what_to_do: str) -> None:
    with pytest.raises(ChannelStopped, match=what_to_do):
        outcome_of(error)


@pytest.mark.parametrize("kind", [BadRequest, Forbidden, NetworkError, TelegramError])
def test_no_reason_holds_a_token_or_is_long(kind: type[TelegramError]) -> None:
    outcome: Outcome = outcome_of(kind(f"Bad Request: no page /bot{TOKEN}/sendMessage here. " + "x" * 999))

    assert isinstance(outcome, Gone | Refused | Uncertain)
    assert TOKEN not in outcome.reason.detail
    assert len(outcome.reason.detail) < 300
