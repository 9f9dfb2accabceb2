"""The numbers in words and as a picture, over HTTP."""

from dataclasses import replace

import pytest

from digest.app.talk import draw_chart
from digest.chat.answers.numbers import with_picture
from digest.model import Channel, Locale
from digest.render.figures import Figures
from digest.words import words_in
from tests.chat.conftest import running
from tests.chat.household import ADMIN, Household
from tests.chat.talking import ask
from tests.support.telegram_files import size_of
from tests.support.telegram_html import utf16_length
from tests.support.telegram_people import Person
from tests.support.telegram_server import TelegramServer


@pytest.fixture
def admin(telegram: TelegramServer) -> Person:
    """Give an admin."""
    return telegram.user(ADMIN)


async def some_read(telegram: TelegramServer) -> None:
    """Let one person read two domains, and another rest from everything."""
    reader, resting = telegram.user(42), telegram.user(43)
    await ask(reader, "/subscribe robotics, video")
    await ask(resting, "/subscribe all")
    await ask(resting, "/pause")


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("words", ["/stats", "统计"])
async def test_without_anybody_who_draws_the_numbers_come_in_words(
    telegram: TelegramServer, admin: Person, words: str
) -> None:
    await some_read(telegram)

    answer = await ask(admin, words)

    for told in ("Readers: 2, of whom 1 paused", "Papers: 27", "Everything: 1", "Robotics", "Nothing waits."):
        assert told in answer.text
    assert Channel.TELEGRAM.value.capitalize() in answer.text


async def test_the_numbers_come_with_a_picture(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    house = replace(home.house, draw=draw_chart)
    async with running(telegram, house):
        await some_read(telegram)

        admin.send("/stats 14")
        answer = await admin.wait_for_message(timeout=60)

    assert answer.photo is not None
    assert size_of(answer.photo) == (1080, 1350)
    assert "Readers: 2" in answer.text
    assert "14 days" in answer.text
    assert utf16_length(answer.text) <= 1024


def test_numbers_too_long_for_a_caption_follow_the_picture() -> None:
    told = ("<b>whole</b> " + "x" * 400, "followed " + "😀" * 300, "deliveries " + "z" * 100)

    picture, rest = with_picture(words_in(Locale.EN), told, a_png(), 30)

    assert picture.photo == a_png()
    assert "whole" in picture.plain
    assert utf16_length(picture.plain) <= 1024
    assert rest.photo is None
    assert "followed" in rest.plain
    assert "deliveries" in rest.plain


async def test_a_picture_that_cannot_be_drawn_leaves_the_words(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    async def fail(_figures: Figures) -> None:
        return None

    async with running(telegram, replace(home.house, draw=fail)):
        answer = await ask(admin, "/stats")

    assert answer.photo is None
    assert "Papers: 27" in answer.text


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("/stats", 30),
        ("/stats 90", 90),
        ("/stats 7", 7),
        ("/stats 365 days", 365),
        ("统计 ６０天", 60),
    ],
)
async def test_the_stretch_of_days_can_be_chosen(
    telegram: TelegramServer, home: Household, admin: Person, words: str, days: int
) -> None:
    drawn: list[Figures] = []

    async def draw(figures: Figures) -> bytes:
        drawn.append(figures)
        return a_png()

    async with running(telegram, replace(home.house, draw=draw)):
        await ask(admin, words)

    (figures,) = drawn
    assert len(figures.days) == days
    assert figures.days[-1] == home.clock().date()
    every = [*figures.readers.series, *figures.deliveries.series, *figures.papers.series]
    assert {len(series.values) for series in every} == {days}


def a_png() -> bytes:
    """Give the head of a picture, which is all that the stand-in looks at."""
    return b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (90).to_bytes(4) + (60).to_bytes(4) + bytes(9)


@pytest.mark.parametrize("words", ["/stats 0", "/stats 6", "/stats 999", "/stats foo"])
async def test_days_that_no_picture_has_are_told_and_nothing_is_drawn(
    telegram: TelegramServer, home: Household, admin: Person, words: str
) -> None:
    async def draw(_figures: Figures) -> bytes:
        raise AssertionError("drawn")

    async with running(telegram, replace(home.house, draw=draw)):
        answer = await ask(admin, words)

    assert "from 7 to 365" in answer.text
