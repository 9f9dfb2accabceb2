"""Messages as readable text: what the terminal shows of a chat, and the buttons that can be typed."""

import json
import struct
import unicodedata
from dataclasses import dataclass, field
from typing import Any, TextIO

from digest.chat.plain import plain_text

Json = dict[str, Any]
_WIDTH = 78
_GAP = "   "
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(slots=True)
class Shown:
    """A message on the screen: its text and its rows of buttons, as Telegram holds them."""

    id: int
    text: str
    rows: list[list[Json]]


@dataclass(slots=True)
class Screen:
    """Prints messages; buttons get numbers, which count through everything shown in one turn."""

    out: TextIO
    messages: dict[int, Shown] = field(default_factory=dict)
    _choices: list[tuple[Shown, Json]] = field(default_factory=list)
    _fresh: bool = True

    def turn(self) -> None:
        """Begin a new turn: the next buttons that are shown count from 1 again."""
        self._fresh = True

    def show(self, params: Json, picture: bytes = b"") -> Shown:
        """Print a new message; a ``picture`` (PNG) in words, with its size."""
        message = Shown(len(self.messages) + 1, _text(params), _rows(params))
        self.messages[message.id] = message
        self._print(_in_words(picture), message.text, self._keyboard(message))
        return message

    def file(self, params: Json) -> Shown:
        """Print what stands below a file; the file itself is not shown."""
        return self.show(params | {"text": f"[file]\n\n{params.get('caption', '')}"})

    def change(self, params: Json) -> Shown:
        """Print what is new about a message that changes in place: often only its buttons."""
        message = self.messages[int(params["message_id"])]
        text = _text(params) if "text" in params else message.text
        same, message.text, message.rows = text == message.text, text, _rows(params)
        self._print("" if same else text, self._keyboard(message))
        return message

    def answer(self, params: Json) -> None:
        """Print the answer to a press, for a moment in Telegram, or to an inline query: its results."""
        if text := params.get("text"):
            self.note(str(text))
        if "results" in params:
            self._results(params)

    def _results(self, params: Json) -> None:
        """Print a line for each result, and its description below."""
        listed = params["results"]
        articles = json.loads(listed) if isinstance(listed, str) else listed
        lines = [
            f"{number}. {one['title']}" + (f"\n   {one['description']}" if one.get("description") else "")
            for number, one in enumerate(articles, start=1)
        ]
        button = params.get("button") or {}
        label = (json.loads(button) if isinstance(button, str) else button).get("text", "")
        self._print(
            f"({label})" if label else "", "\n".join(lines), "(…)" if params.get("next_offset") else ""
        )

    def note(self, text: str) -> None:
        """Print what Telegram shows for a moment."""
        self._print(f"({text})")

    def choice(self, number: int) -> tuple[Shown, Json] | None:
        """Give the button with a number, and the message it belongs to."""
        return self._choices[number - 1] if 0 < number <= len(self._choices) else None

    def _keyboard(self, message: Shown) -> str:
        """Give the buttons as lines, and number those that can be pressed."""
        pressable, links = [], []
        for button in (button for row in message.rows for button in row):
            if "url" in button:
                links.append(f"{button['text']}: {button['url']}")
                continue
            if "callback_data" not in button:
                links.append(f"{button['text']} → {button.get('switch_inline_query', '')}")
                continue
            if self._fresh:
                self._choices, self._fresh = [], False
            self._choices.append((message, button))
            number = str(len(self._choices))
            pressable.append(f"[{number}]" if button["text"] == number else f"[{number}] {button['text']}")
        return "\n".join([*links, *_wrapped(pressable)])

    def _print(self, *paragraphs: str) -> None:
        text = "\n\n".join(filter(None, paragraphs))
        if text:
            self.out.write(f"{text}\n\n")
            self.out.flush()


def _in_words(picture: bytes) -> str:
    """Give ``[picture, 1200×900]`` for a PNG, whose size stands in its header (RFC 2083, 4.1.1)."""
    if not picture:
        return ""
    width, height = struct.unpack(">II", picture[16:24]) if picture[:8] == _PNG else (0, 0)
    return f"[picture, {width}×{height}]"


def _text(params: Json) -> str:
    text = str(params["text"])
    return plain_text(text, addresses=True) if params.get("parse_mode") == "HTML" else text


def _rows(params: Json) -> list[list[Json]]:
    markup = params.get("reply_markup")
    if isinstance(markup, str):
        markup = json.loads(markup)
    return list(markup.get("inline_keyboard", ())) if markup else []


def _wrapped(pieces: list[str]) -> list[str]:
    lines: list[str] = []
    for piece in pieces:
        if lines and _cells(lines[-1] + _GAP + piece) <= _WIDTH:
            lines[-1] += _GAP + piece
        else:
            lines.append(piece)
    return lines


def _cells(text: str) -> int:
    """Count the columns that text takes on a terminal, where Chinese takes two each."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
