"""What deliveries become: in a group the titles lead to the bot, in a private chat to arXiv."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from digest.app.core import Core, opened
from digest.app.couriers import bot_of, letters_for
from digest.clock import SetClock
from digest.model import Delivery, Digest, Layout, Locale, Pick, Target
from digest.settings import Settings
from tests.support.children import ROOT
from tests.support.stores import NOW, TODAY, a_paper, take_in
from tests.support.telegram_server import TelegramServer

BOT = "https://t.me/paper_digest_test_bot?start=p_2601-00001"
ARXIV = "https://arxiv.org/abs/2601.00001"


@pytest.fixture
async def core(tmp_path: Path, telegram: TelegramServer) -> AsyncIterator[Core]:
    """Give the use cases of an operator whose bot talks to the stand-in, with one paper."""
    settings = Settings.load(
        {
            "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'digest.db'}",
            "TAXONOMY_FILE": str(ROOT / "seeds" / "taxonomy.tsv"),
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
        }
    )
    async with opened(settings, SetClock(NOW)) as core:
        await take_in(core.store, TODAY, a_paper(1, "robotics"))
        yield core


def a_delivery(target: Target) -> Delivery:
    """Give a delivery of a digest with one paper."""
    return Delivery(
        id=1,
        key="e1.n1",
        endpoint=1,
        subscriber=1,
        target=target,
        content=Digest(date=TODAY, locale=Locale.EN, picks=(Pick(paper="2601.00001"),), total=1),
        created_at=NOW,
    )


@pytest.mark.parametrize(
    ("target", "address"),
    [(Target.telegram(-100), BOT), (Target.telegram(-100, 5), BOT), (Target.telegram(42), ARXIV)],
)
async def test_titles_lead_where_their_reader_can_go_on(
    core: Core, target: Target, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    bot = bot_of(core.settings)
    assert bot is not None
    letters = letters_for(core, bot)

    async with bot:
        (part,) = await letters.as_chat(a_delivery(target))

    assert f'href="{address}"' in part.html


async def test_a_bot_that_only_sends_asks_telegram_for_its_name_once(
    core: Core, telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    bot = bot_of(core.settings)
    assert bot is not None
    letters = letters_for(core, bot)

    parts = [part for _ in range(3) for part in await letters.as_chat(a_delivery(Target.telegram(-100)))]
    await bot.request.shutdown()

    assert [f'href="{BOT}"' in part.html for part in parts] == [True] * 3
    assert len(telegram.calls("getMe")) == 1


async def test_where_telegram_does_not_answer_titles_lead_to_arxiv(
    core: Core, telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    bot = bot_of(core.settings)
    assert bot is not None
    letters = letters_for(core, bot)
    telegram.refuse_next(500, "Internal Server Error", method="getMe")

    (part,) = await letters.as_chat(a_delivery(Target.telegram(-100)))
    await bot.request.shutdown()

    assert f'href="{ARXIV}"' in part.html


async def test_a_digest_goes_in_the_layout_that_was_frozen_in_it(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    letters = letters_for(core)
    delivery = a_delivery(Target.telegram(42))
    assert isinstance(delivery.content, Digest)
    titles = replace(delivery.content, layout=Layout.TITLES, silent=True)

    (part,) = await letters.as_chat(replace(delivery, content=titles))

    assert "as first written" not in part.html
    assert part.silent
