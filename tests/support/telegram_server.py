"""The Bot API stand-in: over HTTP, strict about what Telegram refuses, scriptable in what goes wrong.

::

    async with TelegramServer() as telegram:
        reader = telegram.user(42)
        reader.send("/start")  # then run the bot against telegram.url
        answer = await reader.wait_for_message("Hello")
        reader.tap("Everything", on=answer)
"""

import asyncio
import contextlib
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from tests.support.arranged import Arrangement
from tests.support.telegram_checks import ApiError, Json, Params
from tests.support.telegram_faults import Answer, Call, Cut, Fault, Foreign, Half, Hang
from tests.support.telegram_http import HttpServer, Reply, Request
from tests.support.telegram_limits import FloodLimits
from tests.support.telegram_methods import Methods, Result
from tests.support.telegram_people import Group, Person
from tests.support.telegram_webhook import Postman
from tests.support.telegram_world import TOKEN, Chat, ChatMessage, World
from tests.support.wire import WireLog

COUNTED = re.compile(r"(send(?!chataction)|copy|forward|edit).*", re.IGNORECASE)
CALL = re.compile(r"/(file/)?bot([^/]+)/(.+)")


class TelegramServer:
    """One Bot API on loopback; ``url`` goes into TELEGRAM_API_URL and ``token`` into TELEGRAM_BOT_TOKEN."""

    def __init__(
        self, *, token: str = TOKEN, wire_file: Path | None = None, limits: FloodLimits | None = None
    ) -> None:
        self.world = World(token=token, wire=WireLog(file=wire_file), limits=limits)
        self._methods = Methods(self.world)
        self.postman = Postman(self.world)
        self._http = HttpServer(self._answer)
        self._pusher: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Address to which ``/bot<token>/<method>`` is added."""
        return f"http://127.0.0.1:{self._http.port}"

    @property
    def token(self) -> str:
        """The token that this server knows."""
        return self.world.token

    @property
    def wire(self) -> WireLog:
        """What reached the server, written before it answered."""
        return self.world.wire

    def calls(self, method: str) -> list[dict[str, str]]:
        """Give the parameters of every call of a method so far, accepted or not."""
        return [params for name, params in self.world.calls if name.lower() == method.lower()]

    def user(
        self, number: int, *, language_code: str = "en", first_name: str = "Ada", started: bool = True
    ) -> Person:
        """Give a person, known to Telegram from now on; ``started`` False has not spoken to the bot yet."""
        user: Json = {"id": number, "is_bot": False, "first_name": first_name, "language_code": language_code}
        user = self.world.users.setdefault(number, user)
        chat = self.world.chats.setdefault(number, Chat(number, "private", user=user))
        if not started:
            chat.barred = ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        return Person(self.world, chat, user=user)

    def group(
        self, number: int, *, title: str = "Lab", kind: str = "supergroup", forum: bool = False
    ) -> Group:
        """Give a group (``number`` below zero) with the bot in it."""
        chat = self.world.chats.setdefault(number, Chat(number, kind, title, forum=forum))
        return Group(self.world, chat)

    def channel(self, number: int, *, title: str = "Daily Papers", username: str = "") -> Group:
        """Give a channel (``number`` below zero) with the bot as an administrator who may post."""
        group = self.group(number, title=title, kind="channel")
        group.chat.username = username
        return group

    def say(
        self,
        fault: Fault,
        *,
        method: str = "sendMessage",
        chat: int | None = None,
        when: Callable[[Call], bool] | None = None,
        times: int | None = 1,
    ) -> Arrangement[Call, Fault]:
        """Arrange a fault for calls of ``method``: to one chat, or those of which ``when`` is true.

        ``times`` None means every such call. What was not met when the server closes fails the test.
        """
        return self.world.faults.add(fault, method=method, chat=chat, when=when, times=times)

    def refuse_next(
        self,
        status: int,
        description: str,
        *,
        method: str = "sendMessage",
        chat: int | None = None,
        when: Callable[[Call], bool] | None = None,
        times: int | None = 1,
    ) -> Arrangement[Call, Fault]:
        """Answer the next calls that are meant with this refusal."""
        answer = Answer(status=status, description=description)
        return self.say(answer, method=method, chat=chat, when=when, times=times)

    def flood_next(
        self,
        seconds: int,
        *,
        method: str = "sendMessage",
        chat: int | None = None,
        when: Callable[[Call], bool] | None = None,
        times: int | None = 1,
    ) -> Arrangement[Call, Fault]:
        """Answer the next calls that are meant with 429 and ``retry_after``."""
        answer = Answer(
            status=429, description=f"Too Many Requests: retry after {seconds}", retry_after=seconds
        )
        return self.say(answer, method=method, chat=chat, when=when, times=times)

    @contextlib.contextmanager
    def behind(self, answer: Fault) -> Iterator[None]:
        """Let somebody else answer every call inside the block, whatever is asked; nothing is done."""
        self.world.faults.instead = answer
        try:
            yield
        finally:
            self.world.faults.instead = None

    @contextlib.asynccontextmanager
    async def unreachable(self) -> AsyncIterator[None]:
        """Refuse connections inside the block, listen again on the same port after it."""
        await self._http.close()
        try:
            yield
        finally:
            await self._http.open()

    async def __aenter__(self) -> Self:
        await self._http.open()
        self._pusher = asyncio.create_task(self.postman.run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pusher is not None:
            self._pusher.cancel()
            await asyncio.gather(self._pusher, return_exceptions=True)
        await self._http.close()
        if error is None:
            self.world.faults.arranged.check()

    async def _answer(self, request: Request) -> Reply:
        found = CALL.fullmatch(unquote(request.path))
        if isinstance(instead := self.world.faults.instead, Foreign):
            method = found[3] if found else request.path
            return self._instead(method, request.params, instead)
        if found is None:
            return _reply(ApiError(404, "Not Found"))
        file, token, method = found.groups()
        if token != self.world.token:
            known = re.fullmatch(r"\d+:[\w-]+", token)
            return _reply(ApiError(401, "Unauthorized") if known else ApiError(404, "Not Found"))
        if file:
            content = self.world.files.get(method.removeprefix("documents/"))
            return _reply(ApiError(404, "Not Found")) if content is None else Reply(status=200, body=content)
        return await self._call(method, request.params)

    async def _call(self, method: str, params: Params) -> Reply:
        self.world.calls.append((method, params.values))
        fault = self.world.faults.take(Call(method=method, params=params))
        if isinstance(fault, Foreign):
            return self._instead(method, params, fault)
        if isinstance(fault, Answer):
            return self._refused(method, params, fault)
        if isinstance(fault, Cut | Hang) and not fault.stored:
            self._log(method, params, accepted=False, note=type(fault).__name__)
            await asyncio.sleep(fault.seconds if isinstance(fault, Hang) else 0)
            return Reply(status=500, body=b"", part=0)
        reply = await self._work(method, params)
        match fault:
            case Cut():
                return Reply(status=reply.status, body=reply.body, part=0)
            case Half():
                return Reply(status=reply.status, body=reply.body, part=0.5)
            case Hang(seconds=seconds):
                await asyncio.sleep(seconds)
            case None:
                pass
        return reply

    async def _work(self, method: str, params: Params) -> Reply:
        chat = params.number("chat_id")
        try:
            handler = self._methods.find(method)
            if self.world.limits is not None and COUNTED.fullmatch(method):
                wait = self.world.limits.ask(chat, time.monotonic())
                if wait:
                    raise ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)  # noqa: TRY301 - one way to refuse
            result: Result = await handler(params)
        except ApiError as error:
            self._log(method, params, accepted=False, note=error.description)
            return _reply(error)
        self._log(method, params, accepted=True)
        return Reply(status=200, body=json.dumps({"ok": True, "result": result}).encode())

    def _refused(self, method: str, params: Params, fault: Answer) -> Reply:
        self._log(method, params, accepted=False, note=fault.description)
        parameters = {}
        if fault.retry_after is not None:
            parameters["retry_after"] = fault.retry_after
        if fault.migrate_to is not None:
            parameters["migrate_to_chat_id"] = fault.migrate_to
        return _reply(ApiError(fault.status, fault.description, **parameters))

    def _instead(self, method: str, params: Params, fault: Foreign) -> Reply:
        self._log(method, params, accepted=False, note=f"foreign {fault.status}")
        return Reply(status=fault.status, body=fault.body, kind=fault.kind, headers=fault.headers)

    def _log(self, method: str, params: Params, *, accepted: bool, note: str = "") -> None:
        if method.lower() != "getupdates":
            self.world.wire.add(
                kind=method, to=params.text("chat_id"), text=params.text("text"), accepted=accepted, note=note
            )


def _reply(error: ApiError) -> Reply:
    return Reply(status=error.status, body=json.dumps(error.payload()).encode())


__all__ = ["Answer", "ChatMessage", "Cut", "Foreign", "Half", "Hang", "TelegramServer"]
