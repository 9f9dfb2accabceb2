"""A strict reader of what we would send: refuses what Telegram refuses, and what it would silently change."""

import json

from digest.message import Button, ChatPart, Keyboard
from tests.support.telegram_checks import Params, checked_keyboard, checked_text
from tests.support.telegram_html import utf16_length

MOST_UNITS = 4000
MOST_ENTITIES = 96
TAGS = frozenset(
    {"text_link", "bold", "italic", "code", "pre", "blockquote", "expandable_blockquote"},
)


def accepted(part: ChatPart) -> str:
    """Give the text that a reader sees; fails where Telegram refuses the message or its plain twin."""
    shown, entities = checked_text(Params({"text": part.html, "parse_mode": "HTML"}))
    plain, _ = checked_text(Params({"text": part.plain}))
    part.html.encode()
    part.plain.encode()

    assert utf16_length(shown) <= MOST_UNITS
    assert len(entities) <= MOST_ENTITIES
    assert {entity["type"] for entity in entities} <= TAGS
    assert plain
    accepted_keyboard(part.keyboard)
    return shown


def accepted_keyboard(keyboard: Keyboard) -> None:
    """Fail where Telegram refuses the keyboard."""
    rows = [[_wire(button) for button in row] for row in keyboard]
    assert all(
        (button.data is None) + (button.url is None) + (button.inline is None) == 2
        for row in keyboard
        for button in row
    )
    assert checked_keyboard(Params({"reply_markup": json.dumps({"inline_keyboard": rows})})) == rows


def _wire(button: Button) -> dict[str, str | None]:
    """Give a button in Telegram's form."""
    if button.url:
        return {"text": button.text, "url": button.url}
    if button.inline is not None:
        return {"text": button.text, "switch_inline_query": button.inline}
    return {"text": button.text, "callback_data": button.data}
