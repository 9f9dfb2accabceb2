"""The chat in a terminal: what a pipe gives is a conversation that reads well.

``golden/NAME-LANGUAGE.in`` holds what is typed, ``.out`` what must come; ``golden_chats`` writes the latter.
"""

from io import StringIO
from pathlib import Path

import pytest

from digest.telegram.terminal import run_terminal
from tests.telegram.chat_app import ChatApp, build_terminal_application
from tests.telegram.golden_conversations import SCRIPTS, language_of, terminal_output


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
async def test_a_conversation_reads_as_reviewed(chat_app: ChatApp, script: Path) -> None:
    typed, expected = script.read_text(), script.with_suffix(".out").read_text()  # noqa: ASYNC240 - small files

    told = await terminal_output(chat_app, typed, language=language_of(script))

    assert told == expected


async def test_an_empty_pipe_says_nothing(chat_app: ChatApp) -> None:
    assert await terminal_output(chat_app, "\n  \n") == ""


async def test_a_last_line_without_an_end_is_answered(chat_app: ChatApp) -> None:
    assert "EvoCUA" in await terminal_output(chat_app, "/paper 2601.15876")


async def test_the_whole_day_is_printed_to_its_end(chat_app: ChatApp) -> None:
    told = await terminal_output(chat_app, "/today\n")

    assert "\n27. " in told
    assert "[27]" in told


async def test_a_button_of_a_list_carries_the_papers_number(chat_app: ChatApp) -> None:
    told = await terminal_output(chat_app, "/today robotics\n#4\n")

    assert told.rindex("PROGRESSLM") > told.index("> #4")


async def test_a_button_that_is_not_there_is_told(chat_app: ChatApp) -> None:
    assert "There is no button 3." in await terminal_output(chat_app, "#3\n")


async def test_what_one_writes_in_other_chats_can_be_tried(chat_app: ChatApp) -> None:
    found = await terminal_output(chat_app, "@bot evocua\n")
    today = await terminal_output(chat_app, "@paper_digest_bot\n")
    nothing = await terminal_output(chat_app, "@bot zebra\n", language="zh")

    assert "\n1. EvoCUA: Evolving Computer Use Agents" in found
    assert "\n   提出了 EvoCUA 框架" in found
    assert "\n27. " in today
    assert "(没有找到" in nothing


class TtyInput(StringIO):
    """Somebody at a terminal."""

    def isatty(self) -> bool:
        """Say that a person types."""
        return True


async def test_a_person_at_the_keyboard_is_asked_for_each_line_and_not_echoed(chat_app: ChatApp) -> None:
    out = StringIO()

    await run_terminal(
        lambda request: build_terminal_application(chat_app.deps, request),
        TtyInput("/help\n"),
        out,
        clock=chat_app.clock,
    )

    assert out.getvalue().startswith("/start begins")
    assert out.getvalue().count("> ") == 2
    assert "> /help" not in out.getvalue()
