"""The chat in a terminal: the real application and handlers, and a Bot API that prints instead of sending."""

import asyncio
import json
import re
import struct
import threading
import unicodedata
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TextIO

from telegram import Update
from telegram.request import BaseRequest, RequestData

from digest.model import Locale
from digest.model.clock import Clock
from digest.telegram.updates import BotApplication
from digest.text.html_to_plain import html_to_plain
from digest.text.i18n import Translator, translator_for

JsonObject = dict[str, Any]
_WIDTH = 78
_GAP = "   "
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BOT: JsonObject = {"id": 1, "is_bot": True, "first_name": "Paper Digest", "username": "paper_digest_bot"}
_BUTTON_PRESS = re.compile(r"#\s?(\d{1,3})|\[(\d{1,3})\]")
_INLINE_QUERY = re.compile(r"@(?:paper_digest_bot|bot)(?:\s+(.*))?", re.DOTALL)
_IGNORED_METHODS = frozenset({"setmycommands", "sendchataction", "deletewebhook", "logout", "close"})


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


class TerminalBotApi(BaseRequest):
    """Answers the Bot API's calls in this process, for one private chat."""

    def __init__(self, screen: Screen, user: JsonObject, clock: Clock) -> None:
        self.screen = screen
        self.user = user
        self._clock = clock

    @property
    def read_timeout(self) -> float | None:
        """Nothing is waited for."""
        return None

    async def initialize(self) -> None:
        """Open nothing."""

    async def shutdown(self) -> None:
        """Close nothing."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *timeouts: Any,  # noqa: ANN401 - nothing is waited for
        **more_timeouts: Any,  # noqa: ANN401 - the same
    ) -> tuple[int, bytes]:
        """Answer one call as api.telegram.org does."""
        del method, timeouts, more_timeouts
        name = url.rpartition("/")[2].lower()
        picture = _uploaded_picture(request_data) if name == "sendphoto" else b""
        result = self._call(name, dict(request_data.parameters) if request_data else {}, picture)
        if result is None:
            refusal = {"ok": False, "error_code": 400, "description": f"Bad Request: no {name} in a terminal"}
            return HTTPStatus.BAD_REQUEST, json.dumps(refusal).encode()
        return HTTPStatus.OK, json.dumps({"ok": True, "result": result}).encode()

    def _call(  # noqa: PLR0911 - one return for each method
        self, name: str, params: JsonObject, picture: bytes
    ) -> JsonObject | bool | None:
        match name:
            case "getme":
                return _BOT
            case "sendmessage":
                return self.message_json(self.screen.show_message(params))
            case "sendphoto":
                return self.message_json(
                    self.screen.show_message(params | {"text": params.get("caption", "")}, picture)
                )
            case "senddocument":
                return self.message_json(self.screen.show_file(params))
            case "editmessagetext" | "editmessagereplymarkup":
                return self.message_json(self.screen.edit_message(params))
            case "answercallbackquery" | "answerinlinequery":
                self.screen.show_answer(params)
                return True
            case "getchatmember":
                return {"status": "member", "user": self.user}
            case _:
                return True if name in _IGNORED_METHODS else None

    def message_json(self, message: ScreenMessage) -> JsonObject:
        """Return Telegram's form of a message on the screen."""
        body = self.message_header(message.id) | {"from": _BOT, "text": message.text or " "}
        return body | ({"reply_markup": {"inline_keyboard": message.button_rows}} if message.button_rows else {})

    def message_header(self, message_id: int) -> JsonObject:
        """Return what every message of the chat has."""
        chat = {"id": self.user["id"], "type": "private", "first_name": self.user["first_name"]}
        return {"message_id": message_id, "date": int(self._clock().timestamp()), "chat": chat}


def _uploaded_picture(request_data: RequestData | None) -> bytes:
    """Return the file that a request uploads; nothing where it has none."""
    files = (request_data.multipart_data or {}) if request_data else {}
    return next((part[1] for part in files.values() if isinstance(part[1], bytes)), b"")


