"""Search in the chat, over HTTP: words, pages, numbers, groups, and the links that go on with it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Locale, Paper, Section, Target
from digest.papers.domains import load_taxonomy
from digest.render.telegram import deep_links
from digest.services.search import SearchPage, SearchResult, SearchTerm
from digest.telegram.handlers import search as answers
from digest.telegram.handlers.search import PAGE_SIZE
from digest.text.i18n import translator_for
from digest.text.truncate import utf16_length
from tests.support.telegram_html import parse_html
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import GroupChat, Person
from tests.telegram.chat_app import NOW, SEEDS, ChatApp, open_chat_app
from tests.telegram.conftest import run_chat
from tests.telegram.conversation import send_and_wait

TAXONOMY = load_taxonomy(SEEDS / "taxonomy.tsv")


@pytest.fixture
def person(telegram: TelegramServer, bot: object) -> Person:
    """Return somebody in front of a running bot."""
    assert bot
    return telegram.user(42)


@pytest.fixture
def lab_group(telegram: TelegramServer, person: Person) -> GroupChat:
    """Return a group with the reader in it."""
    group = telegram.group(-100)
    group.add_member(person)
    return group


async def test_papers_are_found_in_the_words_that_people_use(person: Person) -> None:
    for words, said in (
        ("/search robot", "2 papers mention “robot”"),
        ("search robots", "2 papers mention “robots”"),
        ("/搜索 机器人", "4 papers mention “机器人”"),
        ("搜索机器人", "4 papers mention “机器人”"),
        ("/search@paper_digest_test_bot 2601.15876", "1 paper mentions “2601.15876”"),
        ("/search https://arxiv.org/abs/2601.15876v1", "EvoCUA"),
        ("/find EVOCUA", "1 paper mentions “EVOCUA”"),
    ):
        answer = await send_and_wait(person, words)

        assert said in answer.text, words


async def test_each_result_has_its_linked_title_its_day_its_domains_and_the_text_around_the_words(
    person: Person,
) -> None:
    answer = await send_and_wait(person, "/search 具身智能 visuomotor")

    assert "\n1. Cosmos Policy" in answer.text
    assert "24 January 2026 · Robotics, embodied AI & driving · Video" in answer.text
    assert "具身智能 (Embodied AI)" in answer.text
    assert [one["url"] for one in answer.entities if one["type"] == "text_link"] == ["https://arxiv.org/abs/2601.16163"]


async def test_a_number_opens_its_paper_by_button_and_by_command(person: Person) -> None:
    listed = await send_and_wait(person, "/search robot")

    await person.tap("2", on=listed).wait_for_answer()
    by_button = await person.wait_for_message()
    by_command = await send_and_wait(person, "/paper 2")

    assert by_button.text == by_command.text
    assert "Cosmos Policy" in by_button.text


async def test_pages_turn_in_place_and_numbers_count_through(person: Person) -> None:
    listed = await send_and_wait(person, "/search 模型")
    first = listed.text

    await person.tap("More", on=listed).wait_for_answer()
    await person.wait_for_edit(listed, "Papers 11 to 20 of 27")
    second, buttons = listed.text, listed.buttons
    opened = await send_and_wait(person, "/paper 11")
    await person.tap("Back", on=listed).wait_for_answer()
    await person.wait_for_edit(listed, "Papers 1 to 10 of 27", after=1)

    title = second.split("\n11. ")[1].split("\n")[0]
    assert buttons == [*map(str, range(11, 21)), "◀ Back", "More ▶"]
    assert opened.text.startswith(title)
    assert listed.text == first
    assert len(person.messages) == 2


async def test_the_last_page_has_no_more(person: Person) -> None:
    listed = await send_and_wait(person, "/search 模型")

    for turned in range(2):
        await person.tap("More", on=listed).wait_for_answer()
        await person.wait_for_edit(listed, after=turned)

    assert listed.buttons == [*map(str, range(21, 28)), "◀ Back"]


async def test_pages_can_be_turned_after_a_restart(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    async with run_chat(telegram, chat_app.deps):
        listed = await send_and_wait(reader, "/search 模型")

    async with run_chat(telegram, chat_app.deps):
        await reader.tap("More", on=listed).wait_for_answer()
        await reader.wait_for_edit(listed, "Papers 11 to 20")

    assert "\n11. " in listed.text


async def test_a_button_of_an_earlier_search_says_so_and_shows_no_other_papers(person: Person) -> None:
    earlier = await send_and_wait(person, "/search 模型")
    await send_and_wait(person, "/search 智能体")

    answer = await person.tap("More", on=earlier).wait_for_answer()

    assert answer.alert
    assert "/search" in (answer.text or "")
    assert earlier.edit_count == 0


async def test_a_forged_place_is_answered_and_changes_nothing(person: Person) -> None:
    listed = await send_and_wait(person, "/search 模型")

    for at in ("", "10", "10.zz", "x.00000000", "9999.00000000", "-1.00000000", "10.00000000"):
        answer = await person.send_callback(f"1:q:{at}", on=listed).wait_for_answer()

        assert answer.alert, at
        assert listed.edit_count == 0, at


async def test_search_alone_explains_itself(person: Person) -> None:
    answer = await send_and_wait(person, "/search")

    assert "/search robot world model" in answer.text


async def test_nothing_found_says_so_and_what_to_do(person: Person) -> None:
    answers_ = [await send_and_wait(person, words) for words in ("/search zebra", "/search ???", "/search <b>")]

    assert all("No paper mentions" in answer.text for answer in answers_)
    assert all("/today" in answer.text for answer in answers_)
    assert "“<b>”" in answers_[2].text


async def test_what_comes_nearest_is_not_sold_as_a_match(person: Person) -> None:
    answer = await send_and_wait(person, "/search visuomotor zebra")

    assert answer.text.startswith("No paper contains all of “visuomotor zebra”. The closest matches:")
    assert "Cosmos Policy" in answer.text


async def test_an_endless_query_is_cut_and_says_so(person: Person) -> None:
    answer = await send_and_wait(person, "/search 模型 " + "模型" * 1000)

    assert "The text was too long" in answer.text


async def test_a_message_that_is_no_command_offers_to_search_for_it(person: Person) -> None:
    for words, title in (("evocua", "EvoCUA"), ("异步沙盒", "EvoCUA"), ("quantum friend", "Wigner")):
        offer = await send_and_wait(person, words)
        await person.tap("Show", on=offer).wait_for_answer()
        await person.wait_for_edit(offer, f"1. {title}")

        assert offer.text.startswith(f"1 paper mentions “{words}”"), words


async def test_a_city_that_papers_speak_of_may_be_either(person: Person) -> None:
    answer = await send_and_wait(person, "copenhagen")

    assert "1 paper mentions “copenhagen”" in answer.text
    assert "/settings zone copenhagen" in answer.text


async def test_a_message_that_nothing_speaks_of_is_not_understood(person: Person) -> None:
    answer = await send_and_wait(person, "good morning zebra")

    assert "did not understand" in answer.text
    assert "/search" in answer.text
    assert answer.buttons == []


async def test_a_group_gets_the_first_page_and_a_link_to_the_private_chat(
    telegram: TelegramServer, person: Person, lab_group: GroupChat
) -> None:
    person.send("/search 模型", to=lab_group)
    listed = await lab_group.wait_for_message()
    link = next(one["url"] for one in listed.entities if "t.me" in one.get("url", ""))
    tap = await person.tap("1", on=listed).wait_for_answer()
    gone_on = await send_and_wait(person, "/start " + link.partition("?start=")[2])

    assert listed.buttons == [*map(str, range(1, 11))]
    assert link.startswith("https://t.me/paper_digest_test_bot?start=q_")
    assert tap.alert
    assert len(lab_group.messages) == 1
    assert "Papers 1 to 10 of 27" in gone_on.text
    assert telegram.calls("editMessageText") == []


async def test_a_group_that_turns_pages_by_force_gets_an_alert(
    person: Person, lab_group: GroupChat, telegram: TelegramServer
) -> None:
    lab_group.add_member(person, "administrator")
    person.send("/search 模型", to=lab_group)
    listed = await lab_group.wait_for_message()

    answer = await person.send_callback("1:q:10.00000000", on=listed).wait_for_answer()

    assert answer.alert
    assert telegram.calls("editMessageText") == []


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (deep_links.paper_payload("2601.15876"), "EvoCUA"),
        ("p_2601-99999", "2601.99999 is not in any report so far"),
        ("p_cs_0501001", "cs/0501001 is not in any report so far"),
        ("d_2026-01-24", "27 new papers"),
        ("d_2025-01-24", "There is no report for 24 January 2025"),
        ("s_robotics", "You follow “Robotics"),
        (deep_links.search_payload("robot"), "2 papers mention “robot”"),
        ("s_nothing", "This link is not valid"),
        ("q_!!", "This link is not valid"),
        ("inline", "reads the day's new research papers"),
        ("true", "reads the day's new research papers"),
    ],
)
async def test_a_link_opens_what_it_names_and_else_the_welcome(person: Person, payload: str, said: str) -> None:
    answer = await send_and_wait(person, f"/start {payload}")

    assert said in answer.text


@pytest.mark.parametrize("payload", ["p_2601-15876", "d_2026-01-24", "q_cm9ib3Q", "s_nothing"])
async def test_a_newcomer_by_a_link_is_greeted_once_after_what_it_opens(person: Person, payload: str) -> None:
    opened = await send_and_wait(person, f"/start {payload}")
    hello = await person.wait_for_message("reads the day's new research papers")
    again = await send_and_wait(person, "/start p_2601-15876")

    assert hello.id > opened.id
    assert "Everything" in hello.buttons
    assert "EvoCUA" in again.text
    assert again is person.messages[-1]


async def test_a_newcomer_by_a_link_to_a_domain_has_the_first_minute(person: Person, chat_app: ChatApp) -> None:
    person.send("/start s_robotics")
    await person.wait_for_message("You follow “Robotics")
    digest = await person.wait_for_message("new paper")
    question = await person.wait_for_message("Is that right?")

    assert digest.id < question.id
    known = await chat_app.deps.subscriptions.find_profile(Target.telegram(42))
    assert known is not None
    assert known.preferences.domains == ("robotics",)
    assert "You already follow “Robotics" in (await send_and_wait(person, "/start s_robotics")).text


async def test_a_link_to_a_domain_adds_it_to_what_is_followed(person: Person, chat_app: ChatApp) -> None:
    await send_and_wait(person, "/subscribe video")

    await send_and_wait(person, "/start s_robotics")

    known = await chat_app.deps.subscriptions.find_profile(Target.telegram(42))
    assert known is not None
    assert known.preferences.domains == ("video", "robotics")


async def test_an_empty_archive_says_that_nothing_speaks_of_it(
    telegram: TelegramServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("empty")
    async with open_chat_app(folder, ingest_seed=False) as empty, run_chat(telegram, empty.deps):
        answer = await send_and_wait(telegram.user(42), "/search robot")

    assert "No paper mentions “robot”" in answer.text


hostile_query = st.text(min_size=1, max_size=300) | st.sampled_from(["𝕏" * 300, "<&>" * 100, "字" * 300])


@settings(deadline=None)  # the machine may be busy
@given(
    title=hostile_query,
    text=hostile_query,
    query=hostile_query,
    slug=st.text(max_size=80),
    locale=st.sampled_from(Locale),
)
def test_a_page_is_one_message_whatever_papers_hold(
    title: str, text: str, query: str, slug: str, locale: Locale
) -> None:
    paper = Paper(id="2601.00001", title=title, url="", sections={Section.RESULTS: text}, domains=(slug, "video", "3d"))
    results = SearchPage(
        total=999,
        offset=190,
        results=(SearchResult(paper=paper, first_date=NOW.date()),) * PAGE_SIZE,
        paper_ids=(),
        terms=(SearchTerm(words=(query,)),),
        truncated=True,
    )
    page = answers.ResultsPage(query=query, results=results, previous_ref="180.00000000", next_ref="200.00000000")

    part = answers.results_message(translator_for(locale), TAXONOMY, page)

    shown, entities = parse_html(part.html)
    assert utf16_length(shown) <= 4096
    assert utf16_length(part.plain) <= 4096
    assert len(entities) <= 96
    assert len(part.keyboard) == 3
