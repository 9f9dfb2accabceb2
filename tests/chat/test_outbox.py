"""The outbox in the chat, over HTTP: admins see what is held and decide; nobody else can."""

from datetime import timedelta

import pytest

from digest.broadcast import Audience
from digest.courier import Settlement
from digest.model import Channel, DeliveryState
from tests.chat.household import ADMIN, Household
from tests.chat.talking import ask
from tests.support.telegram_people import Person
from tests.support.telegram_server import TelegramServer

pytestmark = pytest.mark.usefixtures("bot")

DOUBT = Settlement(state=DeliveryState.UNCERTAIN, reason="no answer from <Telegram> (ReadTimeout)")
NO = Settlement(state=DeliveryState.REFUSED, reason="given up: greylisted")


@pytest.fixture
def admin(telegram: TelegramServer) -> Person:
    """Give an admin."""
    return telegram.user(ADMIN)


async def broadcast_that_ends(
    telegram: TelegramServer, home: Household, *ends: Settlement | None
) -> list[int]:
    """Let readers of a broadcast have these ends, None for one that waits; give the rows' numbers."""
    for number in range(len(ends)):
        await ask(telegram.user(100 + number), "/subscribe robotics")
    await home.house.broadcaster.send("Hello", Audience(), by="a test")
    later = home.clock() + timedelta(hours=1)
    claimed = await home.store.outbox.claim(
        Channel.TELEGRAM, "a test", due=home.clock(), now=home.clock(), until=later, most=10
    )
    numbers = sorted(one.id for one in claimed)
    for number, end in zip(numbers, ends, strict=True):
        if end:
            await home.store.outbox.settle(number, "a test", end, home.clock())
    await home.store.outbox.release("a test")
    return numbers


async def state_of(home: Household, number: int) -> DeliveryState:
    """Give the state of a row."""
    return next(row.state for row in await home.store.outbox.rows() if row.id == number)


async def test_an_admin_sees_what_is_held_and_why(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    doubtful, refused, waiting = await broadcast_that_ends(telegram, home, DOUBT, NO, None)

    answer = await ask(admin, "/outbox")

    assert f"#{doubtful} · broadcast · Telegram 100 · uncertain, held for you since" in answer.text
    assert "no answer from <Telegram> (ReadTimeout)" in answer.text
    assert f"#{refused} · broadcast · Telegram 101 · refused since" in answer.text
    assert f"#{waiting} · broadcast · Telegram 102 · waiting since" in answer.text
    assert answer.buttons == [f"Resend {doubtful}", f"Cancel {doubtful}"]


@pytest.mark.parametrize(
    ("button", "told", "state"),
    [("Resend", "Due again", DeliveryState.DUE), ("Cancel", "Cancelled", DeliveryState.CANCELLED)],
)
async def test_a_doubtful_one_is_decided_by_a_button(
    telegram: TelegramServer, home: Household, admin: Person, button: str, told: str, state: DeliveryState
) -> None:
    (number,) = await broadcast_that_ends(telegram, home, DOUBT)
    shown = await ask(admin, "/outbox")

    await admin.tap(f"{button} {number}", on=shown).answered()

    await admin.wait_for_edit(shown, f"{told}: #{number}.")
    assert shown.buttons == []
    assert await state_of(home, number) is state


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("/outbox resend {n}", DeliveryState.DUE),
        ("/outbox resend #{n}, 999", DeliveryState.DUE),
        ("发件箱 重发 {n}", DeliveryState.DUE),
        ("/outbox cancel {n}", DeliveryState.CANCELLED),
        ("/outbox 取消 {n}", DeliveryState.CANCELLED),
    ],
)
async def test_a_doubtful_one_is_decided_by_words(
    telegram: TelegramServer, home: Household, admin: Person, words: str, state: DeliveryState
) -> None:
    (number,) = await broadcast_that_ends(telegram, home, DOUBT)

    answer = await ask(admin, words.format(n=number))

    assert f"#{number}." in answer.text
    assert ("Left as they are: #999." in answer.text) == ("999" in words)
    assert await state_of(home, number) is state


async def test_one_state_alone_can_be_asked_for(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    doubtful, refused = await broadcast_that_ends(telegram, home, DOUBT, NO)

    english, chinese = await ask(admin, "/outbox refused"), await ask(admin, "/outbox 拒收")

    assert f"#{refused}" in english.text
    assert f"#{doubtful} " not in english.text
    assert english.text == chinese.text


@pytest.mark.parametrize(
    "words", ["/outbox resend", "/outbox resend x", "/outbox mine", "/outbox resend 1 x"]
)
async def test_what_makes_no_sense_is_told(admin: Person, words: str) -> None:
    answer = await ask(admin, words)

    assert "/outbox resend 12 13" in answer.text


async def test_an_empty_outbox_says_so(admin: Person) -> None:
    answer = await ask(admin, "/outbox")

    assert "Nothing to show." in answer.text


async def test_a_stranger_finds_no_such_command(telegram: TelegramServer, home: Household) -> None:
    (number,) = await broadcast_that_ends(telegram, home, DOUBT)
    stranger = telegram.user(42)

    answer = await ask(stranger, f"/outbox resend {number}")
    unknown = await ask(stranger, "/no_such_command")

    assert answer.text == unknown.text
    assert await state_of(home, number) is DeliveryState.UNCERTAIN


@pytest.mark.parametrize("data", ["1:r:{n}", "1:g:{n}", "1:r:x", "1:r"])
async def test_a_strangers_forged_press_does_nothing(
    telegram: TelegramServer, home: Household, data: str
) -> None:
    (number,) = await broadcast_that_ends(telegram, home, DOUBT)
    stranger = telegram.user(42)
    mine = await ask(stranger, "/help")

    refused = await stranger.press(data.format(n=number), on=mine).answered()

    assert refused.alert
    assert await state_of(home, number) is DeliveryState.UNCERTAIN


async def test_an_admins_press_in_a_group_does_nothing(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    (number,) = await broadcast_that_ends(telegram, home, DOUBT)
    group = telegram.group(-100)
    group.member(admin, "creator")
    admin.send("/help", to=group)
    shown = await group.wait_for_message()

    refused = await admin.press(f"1:r:{number}", on=shown).answered()

    assert refused.alert
    assert await state_of(home, number) is DeliveryState.UNCERTAIN


async def test_a_chinese_admin_reads_why_in_chinese(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    refused, cancelled = await broadcast_that_ends(telegram, home, NO, None)
    await ask(admin, f"/outbox cancel {cancelled}")
    await ask(admin, "/settings language zh")

    told = (await ask(admin, "/outbox")).text

    assert "已放弃：greylisted" in told
    assert f"#{cancelled}" in (chinese := (await ask(admin, "/outbox cancelled")).text)
    assert "已由管理员取消" in chinese
    assert f"#{refused}" in told
