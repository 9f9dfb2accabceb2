"""Inline mode, over HTTP: papers for any chat, a page at a time."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Locale, Paper, Report, Section
from digest.papers.domains import load_taxonomy
from digest.services.rate_limit import RateLimiter
from digest.telegram import BotApplication
from digest.telegram.inline import build_article
from digest.text.i18n import translator_for
from digest.text.truncate import utf16_length
from tests.support.telegram_html import parse_html
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import Person
from tests.telegram.chat_app import NOW, SEEDS, ChatApp
from tests.telegram.conftest import run_chat
from tests.telegram.conversation import send_and_wait

TAXONOMY = load_taxonomy(SEEDS / "taxonomy.tsv")


@pytest.fixture
def person(telegram: TelegramServer, bot: BotApplication) -> Person:
    """Return somebody who has never written to the running bot."""
    assert bot.running
    return telegram.user(42, started=False)


async def test_words_find_papers_in_any_chat(person: Person) -> None:
    answer = await person.send_inline_query("robot")

    assert [title.partition(":")[0] for title in answer.titles] == ["BayesianVLA", "Cosmos Policy"]
    assert all(one["description"] for one in answer.results)
    assert answer.next_offset == ""


async def test_the_message_tells_the_paper_and_leads_to_the_bot(person: Person) -> None:
    answer = await person.send_inline_query("evocua")

    (message,) = answer.messages
    html = answer.results[0]["input_message_content"]["message_text"]
    assert message.startswith("EvoCUA: Evolving Computer Use Agents")
    assert "AI agents & tool use" in message
    assert "提出了 EvoCUA 框架" in message
    assert 'href="https://arxiv.org/abs/2601.15876"' in html
    assert 'href="https://t.me/paper_digest_test_bot?start=p_2601-15876"' in html


async def test_an_id_or_an_address_gives_that_paper(person: Person) -> None:
    for query in ("2601.15876", "https://huggingface.co/papers/2601.15876", "arXiv:2601.15876v1"):
        answer = await person.send_inline_query(query)

        assert [one["id"] for one in answer.results] == ["2601.15876"], query


async def test_no_words_give_todays_papers(person: Person) -> None:
    answer = await person.send_inline_query("")

    assert len(answer.results) == 27


async def test_the_word_that_is_being_typed_may_be_a_beginning(person: Person) -> None:
    answer = await person.send_inline_query("cosmos pol")

    assert answer.titles == ["Cosmos Policy: Fine-Tuning Video Models for Visuomotor Control and Planning"]


async def test_nothing_found_offers_the_bot(person: Person) -> None:
    answer = await person.send_inline_query("zebra")

    assert answer.results == []
    assert answer.button is not None
    assert "bot" in answer.button["text"]


async def test_results_come_fifty_at_a_time_until_the_last(chat_app: ChatApp, person: Person) -> None:
    many = tuple(
        Paper(id=f"2602.{n:05}", title=f"Zebra {n}", url="", sections={Section.AREA: "x"}) for n in range(1, 71)
    )
    report = Report(date=date(2026, 1, 24), source_url=None, papers=many)
    await chat_app.store.papers.save_report(date(2026, 1, 24), "zebras.md", report, "zebras", NOW)

    first = await person.send_inline_query("zebra")
    second = await person.send_inline_query("zebra", offset=first.next_offset)

    assert (len(first.results), len(second.results), second.next_offset) == (50, 20, "")
    assert len({*first.titles, *second.titles}) == 70


async def test_an_offset_that_is_none_of_ours_gives_nothing(person: Person) -> None:
    for offset in ("x", "-1", "0", "99999", "50; DROP", "999"):
        answer = await person.send_inline_query("模型", offset=offset)

        assert (answer.results, answer.next_offset) == ([], ""), offset


async def test_answers_are_in_ones_own_language_and_for_oneself_alone(
    telegram: TelegramServer, bot: BotApplication
) -> None:
    chinese = telegram.user(43, language_code="zh-hans")
    chose = telegram.user(44)
    await send_and_wait(chose, "/subscribe video")
    await send_and_wait(chose, "/settings language 中文")

    messages = [(await one.send_inline_query("evocua")).messages[0] for one in (chinese, chose)]
    answer = await chinese.send_inline_query("evocua")

    assert all("智能体与工具使用" in message for message in messages)
    assert answer.is_personal
    assert answer.cache_time <= 60
    assert bot.running


async def test_one_person_asks_so_much_and_others_do_not_feel_it(telegram: TelegramServer, chat_app: ChatApp) -> None:
    chat_app.deps.inline_limiter.limit = 3
    one, other = telegram.user(42), telegram.user(43)
    async with run_chat(telegram, chat_app.deps):
        found = [len((await one.send_inline_query("robot")).results) for _ in range(5)]
        others = len((await other.send_inline_query("robot")).results)

    assert isinstance(chat_app.deps.inline_limiter, RateLimiter)
    assert (found, others) == ([2, 2, 2, 0, 0], 2)


async def test_an_answer_that_came_too_late_disturbs_nobody(telegram: TelegramServer, person: Person) -> None:
    telegram.plan_refusal(400, "Bad Request: query is too old", method="answerInlineQuery")

    with pytest.raises(AssertionError, match="got no answer"):
        await person.send_inline_query("robot", within=1)
    again = await person.send_inline_query("robot")

    assert len(again.results) == 2
    assert telegram.calls("sendMessage") == []


hostile_query = st.text(min_size=1, max_size=3000) | st.sampled_from(["𝕏" * 3000, "<&>" * 1000])


@settings(deadline=None)  # the machine may be busy
@given(title=hostile_query, text=hostile_query, slug=st.text(max_size=300), locale=st.sampled_from(Locale))
def test_a_result_is_what_telegram_takes_whatever_a_paper_holds(
    title: str, text: str, slug: str, locale: Locale
) -> None:
    paper = Paper(id="2601.00001", title=title, url="", sections={Section.CONTRIBUTION: text}, domains=(slug,) * 4)

    made = build_article(translator_for(locale), TAXONOMY, paper, "a_bot")

    assert made is not None
    assert 1 <= len(made.title) <= 250
    assert utf16_length(parse_html(made.html)[0]) <= 4096
    assert 1 <= len(made.id.encode()) <= 64


def test_a_paper_without_an_id_that_can_be_sent_is_left_out() -> None:
    for paper in ("", "x" * 65, "a\nb"):
        assert build_article(translator_for(Locale.EN), TAXONOMY, Paper(id=paper, title="T", url=""), "a_bot") is None
