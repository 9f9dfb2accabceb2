"""Saved papers and votes, over HTTP."""

import asyncio

import pytest

from digest.model import PaperFeedback, Target, Vote
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import Person
from tests.support.telegram_world import ChatMessage
from tests.telegram.chat_app import ChatApp
from tests.telegram.conversation import send_and_wait

pytestmark = pytest.mark.usefixtures("bot")

COSMOS_ID = "2601.16163"


async def open_second_paper(reader: Person) -> ChatMessage:
    """Open the second paper of robotics, from the list."""
    listed = await send_and_wait(reader, "/today robotics")
    await reader.tap("2", on=listed).wait_for_answer()
    return await reader.wait_for_message("Cosmos Policy")


async def stored_feedback(chat_app: ChatApp, paper: str = COSMOS_ID) -> PaperFeedback:
    """Return what the store holds of reader 42 and a paper."""
    return await chat_app.deps.saved_papers.feedback(
        await chat_app.deps.subscriptions.find_profile(Target.telegram(42)), paper
    )


async def stored_papers(chat_app: ChatApp) -> tuple[str, ...]:
    """Return what the store holds of the shelf of reader 42."""
    return await chat_app.deps.saved_papers.saved_ids(
        await chat_app.deps.subscriptions.find_profile(Target.telegram(42))
    )


