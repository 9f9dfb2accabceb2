"""The chat in a terminal: the real application and handlers, and a Bot API that prints instead of sending."""

import asyncio
import json
import re
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TextIO

from telegram import Update
from telegram.request import BaseRequest, RequestData

from digest.model import Locale
from digest.model.clock import Clock
from digest.telegram.terminal.screen import JsonObject, Screen, ScreenMessage
from digest.telegram.updates import BotApplication
from digest.text.i18n import Translator, translator_for

_BOT: JsonObject = {"id": 1, "is_bot": True, "first_name": "Paper Digest", "username": "paper_digest_bot"}
_BUTTON_PRESS = re.compile(r"#\s?(\d{1,3})|\[(\d{1,3})\]")
_INLINE_QUERY = re.compile(r"@(?:paper_digest_bot|bot)(?:\s+(.*))?", re.DOTALL)
_IGNORED_METHODS = frozenset({"setmycommands", "sendchataction", "deletewebhook", "logout", "close"})


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
