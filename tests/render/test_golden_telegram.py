"""The golden chats, reviewed by people: ``python -m tests.render.golden_telegram`` writes them again."""

import pytest

from tests.render.chats import samples
from tests.render.golden_telegram import GOLDEN, golden
from tests.render.strict_telegram import accepted, accepted_keyboard


@pytest.mark.parametrize("name", sorted(golden()))
def test_the_chats_read_as_they_were_reviewed(name: str) -> None:
    assert golden()[name] == (GOLDEN / name).read_text(encoding="utf-8")


def test_every_golden_chat_is_still_made() -> None:
    assert {path.name for path in GOLDEN.glob("*.txt")} == set(golden())


@pytest.mark.parametrize("name", sorted(samples()))
def test_telegram_takes_every_sample(name: str) -> None:
    for part in samples()[name]:
        shown = accepted(part)

        assert "**" not in shown
        assert "None" not in shown
        assert "$" not in shown
        accepted_keyboard(part.keyboard)