@dataclass(slots=True, kw_only=True)
class Terminal:
    """One person at a terminal, or a script behind a pipe."""

    application: BotApplication
    bot_api: TerminalBotApi
    tr: Translator
    _update_count: int = field(default=0)

    async def send_line(self, line: str) -> None:
        """Return one line to the handlers, and come back when everything is answered."""
        self.bot_api.screen.restart_numbering()
        update = self._build_update(line)
        if update is not None:
            self._update_count += 1
            body = {"update_id": self._update_count, **update}
            await self.application.process_update(Update.de_json(body, self.application.bot))

    def _build_update(self, line: str) -> JsonObject | None:
        if tap := _BUTTON_PRESS.fullmatch(line):
            return self._button_update(int(tap[1] or tap[2]))
        if asked := _INLINE_QUERY.fullmatch(line):
            query = {"id": str(self._update_count), "from": self.bot_api.user, "query": asked[1] or "", "offset": ""}
            return {"inline_query": query}
        return self._message_update(line)

    def _message_update(self, line: str) -> JsonObject:
        return {
            "message": self.bot_api.message_header(10**6 + self._update_count)
            | {"from": self.bot_api.user, "text": line}
        }

    def _button_update(self, number: int) -> JsonObject | None:
        chosen = self.bot_api.screen.find_button(number)
        if chosen is None:
            self.bot_api.screen.show_notice(self.tr.gettext("There is no button {number} here.", number=number))
            return None
        shown, button = chosen
        query = {
            "id": str(self._update_count),
            "from": self.bot_api.user,
            "chat_instance": "terminal",
            "message": self.bot_api.message_json(shown),
            "data": button["callback_data"],
        }
        return {"callback_query": query}


async def run_terminal(
    build_application: Callable[[BaseRequest], BotApplication],
    lines: TextIO,
    out: TextIO,
    *,
    clock: Clock,
    user_id: int = 1,
    language_code: str = "en",
) -> None:
    """Answer each line of ``lines`` on ``out``, in order and to its end, until the last.

    ``build_application`` makes the application on the request that it is given, with the handlers registered
    and no updater. Where ``lines`` is no terminal each line is repeated as ``> line``, so that what comes out
    reads as a conversation; on a terminal ``> `` asks for the next one. ``#1`` and ``[1]`` press a button,
    ``@bot words`` asks as one does in other chats.
    """
    user: JsonObject = {"id": user_id, "is_bot": False, "first_name": "You", "language_code": language_code}
    printer = TerminalBotApi(Screen(out), user, clock)
    locale = Locale.ZH if language_code.startswith("zh") else Locale.EN
    application = build_application(printer)
    terminal = Terminal(application=application, bot_api=printer, tr=translator_for(locale))
    asking = lines.isatty()
    async with application:
        if asking:
            out.write(terminal.tr.gettext("/start begins, #1 presses button 1, Ctrl-D ends.") + "\n\n")
        async for line in _read_lines(lines, out, interactive=asking):
            await terminal.send_line(line)


async def _read_lines(lines: TextIO, out: TextIO, *, interactive: bool) -> AsyncIterator[str]:
    """Return the lines with something in them; a thread that dies with us waits for the keyboard."""
    loop, read = asyncio.get_running_loop(), asyncio.Queue[str | None]()

    def read_all() -> None:
        try:
            for line in lines:
                loop.call_soon_threadsafe(read.put_nowait, line)
            loop.call_soon_threadsafe(read.put_nowait, None)
        except RuntimeError:
            return  # the loop has ended before the lines

    threading.Thread(target=read_all, name="terminal lines", daemon=True).start()
    while True:
        if interactive:
            out.write("> ")
            out.flush()
        line = await read.get()
        if line is None:
            return
        if text := line.strip():
            if not interactive:
                out.write(f"> {text}\n\n")
            yield text
