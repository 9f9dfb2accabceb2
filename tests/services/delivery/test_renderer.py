"""What deliveries become: in a group the titles lead to the bot, in a private chat to arXiv."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from digest.app.container import Container, open_container
from digest.app.delivery import bot_from_settings, build_renderer
from digest.app.settings import Settings
from digest.model import Delivery, DetailLevel, Digest, Locale, SelectedPaper, Target
from digest.model.clock import FixedClock
from tests.support.child_process import ROOT
from tests.support.database import NOW, TODAY, make_paper, save_report
from tests.support.telegram_server import TelegramServer

BOT_LINK = "https://t.me/paper_digest_test_bot?start=p_2601-00001"
ARXIV_LINK = "https://arxiv.org/abs/2601.00001"


@pytest.fixture
async def container(tmp_path: Path, telegram: TelegramServer) -> AsyncIterator[Container]:
    """Return the use cases of an operator whose bot talks to the stand-in, with one paper."""
    settings = Settings.load(
        {
            "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'digest.db'}",
            "TAXONOMY_FILE": str(ROOT / "seeds" / "taxonomy.tsv"),
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
        }
    )
    async with open_container(settings, FixedClock(NOW)) as core:
        await save_report(core.store, TODAY, make_paper(1, "robotics"))
        yield core


def make_delivery(target: Target) -> Delivery:
    """Return a delivery of a digest with one paper."""
    return Delivery(
        id=1,
        key="e1.n1",
        endpoint_id=1,
        subscriber_id=1,
        target=target,
        content=Digest(date=TODAY, locale=Locale.EN, papers=(SelectedPaper(paper_id="2601.00001"),), candidate_count=1),
        created_at=NOW,
    )


@pytest.mark.parametrize(
    ("target", "address"),
    [(Target.telegram(-100), BOT_LINK), (Target.telegram(-100, 5), BOT_LINK), (Target.telegram(42), ARXIV_LINK)],
)
async def test_titles_lead_where_their_reader_can_go_on(
    container: Container, target: Target, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    bot = bot_from_settings(container.settings)
    assert bot is not None
    letters = build_renderer(container, bot)

    async with bot:
        (part,) = await letters.render_telegram(make_delivery(target))

    assert f'href="{address}"' in part.html


async def test_a_bot_that_only_sends_asks_telegram_for_its_name_once(
    container: Container, telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    bot = bot_from_settings(container.settings)
    assert bot is not None
    letters = build_renderer(container, bot)

    parts = [part for _ in range(3) for part in await letters.render_telegram(make_delivery(Target.telegram(-100)))]
    await bot.request.shutdown()

    assert [f'href="{BOT_LINK}"' in part.html for part in parts] == [True] * 3
    assert len(telegram.calls("getMe")) == 1


async def test_where_telegram_does_not_answer_titles_lead_to_arxiv(
    container: Container, telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    bot = bot_from_settings(container.settings)
    assert bot is not None
    letters = build_renderer(container, bot)
    telegram.plan_refusal(500, "Internal Server Error", method="getMe")

    (part,) = await letters.render_telegram(make_delivery(Target.telegram(-100)))
    await bot.request.shutdown()

    assert f'href="{ARXIV_LINK}"' in part.html


async def test_a_digest_goes_in_the_layout_that_was_frozen_in_it(
    container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    letters = build_renderer(container)
    delivery = make_delivery(Target.telegram(42))
    assert isinstance(delivery.content, Digest)
    titles = replace(delivery.content, detail_level=DetailLevel.TITLES, silent=True)

    (part,) = await letters.render_telegram(replace(delivery, content=titles))

    assert "as first written" not in part.html
    assert part.silent
