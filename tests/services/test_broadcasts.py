"""Broadcasting: what an admin's words must be, and that they go to whom they were counted for."""

import pytest

from digest.model import Announcement, Channel, Target
from digest.model.clock import FixedClock
from digest.model.errors import InvalidInput
from digest.services.broadcasts import MAX_TEXT_LENGTH, Audience, BroadcastService, validate_text
from digest.storage import Store
from tests.support.database import subscription_service


@pytest.mark.parametrize("text", ["", "  \n ", "x" * (MAX_TEXT_LENGTH + 1), "😀" * (MAX_TEXT_LENGTH // 2 + 1)])
def test_no_words_and_too_many_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        validate_text(text)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["hello", "😀" * (MAX_TEXT_LENGTH // 2), "x" * MAX_TEXT_LENGTH])
def test_words_that_fit_lose_only_their_outer_blanks(text: str) -> None:
    assert validate_text(f"\n {text} ") == text


async def test_what_was_previewed_is_what_is_sent(store: Store, clock: FixedClock) -> None:
    await subscription_service(store, clock).add_subscriber([Target.telegram(1), Target.email("ann@example.org")], None)
    broadcaster = BroadcastService(store=store.broadcasts, clock=clock)

    announcement, counted = await broadcaster.preview(" hello ", Audience())
    sent = await broadcaster.send(" hello ", Audience(), author="an admin")

    assert announcement == Announcement(text="hello")
    assert counted == sent.queued == {Channel.EMAIL: 1, Channel.TELEGRAM: 1}


async def test_a_preview_sends_nothing(store: Store, clock: FixedClock) -> None:
    await subscription_service(store, clock).subscribe(Target.telegram(1), None)

    await BroadcastService(store=store.broadcasts, clock=clock).preview("hello", Audience())

    assert await store.outbox.list_deliveries() == []


@pytest.mark.parametrize(
    ("messages", "seconds"),
    [
        ({}, 0),
        ({Channel.TELEGRAM: 280}, 10),
        ({Channel.EMAIL: 40}, 4),
        ({Channel.TELEGRAM: 280, Channel.EMAIL: 400}, 40),
    ],
)
def test_the_channels_send_beside_each_other_each_at_its_own_rate(
    store: Store, clock: FixedClock, messages: dict[Channel, int], seconds: float
) -> None:
    rates = {Channel.TELEGRAM: 28.0, Channel.EMAIL: 10.0}

    takes = BroadcastService(store=store.broadcasts, clock=clock, rates=rates).estimate_duration(messages)

    assert takes.total_seconds() == seconds
