"""Linking an email address, over HTTP."""

import pytest

from digest.model import Channel, Target
from tests.support.telegram_server import TelegramServer
from tests.telegram.chat_app import ChatApp
from tests.telegram.conversation import newest_code, send_and_wait

pytestmark = pytest.mark.usefixtures("bot")


async def linked_addresses(chat_app: ChatApp) -> tuple[str, ...]:
    """Return the addresses of reader 42."""
    reader = await chat_app.deps.subscriptions.find_profile(Target.telegram(42))
    return reader.active_addresses(Channel.EMAIL) if reader else ()


@pytest.mark.parametrize(
    ("asking", "answering"),
    [
        ("/email ada@example.org", "/email {code}"),
        ("邮箱 ada@example.org", "邮箱 {code}"),
        ("ada@example.org", "{code}"),
        ("/email ada@example.org", "/email {spaced}"),
    ],
)
async def test_an_address_is_linked_by_the_code_that_was_sent_to_it(
    telegram: TelegramServer, chat_app: ChatApp, asking: str, answering: str
) -> None:
    reader = telegram.user(42)

    sent = await send_and_wait(reader, asking)
    code = await newest_code(chat_app)
    done = await send_and_wait(reader, answering.format(code=code, spaced=f"{code[:3]} {code[3:]}"))

    assert "15 minutes" in sent.text
    assert "now also goes to ada@example.org" in done.text
    assert await linked_addresses(chat_app) == ("ada@example.org",)


async def test_a_wrong_code_links_nothing_and_tells_the_tries_left(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/email ada@example.org")
    code = await newest_code(chat_app)
    wrong = "000000" if code != "000000" else "111111"

    answers = [await send_and_wait(reader, f"/email {wrong}") for _ in range(6)]

    assert "4 attempts left" in answers[0].text
    assert "one attempt left" in answers[3].text
    assert "no attempts left" in answers[4].text
    assert "no pending code" in answers[5].text
    assert await linked_addresses(chat_app) == ()


async def test_a_code_is_refused_after_too_many_tries_even_when_right(
    telegram: TelegramServer, chat_app: ChatApp
) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/email ada@example.org")
    code = await newest_code(chat_app)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        await send_and_wait(reader, f"/email {wrong}")

    answer = await send_and_wait(reader, f"/email {code}")

    assert "no pending code" in answer.text
    assert await linked_addresses(chat_app) == ()


@pytest.mark.parametrize("words", ["/email nonsense", "/email a@b", "/email @", "/email 12345"])
async def test_what_is_no_address_is_told_with_an_example(telegram: TelegramServer, words: str) -> None:
    reader = telegram.user(42)

    answer = await send_and_wait(reader, words)

    assert "/email you@example.org" in answer.text


@pytest.mark.parametrize("words", ["/email off", "邮箱 关闭", "/email off ada@example.org"])
async def test_an_address_is_unlinked(telegram: TelegramServer, chat_app: ChatApp, words: str) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/email ada@example.org")
    await send_and_wait(reader, f"/email {await newest_code(chat_app)}")
    told = await send_and_wait(reader, "/email")
    again = await send_and_wait(reader, "/email ada@example.org")

    answer = await send_and_wait(reader, words)

    assert "goes to ada@example.org" in told.text
    assert "already linked" in again.text
    assert "Nothing more will be sent" in answer.text
    assert await linked_addresses(chat_app) == ()


async def test_somebody_without_an_address_is_told_how_to_link_one(telegram: TelegramServer) -> None:
    reader = telegram.user(42)

    answers = [await send_and_wait(reader, words) for words in ("/email", "邮箱", "/email off")]

    assert all("/email you@example.org" in answer.text for answer in answers)


async def test_three_codes_a_day_are_all(telegram: TelegramServer) -> None:
    reader = telegram.user(42)

    answers = [await send_and_wait(reader, f"/email ada{n}@example.org") for n in range(4)]

    assert "A code was sent" in answers[2].text
    assert "tomorrow" in answers[3].text