async def test_a_press_saves_a_paper_for_somebody_who_never_joined(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    paper = await open_second_paper(reader)
    text = paper.text

    answer = await reader.tap("Save", on=paper).wait_for_answer()
    await reader.wait_for_edit(paper)

    assert (answer.text, answer.alert) == ("Saved. All saved papers: /saved", False)
    assert "🔖 Saved ✓" in paper.buttons
    assert paper.text == text
    assert await stored_papers(chat_app) == (COSMOS_ID,)
    assert len(reader.messages) == 2


async def test_pressing_again_takes_it_off_and_the_paper_still_pages(
    telegram: TelegramServer, chat_app: ChatApp
) -> None:
    reader = telegram.user(42)
    paper = await open_second_paper(reader)
    before = list(paper.buttons)
    await reader.tap("Save", on=paper).wait_for_answer()
    await reader.wait_for_edit(paper)

    await reader.tap("Saved", on=paper).wait_for_answer()
    await reader.wait_for_edit(paper, after=1)
    again = list(paper.buttons)
    await reader.tap("Next", on=paper).wait_for_answer()
    await reader.wait_for_edit(paper, "Agentic Uncertainty")

    assert again == before
    assert "◀ Previous" in before
    assert await stored_papers(chat_app) == ()


async def test_a_vote_is_ticked_changed_and_taken_back(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    paper = await open_second_paper(reader)
    marks: list[Vote | None] = []
    rows: list[list[str]] = []

    for button in ("Good", "Not interested", "Not interested"):
        await reader.tap(button, on=paper).wait_for_answer()
        await reader.wait_for_edit(paper, after=len(rows))
        marks.append((await stored_feedback(chat_app)).vote)
        rows.append([text for text in paper.buttons if text[0] in "👍👎"])

    assert marks == [Vote.UP, Vote.DOWN, None]
    assert rows == [
        ["👍 Good ✓", "👎 Not interested"],
        ["👍 Good", "👎 Not interested ✓"],
        ["👍 Good", "👎 Not interested"],
    ]


async def test_the_buttons_of_a_paper_remember_what_was_done(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    paper = await open_second_paper(reader)
    await reader.tap("Save", on=paper).wait_for_answer()
    await reader.tap("Good", on=paper).wait_for_answer()

    again = await send_and_wait(reader, f"/paper {COSMOS_ID}")

    assert {"🔖 Saved ✓", "👍 Good ✓"} <= set(again.buttons)


async def test_two_presses_of_one_button_at_once_have_one_effect(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    paper = await open_second_paper(reader)

    taps = [reader.tap(button, on=paper) for button in ("Save", "Save", "Good", "Good")]
    answers = await asyncio.gather(*(tap.wait_for_answer() for tap in taps))

    assert not any(answer.alert for answer in answers)
    assert await stored_feedback(chat_app) == PaperFeedback(saved=True, vote=Vote.UP)


async def test_a_forged_press_changes_nothing(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    paper = await open_second_paper(reader)

    for data in (
        "1:f:2601.16163",
        "1:f:2601.16163:maybe",
        "1:f:2601.99999:on",
        "1:f:../x:on",
        "1:v:2601.16163:3",
        "1:v:2601.99999:up",
        "1:b:x",
        "1:b:-1",
    ):
        answer = await reader.send_callback(data, on=paper).wait_for_answer()

        assert answer.alert, data
        assert await stored_feedback(chat_app) == PaperFeedback(), data
        assert paper.edit_count == 0, data


async def test_a_press_below_another_message_saves_and_leaves_it_alone(
    telegram: TelegramServer, chat_app: ChatApp
) -> None:
    reader = telegram.user(42)
    message = await send_and_wait(reader, "/help")

    await reader.send_callback(f"1:f:{COSMOS_ID}:on", on=message).wait_for_answer()

    assert await stored_papers(chat_app) == (COSMOS_ID,)
    assert message.edit_count == 0


async def test_an_empty_list_says_how_to_fill_it(telegram: TelegramServer) -> None:
    reader = telegram.user(42)

    for words in ("/saved", "收藏", "我的收藏", "saved"):
        answer = await send_and_wait(reader, words)

        assert "/saved add 3" in answer.text, words
        assert answer.buttons == ["Today's papers"], words


async def test_the_newest_saved_paper_stands_first_and_its_number_opens_it(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/today robotics")
    await send_and_wait(reader, "/saved add 1")
    await send_and_wait(reader, "/saved add 2")

    listed = await send_and_wait(reader, "/saved")
    await reader.tap("2", on=listed).wait_for_answer()
    tapped = await reader.wait_for_message()
    typed = await send_and_wait(reader, "/paper 1")

    assert listed.text.startswith("Your saved papers · 2 papers\n\n1. Cosmos Policy")
    assert tapped.text.startswith("BayesianVLA")
    assert typed.text.startswith("Cosmos Policy")
    assert "Next ▶" in typed.buttons


async def test_papers_are_added_and_taken_off_by_words(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/today robotics")

    added = await send_and_wait(reader, f"/saved add 1, https://arxiv.org/abs/{COSMOS_ID} 2601.99999")
    again = await send_and_wait(reader, f"收藏 {COSMOS_ID}")
    removed = await send_and_wait(reader, "/saved remove 1 3")

    assert added.text.count("Saved: ") == 2
    assert "2601.99999 is not in any report so far." in added.text
    assert "already" in again.text
    assert "Removed: “BayesianVLA" in removed.text
    assert "/saved add 2601.15197" in removed.text
    assert "“Agentic Uncertainty Quantification” was not saved." in removed.text
    assert await stored_papers(chat_app) == (COSMOS_ID,)


async def test_words_without_a_paper_get_an_example(telegram: TelegramServer) -> None:
    reader = telegram.user(42)

    for words in ("/saved add", "/saved nonsense", "/saved remove all", "收藏 删除"):
        answer = await send_and_wait(reader, words)

        assert "/saved add 3" in answer.text, words
        assert "/saved remove 2601.15876" in answer.text, words


async def test_a_number_beyond_the_list_changes_nothing(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/today robotics")

    answer = await send_and_wait(reader, "/saved add 2 44")

    assert "numbered 1 to 4" in answer.text
    assert await stored_papers(chat_app) == ()


async def test_a_long_list_pages_in_place(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "<code>/today all</code>")
    for start in (1, 11, 21):
        await send_and_wait(reader, "/saved add " + " ".join(str(n) for n in range(start, min(start + 10, 28))))
    listed = await send_and_wait(reader, "/saved")
    first = listed.text

    await reader.tap("Older", on=listed).wait_for_answer()
    await reader.wait_for_edit(listed, "11–20 of 27")
    typed = await send_and_wait(reader, "/saved page 3")
    beyond = await send_and_wait(reader, "/saved page 99")

    assert "1–10 of 27" in first
    assert [text for text in listed.buttons if text.isdigit()] == [str(n) for n in range(11, 21)]
    assert "21–27 of 27" in typed.text
    assert beyond.text == typed.text


async def test_a_paper_opened_from_the_list_leaves_the_list_as_it_is(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, f"/saved add {COSMOS_ID}")
    listed = await send_and_wait(reader, "/saved")

    await reader.tap("1", on=listed).wait_for_answer()
    await reader.wait_for_message("Cosmos Policy")

    assert listed.edit_count == 0


async def test_typed_votes_do_what_the_buttons_do(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/today robotics")
    marks = []

    for words in ("/paper good 2", "论文 👎 2", f"/paper {COSMOS_ID} down", "/paper up 2", "/paper none 2"):
        told = await send_and_wait(reader, words)
        marks.append((await stored_feedback(chat_app)).vote)
        assert "Cosmos Policy" in told.text

    assert marks == [Vote.UP, Vote.DOWN, None, Vote.UP, None]


async def test_a_vote_for_what_is_not_there_is_one_clear_line(telegram: TelegramServer) -> None:
    reader = telegram.user(42)

    unknown, beyond = (
        await send_and_wait(reader, "/paper good 2601.99999"),
        await send_and_wait(reader, "/paper good 99"),
    )

    assert unknown.text.startswith("2601.99999 is not in any report so far.")
    assert "numbered 1 to 27" in beyond.text


async def test_what_was_kept_is_forgotten_with_the_reader(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, f"/saved add {COSMOS_ID}")
    await send_and_wait(reader, f"/paper good {COSMOS_ID}")

    await send_and_wait(reader, "/forget yes")
    await send_and_wait(reader, "/start")

    assert await stored_papers(chat_app) == ()
    assert await stored_feedback(chat_app) == PaperFeedback()


async def test_in_a_group_nothing_is_saved_and_nobody_votes(telegram: TelegramServer, chat_app: ChatApp) -> None:
    boss, group = telegram.user(42), telegram.group(-100)
    group.add_member(boss, "creator")
    said = []

    for words in ("/saved", f"/saved add {COSMOS_ID}", f"/paper good {COSMOS_ID}"):
        boss.send(words, to=group)
        said.append((await group.wait_for_message()).text)
    boss.send(f"/paper {COSMOS_ID}", to=group)
    paper = await group.wait_for_message("Cosmos Policy")
    pressed = await boss.send_callback(f"1:f:{COSMOS_ID}:on", on=paper).wait_for_answer()

    assert all("private chat" in text for text in said)
    assert paper.buttons == ["arXiv", "PDF", "Hugging Face", "Open in private", "Share"]
    assert pressed.alert
    assert await chat_app.deps.subscriptions.find_profile(Target.telegram(-100)) is None
    assert await stored_papers(chat_app) == ()


async def test_the_chinese_list_speaks_chinese(telegram: TelegramServer) -> None:
    reader = telegram.user(42, language_code="zh-hans")
    added = await send_and_wait(reader, f"收藏 {COSMOS_ID}")

    listed = await send_and_wait(reader, "收藏")
    paper = await send_and_wait(reader, "/paper 1")

    assert added.text.startswith("已收藏：“Cosmos Policy")
    assert listed.text.startswith("我的收藏 · 1 篇")
    assert "🔖 已收藏 ✓" in paper.buttons
