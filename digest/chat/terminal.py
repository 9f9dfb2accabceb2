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

from digest.chat.room import ChatApplication
from digest.chat.screen import Json, Screen, Shown
from digest.clock import Clock
from digest.model import Locale
from digest.words import Words, words_in

_BOT: Json = {"id": 1, "is_bot": True, "first_name": "Paper Digest", "username": "paper_digest_bot"}
_TAP = re.compile(r"#\s?(\d{1,3})|\[(\d{1,3})\]")
_INLINE = re.compile(r"@(?:paper_digest_bot|bot)(?:\s+(.*))?", re.DOTALL)
_QUIET = frozenset({"setmycommands", "sendchataction", "deletewebhook", "logout", "close"})


class Printer(BaseRequest):
    """Answers the Bot API's calls in this process, for one private chat."""

    def __init__(self, screen: Screen, user: Json, clock: Clock) -> None:
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
        picture = _picture_in(request_data) if name == "sendphoto" else b""
        result = self._result(name, dict(request_data.parameters) if request_data else {}, picture)
        if result is None:
            refusal = {"ok": False, "error_code": 400, "description": f"Bad Request: no {name} in a terminal"}
            return HTTPStatus.BAD_REQUEST, json.dumps(refusal).encode()
        return HTTPStatus.OK, json.dumps({"ok": True, "result": result}).encode()

    def _result(  # noqa: PLR0911 - one return for each method
        self, name: str, params: Json, picture: bytes
    ) -> Json | bool | None:
        match name:
            case "getme":
                return _BOT
            case "sendmessage":
                return self.message(self.screen.show(params))
            case "sendphoto":
                return self.message(self.screen.show(params | {"text": params.get("caption", "")}, picture))
            case "senddocument":
                return self.message(self.screen.file(params))
            case "editmessagetext" | "editmessagereplymarkup":
                return self.message(self.screen.change(params))
            case "answercallbackquery" | "answerinlinequery":
                self.screen.answer(params)
                return True
            case "getchatmember":
                return {"status": "member", "user": self.user}
            case _:
                return True if name in _QUIET else None

    def message(self, shown: Shown) -> Json:
        """Give Telegram's form of a message on the screen."""
        body = self.envelope(shown.id) | {"from": _BOT, "text": shown.text or " "}
        return body | ({"reply_markup": {"inline_keyboard": shown.rows}} if shown.rows else {})

    def envelope(self, number: int) -> Json:
        """Give what every message of the chat has."""
        chat = {"id": self.user["id"], "type": "private", "first_name": self.user["first_name"]}
        return {"message_id": number, "date": int(self._clock().timestamp()), "chat": chat}


def _picture_in(request_data: RequestData | None) -> bytes:
    """Give the file that a request uploads; nothing where it has none."""
    files = (request_data.multipart_data or {}) if request_data else {}
    return next((part[1] for part in files.values() if isinstance(part[1], bytes)), b"")


@dataclass(slots=True, kw_only=True)
class Terminal:
    """One person at a terminal, or a script behind a pipe."""

    application: ChatApplication
    printer: Printer
    words: Words
    _updates: int = field(default=0)

    async def say(self, line: str) -> None:
        """Give one line to the handlers, and come back when everything is answered."""
        self.printer.screen.turn()
        update = self._update(line)
        if update is not None:
            self._updates += 1
            body = {"update_id": self._updates, **update}
            await self.application.process_update(Update.de_json(body, self.application.bot))

    def _update(self, line: str) -> Json | None:
        if tap := _TAP.fullmatch(line):
            return self._press(int(tap[1] or tap[2]))
        if asked := _INLINE.fullmatch(line):
            query = {
                "id": str(self._updates),
                "from": self.printer.user,
                "query": asked[1] or "",
                "offset": "",
            }
            return {"inline_query": query}
        return self._message(line)

    def _message(self, line: str) -> Json:
        return {
            "message": self.printer.envelope(10**6 + self._updates)
            | {"from": self.printer.user, "text": line}
        }

    def _press(self, number: int) -> Json | None:
        chosen = self.printer.screen.choice(number)
        if chosen is None:
            self.printer.screen.note(self.words.say("There is no button {number} here.", number=number))
            return None
        shown, button = chosen
        query = {
            "id": str(self._updates),
            "from": self.printer.user,
            "chat_instance": "terminal",
            "message": self.printer.message(shown),
            "data": button["callback_data"],
        }
        return {"callback_query": query}


async def talk(
    build: Callable[[BaseRequest], ChatApplication],
    lines: TextIO,
    out: TextIO,
    *,
    clock: Clock,
    user_id: int = 1,
    language_code: str = "en",
) -> None:
    """Answer each line of ``lines`` on ``out``, in order and to its end, until the last.

    ``build`` makes the application on the request that it is given, with the handlers registered and no
    updater. Where ``lines`` is no terminal each line is repeated as ``> line``, so that what comes out
    reads as a conversation; on a terminal ``> `` asks for the next one. ``#1`` and ``[1]`` press a button,
    ``@bot words`` asks as one does in other chats.
    """
    user: Json = {"id": user_id, "is_bot": False, "first_name": "You", "language_code": language_code}
    printer = Printer(Screen(out), user, clock)
    locale = Locale.ZH if language_code.startswith("zh") else Locale.EN
    application = build(printer)
    terminal = Terminal(application=application, printer=printer, words=words_in(locale))
    asking = lines.isatty()
    async with application:
        if asking:
            out.write(terminal.words.say("/start begins, #1 presses button 1, Ctrl-D ends.") + "\n\n")
        async for line in _each(lines, out, asking=asking):
            await terminal.say(line)


async def _each(lines: TextIO, out: TextIO, *, asking: bool) -> AsyncIterator[str]:
    """Give the lines with something in them; a thread that dies with us waits for the keyboard."""
    loop, read = asyncio.get_running_loop(), asyncio.Queue[str | None]()

    def wait() -> None:
        try:
            for line in lines:
                loop.call_soon_threadsafe(read.put_nowait, line)
            loop.call_soon_threadsafe(read.put_nowait, None)
        except RuntimeError:
            return  # the loop has ended before the lines

    threading.Thread(target=wait, name="terminal lines", daemon=True).start()
    while True:
        if asking:
            out.write("> ")
            out.flush()
        line = await read.get()
        if line is None:
            return
        if text := line.strip():
            if not asking:
                out.write(f"> {text}\n\n")
            yield text
