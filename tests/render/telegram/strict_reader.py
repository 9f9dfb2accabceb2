"""A strict reader of what we would send: refuses what Telegram refuses, and what it would silently change."""

import json

from digest.model.message import Button, Keyboard, TelegramMessage
from tests.support.telegram_html import utf16_length
from tests.support.telegram_validation import CallParams, parse_inline_keyboard, parse_message_text

MAX_UNITS = 4000
MAX_ENTITIES = 96
ALLOWED_ENTITIES = frozenset({"text_link", "bold", "italic", "code", "pre", "blockquote", "expandable_blockquote"})


def assert_accepted(part: TelegramMessage) -> str:
    """Return the text that a reader sees; fails where Telegram refuses the message or its plain twin."""
    shown, entities = parse_message_text(CallParams({"text": part.html, "parse_mode": "HTML"}))
    plain, _ = parse_message_text(CallParams({"text": part.plain}))
    part.html.encode()
    part.plain.encode()

    assert utf16_length(shown) <= MAX_UNITS
    assert len(entities) <= MAX_ENTITIES
    assert {entity["type"] for entity in entities} <= ALLOWED_ENTITIES
    assert plain
    assert_keyboard_accepted(part.keyboard)
    return shown


def assert_keyboard_accepted(keyboard: Keyboard) -> None:
    """Fail where Telegram refuses the keyboard."""
    rows = [[_button_json(button) for button in row] for row in keyboard]
    assert all(
        (button.callback_data is None) + (button.url is None) + (button.switch_inline_query is None) == 2
        for row in keyboard
        for button in row
    )
    assert parse_inline_keyboard(CallParams({"reply_markup": json.dumps({"inline_keyboard": rows})})) == rows


def _button_json(button: Button) -> dict[str, str | None]:
    """Return a button in Telegram's form."""
    if button.url:
        return {"text": button.text, "url": button.url}
    if button.switch_inline_query is not None:
        return {"text": button.text, "switch_inline_query": button.switch_inline_query}
    return {"text": button.text, "callback_data": button.callback_data}
