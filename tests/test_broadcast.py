"""Broadcasting: what an admin's words must be, and that they go to whom they were counted for."""

import pytest

from digest.broadcast import LONGEST, Audience, Broadcaster, checked
from digest.clock import SetClock
from digest.errors import BadRequest
from digest.model import Announcement, Channel, Target
from digest.store import Store
from tests.support.stores import membership_on


@pytest.mark.parametrize("text", ["", "  \n ", "x" * (LONGEST + 1), "😀" * (LONGEST // 2 + 1)])
def test_no_words_and_too_many_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(BadRequest) as caught:
        checked(text)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["hello", "😀" * (LONGEST // 2), "x" * LONGEST])
def test_words_that_fit_lose_only_their_outer_blanks(text: str) -> None:
    assert checked(f"\n {text} ") == text


async def test_what_was_previewed_is_what_is_sent(store: Store, clock: SetClock) -> None:
    await membership_on(store, clock).enrol([Target.telegram(1), Target.email("ann@example.org")], None)
    broadcaster = Broadcaster(broadcasts=store.broadcasts, clock=clock)

    announcement, counted = await broadcaster.preview(" hello ", Audience())
    sent = await broadcaster.send(" hello ", Audience(), by="an admin")

    assert announcement == Announcement(text="hello")
    assert counted == sent.queued == {Channel.EMAIL: 1, Channel.TELEGRAM: 1}


async def test_a_preview_sends_nothing(store: Store, clock: SetClock) -> None:
    await membership_on(store, clock).subscribe(Target.telegram(1), None)

    await Broadcaster(broadcasts=store.broadcasts, clock=clock).preview("hello", Audience())

    assert await store.outbox.rows() == []


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
    store: Store, clock: SetClock, messages: dict[Channel, int], seconds: float
) -> None:
    rates = {Channel.TELEGRAM: 28.0, Channel.EMAIL: 10.0}

    takes = Broadcaster(broadcasts=store.broadcasts, clock=clock, rates=rates).takes(messages)

    assert takes.total_seconds() == seconds
