"""Messages as readable text: what the terminal shows of a chat, and the buttons that can be typed."""

import json
import struct
import unicodedata
from dataclasses import dataclass, field
from typing import Any, TextIO

from digest.text.html_to_plain import html_to_plain

JsonObject = dict[str, Any]
_WIDTH = 78
_GAP = "   "
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(slots=True)
class ScreenMessage:
    """A message on the screen: its text and its rows of buttons, as Telegram holds them."""

    id: int
    text: str
    button_rows: list[list[JsonObject]]


@dataclass(slots=True)
class Screen:
    """Prints messages; buttons get numbers, which count through everything shown in one turn."""

    out: TextIO
    messages: dict[int, ScreenMessage] = field(default_factory=dict)
    _buttons: list[tuple[ScreenMessage, JsonObject]] = field(default_factory=list)
    _restart_numbering: bool = True

    def restart_numbering(self) -> None:
        """Begin a new turn: the next buttons that are shown count from 1 again."""
        self._restart_numbering = True

    def show_message(self, params: JsonObject, picture: bytes = b"") -> ScreenMessage:
        """Print a new message; a ``picture`` (PNG) in words, with its size."""
        message = ScreenMessage(len(self.messages) + 1, _message_text(params), _inline_keyboard(params))
        self.messages[message.id] = message
        self._print(_picture_label(picture), message.text, self._format_keyboard(message))
        return message

    def show_file(self, params: JsonObject) -> ScreenMessage:
        """Print what stands below a file; the file itself is not shown."""
        return self.show_message(params | {"text": f"[file]\n\n{params.get('caption', '')}"})

    def edit_message(self, params: JsonObject) -> ScreenMessage:
        """Print what is new about a message that changes in place: often only its buttons."""
        message = self.messages[int(params["message_id"])]
        text = _message_text(params) if "text" in params else message.text
        same, message.text, message.button_rows = text == message.text, text, _inline_keyboard(params)
        self._print("" if same else text, self._format_keyboard(message))
        return message

    def show_answer(self, params: JsonObject) -> None:
        """Print the answer to a press, for a moment in Telegram, or to an inline query: its results."""
        if text := params.get("text"):
            self.show_notice(str(text))
        if "results" in params:
            self._show_results(params)

    def _show_results(self, params: JsonObject) -> None:
        """Print a line for each result, and its description below."""
        listed = params["results"]
        articles = json.loads(listed) if isinstance(listed, str) else listed
        lines = [
            f"{number}. {one['title']}" + (f"\n   {one['description']}" if one.get("description") else "")
            for number, one in enumerate(articles, start=1)
        ]
        button = params.get("button") or {}
        label = (json.loads(button) if isinstance(button, str) else button).get("text", "")
        self._print(f"({label})" if label else "", "\n".join(lines), "(…)" if params.get("next_offset") else "")

    def show_notice(self, text: str) -> None:
        """Print what Telegram shows for a moment."""
        self._print(f"({text})")

    def find_button(self, number: int) -> tuple[ScreenMessage, JsonObject] | None:
        """Return the button with a number, and the message it belongs to."""
        return self._buttons[number - 1] if 0 < number <= len(self._buttons) else None

    def _format_keyboard(self, message: ScreenMessage) -> str:
        """Return the buttons as lines, and number those that can be pressed."""
        pressable, links = [], []
        for button in (button for row in message.button_rows for button in row):
            if "url" in button:
                links.append(f"{button['text']}: {button['url']}")
                continue
            if "callback_data" not in button:
                links.append(f"{button['text']} → {button.get('switch_inline_query', '')}")
                continue
            if self._restart_numbering:
                self._buttons, self._restart_numbering = [], False
            self._buttons.append((message, button))
            number = str(len(self._buttons))
            pressable.append(f"[{number}]" if button["text"] == number else f"[{number}] {button['text']}")
        return "\n".join([*links, *_wrap(pressable)])

    def _print(self, *paragraphs: str) -> None:
        text = "\n\n".join(filter(None, paragraphs))
        if text:
            self.out.write(f"{text}\n\n")
            self.out.flush()


def _picture_label(picture: bytes) -> str:
    """Return ``[picture, 1200×900]`` for a PNG, whose size stands in its header (RFC 2083, 4.1.1)."""
    if not picture:
        return ""
    width, height = struct.unpack(">II", picture[16:24]) if picture[:8] == _PNG_SIGNATURE else (0, 0)
    return f"[picture, {width}×{height}]"


def _message_text(params: JsonObject) -> str:
    text = str(params["text"])
    return html_to_plain(text, show_urls=True) if params.get("parse_mode") == "HTML" else text


def _inline_keyboard(params: JsonObject) -> list[list[JsonObject]]:
    markup = params.get("reply_markup")
    if isinstance(markup, str):
        markup = json.loads(markup)
    return list(markup.get("inline_keyboard", ())) if markup else []


def _wrap(items: list[str]) -> list[str]:
    lines: list[str] = []
    for piece in items:
        if lines and _text_width(lines[-1] + _GAP + piece) <= _WIDTH:
            lines[-1] += _GAP + piece
        else:
            lines.append(piece)
    return lines


def _text_width(text: str) -> int:
    """Count the columns that text takes on a terminal, where Chinese takes two each."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
