"""The numbers in words and as a picture, over HTTP."""

from dataclasses import replace

import pytest

from digest.app.telegram import draw_chart
from digest.model import Channel, Locale
from digest.render.chart import Figures
from digest.telegram.handlers.stats import stats_with_chart
from digest.text.i18n import translator_for
from tests.support.telegram_files import png_size
from tests.support.telegram_html import utf16_length
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import Person
from tests.telegram.chat_app import ADMIN, ChatApp
from tests.telegram.conftest import run_chat
from tests.telegram.conversation import send_and_wait


@pytest.fixture
def admin(telegram: TelegramServer) -> Person:
    """Return an admin."""
    return telegram.user(ADMIN)


async def add_subscribers(telegram: TelegramServer) -> None:
    """Let one person read two domains, and another rest from everything."""
    reader, resting = telegram.user(42), telegram.user(43)
    await send_and_wait(reader, "/subscribe robotics, video")
    await send_and_wait(resting, "/subscribe all")
    await send_and_wait(resting, "/pause")


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("words", ["/stats", "统计"])
async def test_without_anybody_who_draws_the_numbers_come_in_words(
    telegram: TelegramServer, admin: Person, words: str
) -> None:
    await add_subscribers(telegram)

    answer = await send_and_wait(admin, words)

    for told in ("Subscribers: 2, 1 of them paused", "Papers: 27", "All domains: 1", "Robotics", "Nothing is waiting."):
        assert told in answer.text
    assert Channel.TELEGRAM.value.capitalize() in answer.text


async def test_the_numbers_come_with_a_picture(telegram: TelegramServer, chat_app: ChatApp, admin: Person) -> None:
    house = replace(chat_app.deps, render_chart=draw_chart)
    async with run_chat(telegram, house):
        await add_subscribers(telegram)

        admin.send("/stats 14")
        answer = await admin.wait_for_message(timeout=60)

    assert answer.photo is not None
    assert png_size(answer.photo) == (1080, 1350)
    assert "Subscribers: 2" in answer.text
    assert "14 days" in answer.text
    assert utf16_length(answer.text) <= 1024


def test_numbers_too_long_for_a_caption_follow_the_picture() -> None:
    told = ("<b>whole</b> " + "x" * 400, "followed " + "😀" * 300, "deliveries " + "z" * 100)

    picture, rest = stats_with_chart(translator_for(Locale.EN), told, png_header(), 30)

    assert picture.photo == png_header()
    assert "whole" in picture.plain
    assert utf16_length(picture.plain) <= 1024
    assert rest.photo is None
    assert "followed" in rest.plain
    assert "deliveries" in rest.plain


async def test_a_picture_that_cannot_be_drawn_leaves_the_words(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    async def fail(_figures: Figures) -> None:
        return None

    async with run_chat(telegram, replace(chat_app.deps, render_chart=fail)):
        answer = await send_and_wait(admin, "/stats")

    assert answer.photo is None
    assert "Papers: 27" in answer.text


@pytest.mark.parametrize(
    ("words", "days"),
    [("/stats", 30), ("/stats 90", 90), ("/stats 7", 7), ("/stats 365 days", 365), ("统计 ６０天", 60)],
)
async def test_the_stretch_of_days_can_be_chosen(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person, words: str, days: int
) -> None:
    drawn: list[Figures] = []

    async def draw(figures: Figures) -> bytes:
        drawn.append(figures)
        return png_header()

    async with run_chat(telegram, replace(chat_app.deps, render_chart=draw)):
        await send_and_wait(admin, words)

    (figures,) = drawn
    assert len(figures.days) == days
    assert figures.days[-1] == chat_app.clock().date()
    every = [*figures.readers.series, *figures.deliveries.series, *figures.papers.series]
    assert {len(series.values) for series in every} == {days}


def png_header() -> bytes:
    """Return the head of a picture, which is all that the stand-in looks at."""
    return b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (90).to_bytes(4) + (60).to_bytes(4) + bytes(9)


@pytest.mark.parametrize("words", ["/stats 0", "/stats 6", "/stats 999", "/stats foo"])
async def test_days_that_no_picture_has_are_told_and_nothing_is_drawn(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person, words: str
) -> None:
    async def draw(_figures: Figures) -> bytes:
        raise AssertionError("drawn")

    async with run_chat(telegram, replace(chat_app.deps, render_chart=draw)):
        answer = await send_and_wait(admin, words)

    assert "from 7 to 365" in answer.text
