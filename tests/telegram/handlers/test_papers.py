"""Today and paper, over HTTP."""

import pytest

from tests.support.telegram_server import TelegramServer
from tests.telegram.chat_app import ChatApp
from tests.telegram.conversation import send_and_wait

pytestmark = pytest.mark.usefixtures("bot")


async def test_a_stranger_sees_the_whole_day_in_one_message(telegram: TelegramServer) -> None:
    reader = telegram.user(42)

    for words in ("/today", "today", "今天", "/today all", "今天 全部"):
        answer = await send_and_wait(reader, words)

        assert "27. " in answer.text, words
        assert len([button for button in answer.buttons if button.isdigit()]) == 27, words


async def test_a_stranger_can_go_on_from_the_day_to_the_domains(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    answer = await send_and_wait(reader, "/today")

    await reader.tap("Choose domains", on=answer).wait_for_answer()
    keyboard = await reader.wait_for_message("You follow nothing yet")

    assert "27. " in answer.text
    assert keyboard.buttons[0] == "Everything"


async def test_a_reader_sees_their_own_domains(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/subscribe robotics")

    answer = await send_and_wait(reader, "/today")

    assert "4 of 27" in answer.text
    assert answer.buttons == ["1", "2", "3", "4"]


async def test_other_domains_can_be_looked_at_without_following_them(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/subscribe robotics")

    for words in ("/today video", "今天 视频", "/today 2026-01-24 video", "/today video 2026年1月24日"):
        answer = await send_and_wait(reader, words)

        assert "5 of 27" in answer.text, words


async def test_a_day_without_a_report_is_told_with_the_newest_one(telegram: TelegramServer) -> None:
    reader = telegram.user(42)

    for words in ("/today 2026-01-20", "/today 2026/1/20", "今天 2026年1月20日", "/today 20260120"):
        answer = await send_and_wait(reader, words)

        assert "20 January 2026" in answer.text, words
        assert "24 January 2026" in answer.text, words


async def test_a_mistyped_domain_of_today_is_offered_as_today(telegram: TelegramServer) -> None:
    reader = telegram.user(42)

    answer = await send_and_wait(reader, "/today robtics")
    await reader.tap("Robotics", on=answer).wait_for_answer()
    shown = await reader.wait_for_message("4 of 27")

    assert "/today robotics" in answer.text
    assert shown.buttons[:4] == ["1", "2", "3", "4"]


async def test_a_paper_is_found_however_it_is_named(telegram: TelegramServer) -> None:
    reader = telegram.user(42)

    for words in (
        "/paper 2601.15876",
        "/paper arXiv:2601.15876v2",
        "/paper https://arxiv.org/abs/2601.15876",
        "https://huggingface.co/papers/2601.15876",
        "2601.15876",
        "论文 2601.15876",
        "论文：2601.15876",
        "look at this: https://arxiv.org/pdf/2601.15876v1.pdf",
    ):
        answer = await send_and_wait(reader, words)

        assert answer.text.startswith("EvoCUA"), words
        assert "arXiv" in answer.buttons, words


async def test_a_number_means_the_list_that_was_shown(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    listed = await send_and_wait(reader, "/today robotics")

    for words in ("/paper 2", "论文 2", "2", "#2", "/paper #2", "论文 第2篇", "paper 2"):
        answer = await send_and_wait(reader, words)

        assert answer.text.splitlines()[0] in listed.text, words
        assert "Cosmos Policy" in answer.text, words


async def test_a_number_without_a_list_means_what_today_would_show(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/subscribe robotics")

    answer = await send_and_wait(reader, "/paper 2")

    assert "Cosmos Policy" in answer.text


async def test_a_number_beyond_the_list_is_told_with_the_numbers_there_are(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/today robotics")

    for words in ("/paper 99", "/paper 0", "论文 999"):
        answer = await send_and_wait(reader, words)

        assert "numbered 1 to 4" in answer.text, words


async def test_a_paper_that_no_report_told_of_is_one_clear_line(telegram: TelegramServer) -> None:
    reader = telegram.user(42)

    answer = await send_and_wait(reader, "/paper 2601.99999")

    assert answer.text.startswith("2601.99999 is not in any report so far.")
    assert "/today" in answer.text


async def test_a_paper_without_a_name_is_a_question_with_examples(telegram: TelegramServer) -> None:
    reader = telegram.user(42)

    for words in ("/paper", "/paper robots", "论文"):
        answer = await send_and_wait(reader, words)

        assert "/paper 3" in answer.text, words


async def test_a_number_button_opens_a_paper_and_keeps_the_list(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    listed = await send_and_wait(reader, "/today robotics")

    await reader.tap("2", on=listed).wait_for_answer()
    paper = await reader.wait_for_message("Cosmos Policy")

    assert paper.id != listed.id
    assert listed.edit_count == 0


async def test_a_paper_leads_to_its_neighbours_in_place(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    listed = await send_and_wait(reader, "/today robotics")
    await reader.tap("2", on=listed).wait_for_answer()
    paper = await reader.wait_for_message("Cosmos Policy")

    await reader.tap("Next", on=paper).wait_for_answer()
    await reader.wait_for_edit(paper, "Agentic Uncertainty")

    assert paper.text.startswith("Agentic Uncertainty Quantification")
    assert len(reader.messages) == 2


async def test_an_old_button_below_a_paper_opens_a_new_message(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/today robotics")
    paper = await send_and_wait(reader, "/paper 2")
    old_data = paper.find_button("Next")["callback_data"].removesuffix(":r")

    await reader.send_callback(old_data, on=paper).wait_for_answer()
    opened = await reader.wait_for_message("Agentic Uncertainty")

    assert opened.id != paper.id
    assert paper.edit_count == 0


async def test_the_first_and_the_last_paper_have_one_neighbour(telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    await send_and_wait(reader, "/today robotics")

    first, last = await send_and_wait(reader, "/paper 1"), await send_and_wait(reader, "/paper 4")

    assert not any("Previous" in button for button in first.buttons)
    assert not any("Next" in button for button in last.buttons)


async def test_links_make_no_previews(telegram: TelegramServer, chat_app: ChatApp) -> None:
    reader = telegram.user(42)

    listed = await send_and_wait(reader, "/today")
    paper = await send_and_wait(reader, "/paper 1")

    assert not listed.link_preview
    assert not paper.link_preview
    assert chat_app.deps.email_folder is None
