"""The golden chats, reviewed by people: ``python -m tests.render.telegram.golden_messages`` writes them again."""

import pytest

from tests.render.telegram.golden_messages import GOLDEN, golden_messages
from tests.render.telegram.sample_messages import sample_messages
from tests.render.telegram.strict_reader import assert_accepted, assert_keyboard_accepted


@pytest.mark.parametrize("name", sorted(golden_messages()))
def test_the_chats_read_as_they_were_reviewed(name: str) -> None:
    assert golden_messages()[name] == (GOLDEN / name).read_text(encoding="utf-8")


def test_every_golden_chat_is_still_made() -> None:
    assert {path.name for path in GOLDEN.glob("*.txt")} == set(golden_messages())


def test_telegram_takes_every_sample() -> None:
    for name, parts in sample_messages().items():
        for part in parts:
            shown = assert_accepted(part)
            assert not [mark for mark in ("**", "None", "$") if mark in shown], name
            assert_keyboard_accepted(part.keyboard)
