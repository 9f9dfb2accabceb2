"""The chat in a terminal: the real application and handlers, and a Bot API that prints instead of sending."""

import asyncio
import json
import re
import struct
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TextIO

from telegram import Update
from telegram.request import BaseRequest, RequestData

from digest.model import Locale
from digest.model.clock import Clock
from digest.telegram.updates import BotApplication
from digest.text.i18n import Translator, translator_for
from digest.text.sanitize import html_to_plain
from digest.text.width import display_width

JsonObject = dict[str, Any]
_WIDTH = 78
_GAP = "   "
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BOT: JsonObject = {"id": 1, "is_bot": True, "first_name": "Paper Digest", "username": "paper_digest_bot"}
_BUTTON_PRESS = re.compile(r"#\s?(\d{1,3})|\[(\d{1,3})\]")
_INLINE_QUERY = re.compile(r"@(?:paper_digest_bot|bot)(?:\s+(.*))?", re.DOTALL)
_IGNORED_METHODS = frozenset({"setmycommands", "sendchataction", "deletewebhook", "logout", "close"})


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
    bot_api = TerminalBotApi(Screen(out), user, clock)
    application = build_application(bot_api)
    tr = translator_for(Locale.ZH if language_code.startswith("zh") else Locale.EN)
    terminal = Terminal(application=application, bot_api=bot_api, tr=tr)
    interactive = lines.isatty()
    async with application:
        if interactive:
            out.write(tr.gettext("/start begins, #1 taps button 1, Ctrl-D ends.") + "\n\n")
        async for line in _read_lines(lines, out, interactive=interactive):
            await terminal.send_line(line)


@dataclass(slots=True)
class ScreenMessage:
    """A message on the screen: its text and its rows of buttons, as Telegram holds them."""

    id: int
    text: str
    button_rows: list[list[JsonObject]]


@dataclass(slots=True)
class Screen:
    """Prints messages; buttons get numbers, which count through everything shown after one line."""

    out: TextIO
    messages: dict[int, ScreenMessage] = field(default_factory=dict)
    _buttons: list[tuple[ScreenMessage, JsonObject]] = field(default_factory=list)
    _restart_numbering: bool = True

    def restart_numbering(self) -> None:
        """Restart at 1 the numbers of the next buttons."""
        self._restart_numbering = True

    def find_button(self, number: int) -> tuple[ScreenMessage, JsonObject] | None:
        """Return the button with a number, and the message it belongs to."""
        return self._buttons[number - 1] if 0 < number <= len(self._buttons) else None

    def show_message(self, text: str, params: JsonObject, label: str = "") -> ScreenMessage:
        """Print a new message; ``label`` stands for a picture or a file above it."""
        message = ScreenMessage(len(self.messages) + 1, _plain_text(text, params), _inline_keyboard(params))
        self.messages[message.id] = message
        self._print(label, message.text, self._format_keyboard(message))
        return message

    def edit_message(self, params: JsonObject) -> ScreenMessage:
        """Print what is new about a message that changes in place: often only its buttons."""
        message = self.messages[int(params["message_id"])]
        text = _plain_text(params["text"], params) if "text" in params else message.text
        is_same, message.text, message.button_rows = text == message.text, text, _inline_keyboard(params)
        self._print("" if is_same else text, self._format_keyboard(message))
        return message

    def show_notice(self, text: str) -> None:
        """Print what Telegram shows for a moment."""
        self._print(f"({text})" if text else "")

    def show_results(self, params: JsonObject) -> None:
        """Print the answer to an inline query: a line for each result, and its description below."""
        lines = [
            f"{number}. {one['title']}" + (f"\n   {one['description']}" if one.get("description") else "")
            for number, one in enumerate(_load(params["results"]), start=1)
        ]
        label = _load(params.get("button") or {}).get("text", "")
        self._print(f"({label})" if label else "", "\n".join(lines), "(…)" if params.get("next_offset") else "")

    def _format_keyboard(self, message: ScreenMessage) -> str:
        """Return the buttons as lines, and number those that can be pressed."""
        pressable, links = [], []
        for button in (button for row in message.button_rows for button in row):
            if "url" in button:
                links.append(f"{button['text']}: {button['url']}")
            elif "callback_data" not in button:
                links.append(f"{button['text']} → {button.get('switch_inline_query', '')}")
            else:
                if self._restart_numbering:
                    self._buttons, self._restart_numbering = [], False
                self._buttons.append((message, button))
                number = str(len(self._buttons))
                pressable.append(f"[{number}]" if button["text"] == number else f"[{number}] {button['text']}")
        return "\n".join([*links, *_wrap(pressable)])

    def _print(self, *paragraphs: str) -> None:
        if text := "\n\n".join(filter(None, paragraphs)):
            self.out.write(f"{text}\n\n")
            self.out.flush()


