"""The chat in a terminal: what a pipe gives is a conversation that reads well.

``golden/NAME-LANGUAGE.in`` holds what is typed, ``.out`` what must come; ``golden_chats`` writes the latter.
"""

from io import StringIO
from pathlib import Path

import pytest

from digest.chat.terminal import talk
from tests.chat.golden_chats import SCRIPTS, language_of, transcript
from tests.chat.household import Household, terminal_application


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
async def test_a_conversation_reads_as_reviewed(home: Household, script: Path) -> None:
    typed, expected = script.read_text(), script.with_suffix(".out").read_text()  # noqa: ASYNC240 - small files

    told = await transcript(home, typed, language=language_of(script))

    assert told == expected


async def test_an_empty_pipe_says_nothing(home: Household) -> None:
    assert await transcript(home, "\n  \n") == ""


async def test_a_last_line_without_an_end_is_answered(home: Household) -> None:
    assert "EvoCUA" in await transcript(home, "/paper 2601.15876")


async def test_the_whole_day_is_printed_to_its_end(home: Household) -> None:
    told = await transcript(home, "/today\n")

    assert "\n27. " in told
    assert "[27]" in told


async def test_a_button_of_a_list_carries_the_papers_number(home: Household) -> None:
    told = await transcript(home, "/today robotics\n#4\n")

    assert told.rindex("PROGRESSLM") > told.index("> #4")


async def test_a_button_that_is_not_there_is_told(home: Household) -> None:
    assert "There is no button 3 here." in await transcript(home, "#3\n")


async def test_what_one_writes_in_other_chats_can_be_tried(home: Household) -> None:
    found = await transcript(home, "@bot evocua\n")
    today = await transcript(home, "@paper_digest_bot\n")
    nothing = await transcript(home, "@bot zebra\n", language="zh")

    assert "\n1. EvoCUA: Evolving Computer Use Agents" in found
    assert "\n   提出了 EvoCUA 框架" in found
    assert "\n27. " in today
    assert "(没有找到" in nothing


class Keyboard(StringIO):
    """Somebody at a terminal."""

    def isatty(self) -> bool:
        """Say that a person types."""
        return True


async def test_a_person_at_the_keyboard_is_asked_for_each_line_and_not_echoed(home: Household) -> None:
    out = StringIO()

    await talk(
        lambda request: terminal_application(home.house, request), Keyboard("/help\n"), out, clock=home.clock
    )

    assert out.getvalue().startswith("/start begins")
    assert out.getvalue().count("> ") == 2
    assert "> /help" not in out.getvalue()