def _picture_label(picture: bytes) -> str:
    """Return ``[picture, 1200×900]`` for a PNG, whose size stands in its header (RFC 2083, 4.1.1)."""
    if not picture:
        return ""
    width, height = struct.unpack(">II", picture[16:24]) if picture[:8] == _PNG_SIGNATURE else (0, 0)
    return f"[picture, {width}×{height}]"


def _plain_text(text: str, params: JsonObject) -> str:
    return html_to_plain(text, show_urls=True) if params.get("parse_mode") == "HTML" else text


def _inline_keyboard(params: JsonObject) -> list[list[JsonObject]]:
    return list(_load(params.get("reply_markup") or {}).get("inline_keyboard", ()))


def _load(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a parameter that PTB may have written as JSON."""
    return json.loads(value) if isinstance(value, str) else value


def _wrap(items: list[str]) -> list[str]:
    lines: list[str] = []
    for item in items:
        if lines and display_width(lines[-1] + _GAP + item) <= _WIDTH:
            lines[-1] += _GAP + item
        else:
            lines.append(item)
    return lines


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
        result = self._call(name, dict(request_data.parameters) if request_data else {}, _uploaded_file(request_data))
        if result is None:
            refusal = {"ok": False, "error_code": 400, "description": f"Bad Request: no {name} in a terminal"}
            return HTTPStatus.BAD_REQUEST, json.dumps(refusal).encode()
        return HTTPStatus.OK, json.dumps({"ok": True, "result": result}).encode()

    def _call(self, name: str, params: JsonObject, file: bytes) -> JsonObject | bool | None:
        caption = str(params.get("caption", ""))
        message: ScreenMessage | None = None
        match name:
            case "getme":
                return _BOT
            case "getchatmember":
                return {"status": "member", "user": self.user}
            case "sendmessage":
                message = self.screen.show_message(str(params["text"]), params)
            case "sendphoto":
                message = self.screen.show_message(caption, params, _picture_label(file))
            case "senddocument":
                message = self.screen.show_message(caption, params, "[file]")
            case "editmessagetext" | "editmessagereplymarkup":
                message = self.screen.edit_message(params)
            case "answercallbackquery":
                self.screen.show_notice(str(params.get("text") or ""))
            case "answerinlinequery":
                self.screen.show_results(params)
            case _:
                return True if name in _IGNORED_METHODS else None
        return self.message_json(message) if message else True

    def message_json(self, message: ScreenMessage) -> JsonObject:
        """Return Telegram's form of a message on the screen."""
        body = self.message_header(message.id) | {"from": _BOT, "text": message.text or " "}
        return body | ({"reply_markup": {"inline_keyboard": message.button_rows}} if message.button_rows else {})

    def message_header(self, message_id: int) -> JsonObject:
        """Return what every message of the chat has."""
        chat = {"id": self.user["id"], "type": "private", "first_name": self.user["first_name"]}
        return {"message_id": message_id, "date": int(self._clock().timestamp()), "chat": chat}


def _uploaded_file(request_data: RequestData | None) -> bytes:
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
        """Send one line to the handlers, and return when everything is answered."""
        self.bot_api.screen.restart_numbering()
        if update := self._build_update(line):
            self._update_count += 1
            body = {"update_id": self._update_count, **update}
            await self.application.process_update(Update.de_json(body, self.application.bot))

    def _build_update(self, line: str) -> JsonObject | None:
        query = {"id": str(self._update_count), "from": self.bot_api.user}
        if press := _BUTTON_PRESS.fullmatch(line):
            number = int(press[1] or press[2])
            found = self.bot_api.screen.find_button(number)
            if found is None:
                self.bot_api.screen.show_notice(self.tr.gettext("There is no button {number}.", number=number))
                return None
            shown, button = found
            about = {"chat_instance": "terminal", "message": self.bot_api.message_json(shown)}
            return {"callback_query": query | about | {"data": button["callback_data"]}}
        if inline := _INLINE_QUERY.fullmatch(line):
            return {"inline_query": query | {"query": inline[1] or "", "offset": ""}}
        header = self.bot_api.message_header(10**6 + self._update_count)
        return {"message": header | {"from": self.bot_api.user, "text": line}}


async def _read_lines(lines: TextIO, out: TextIO, *, interactive: bool) -> AsyncIterator[str]:
    """Yield the lines with something in them; a thread that dies with us waits for the keyboard."""
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
