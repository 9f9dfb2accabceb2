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

from tests.support.fault_plan import PlannedFault
from tests.support.telegram_faults import (
    ApiCall,
    DropReply,
    ForeignReply,
    HangReply,
    TelegramFault,
    TelegramRefusal,
    TruncateReply,
)
from tests.support.telegram_flood_limits import FloodLimits
from tests.support.telegram_http import HttpReply, HttpRequest, StubHttpServer
from tests.support.telegram_methods import ApiResult, BotApiMethods
from tests.support.telegram_users import GroupChat, Person
from tests.support.telegram_validation import ApiError, CallParams, Json
from tests.support.telegram_webhook import WebhookSender
from tests.support.telegram_world import TOKEN, Chat, ChatMessage, TelegramWorld
from tests.support.wire_log import WireLog

RATE_LIMITED_METHODS = re.compile(r"(send(?!chataction)|copy|forward|edit).*", re.IGNORECASE)
CALL_PATH = re.compile(r"/(file/)?bot([^/]+)/(.+)")


class TelegramServer:
    """One Bot API on loopback; ``url`` goes into TELEGRAM_API_URL and ``token`` into TELEGRAM_BOT_TOKEN."""

    def __init__(self, *, token: str = TOKEN, wire_file: Path | None = None, limits: FloodLimits | None = None) -> None:
        self.world = TelegramWorld(token=token, wire=WireLog(file=wire_file), limits=limits)
        self._methods = BotApiMethods(self.world)
        self.webhook_sender = WebhookSender(self.world)
        self._http = StubHttpServer(self._handle_request)
        self._webhook_task: asyncio.Task[None] | None = None

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
        """Return the parameters of every call of a method so far, accepted or not."""
        return [params for name, params in self.world.calls if name.lower() == method.lower()]

    def user(self, number: int, *, language_code: str = "en", first_name: str = "Ada", started: bool = True) -> Person:
        """Return a person, known to Telegram from now on; ``started`` False has not spoken to the bot yet."""
        user: Json = {"id": number, "is_bot": False, "first_name": first_name, "language_code": language_code}
        user = self.world.users.setdefault(number, user)
        chat = self.world.chats.setdefault(number, Chat(number, "private", user=user))
        if not started:
            chat.send_error = ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        return Person(self.world, chat, user=user)

    def group(self, number: int, *, title: str = "Lab", kind: str = "supergroup", forum: bool = False) -> GroupChat:
        """Return a group (``number`` below zero) with the bot in it."""
        chat = self.world.chats.setdefault(number, Chat(number, kind, title, forum=forum))
        return GroupChat(self.world, chat)

    def channel(self, number: int, *, title: str = "Daily Papers", username: str = "") -> GroupChat:
        """Return a channel (``number`` below zero) with the bot as an administrator who may post."""
        group = self.group(number, title=title, kind="channel")
        group.chat.username = username
        return group

    def plan_fault(
        self,
        fault: TelegramFault,
        *,
        method: str = "sendMessage",
        chat: int | None = None,
        when: Callable[[ApiCall], bool] | None = None,
        times: int | None = 1,
    ) -> PlannedFault[ApiCall, TelegramFault]:
        """Arrange a fault for calls of ``method``: to one chat, or those of which ``when`` is true.

        ``times`` None means every such call. What was not met when the server closes fails the test.
        """
        return self.world.faults.add(fault, method=method, chat=chat, when=when, times=times)

    def plan_refusal(
        self,
        status: int,
        description: str,
        *,
        method: str = "sendMessage",
        chat: int | None = None,
        when: Callable[[ApiCall], bool] | None = None,
        times: int | None = 1,
    ) -> PlannedFault[ApiCall, TelegramFault]:
        """Refuse calls of ``method`` so; which of them is said as in ``plan_fault``."""
        answer = TelegramRefusal(status=status, description=description)
        return self.plan_fault(answer, method=method, chat=chat, when=when, times=times)

    def plan_flood(
        self,
        seconds: int,
        *,
        method: str = "sendMessage",
        chat: int | None = None,
        when: Callable[[ApiCall], bool] | None = None,
        times: int | None = 1,
    ) -> PlannedFault[ApiCall, TelegramFault]:
        """Answer calls of ``method`` with 429 and ``retry_after``; which of them is said as in ``plan_fault``."""
        answer = TelegramRefusal(
            status=429, description=f"Too Many Requests: retry after {seconds}", retry_after=seconds
        )
        return self.plan_fault(answer, method=method, chat=chat, when=when, times=times)

    @contextlib.contextmanager
    def replaced_by(self, reply: TelegramFault) -> Iterator[None]:
        """Let somebody else answer every call inside the block, whatever is asked; nothing is done."""
        self.world.faults.override = reply
        try:
            yield
        finally:
            self.world.faults.override = None

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
        self._webhook_task = asyncio.create_task(self.webhook_sender.run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._webhook_task is not None:
            self._webhook_task.cancel()
            await asyncio.gather(self._webhook_task, return_exceptions=True)
        await self._http.close()
        if error is None:
            self.world.faults.plan.assert_all_met()

    async def _handle_request(self, request: HttpRequest) -> HttpReply:
        found = CALL_PATH.fullmatch(unquote(request.path))
        if isinstance(instead := self.world.faults.override, ForeignReply):
            method = found[3] if found else request.path
            return self._reply_foreign(method, request.params, instead)
        if found is None:
            return _error_reply(ApiError(404, "Not Found"))
        file, token, method = found.groups()
        if token != self.world.token:
            known = re.fullmatch(r"\d+:[\w-]+", token)
            return _error_reply(ApiError(401, "Unauthorized") if known else ApiError(404, "Not Found"))
        if file:
            content = self.world.files.get(method.removeprefix("documents/"))
            return _error_reply(ApiError(404, "Not Found")) if content is None else HttpReply(status=200, body=content)
        return await self._handle_call(method, request.params)

    async def _handle_call(self, method: str, params: CallParams) -> HttpReply:
        self.world.calls.append((method, params.values))
        fault = self.world.faults.take(ApiCall(method=method, params=params))
        if isinstance(fault, ForeignReply):
            return self._reply_foreign(method, params, fault)
        if isinstance(fault, TelegramRefusal):
            return self._refuse(method, params, fault)
        if isinstance(fault, DropReply | HangReply) and not fault.processed:
            self._log(method, params, accepted=False, note=fault.wire_note)
            if isinstance(fault, HangReply):
                await fault.wait()
            return HttpReply(status=500, body=b"", sent_fraction=0)
        reply = await self._execute(method, params)
        match fault:
            case DropReply():
                return HttpReply(status=reply.status, body=reply.body, sent_fraction=0)
            case TruncateReply():
                return HttpReply(status=reply.status, body=reply.body, sent_fraction=0.5)
            case HangReply():
                await fault.wait()
            case None:
                pass
        return reply

    async def _execute(self, method: str, params: CallParams) -> HttpReply:
        chat = params.number("chat_id")
        try:
            handler = self._methods.find_method(method)
            if self.world.limits is not None and RATE_LIMITED_METHODS.fullmatch(method):
                wait = self.world.limits.register(chat, time.monotonic())
                if wait:
                    raise ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)  # noqa: TRY301 - one way to refuse
            result: ApiResult = await handler(params)
        except ApiError as error:
            self._log(method, params, accepted=False, note=error.description)
            return _error_reply(error)
        self._log(method, params, accepted=True)
        return HttpReply(status=200, body=json.dumps({"ok": True, "result": result}).encode())

    def _refuse(self, method: str, params: CallParams, fault: TelegramRefusal) -> HttpReply:
        self._log(method, params, accepted=False, note=fault.description)
        parameters = {}
        if fault.retry_after is not None:
            parameters["retry_after"] = fault.retry_after
        if fault.migrate_to is not None:
            parameters["migrate_to_chat_id"] = fault.migrate_to
        return _error_reply(ApiError(fault.status, fault.description, **parameters))

    def _reply_foreign(self, method: str, params: CallParams, fault: ForeignReply) -> HttpReply:
        self._log(method, params, accepted=False, note=f"foreign {fault.status}")
        return HttpReply(status=fault.status, body=fault.body, content_type=fault.content_type, headers=fault.headers)

    def _log(self, method: str, params: CallParams, *, accepted: bool, note: str = "") -> None:
        if method.lower() != "getupdates":
            self.world.wire.add(
                kind=method, to=params.text("chat_id"), text=params.text("text"), accepted=accepted, note=note
            )


def _error_reply(error: ApiError) -> HttpReply:
    return HttpReply(status=error.status, body=json.dumps(error.payload()).encode())


__all__ = [
    "ChatMessage",
    "DropReply",
    "ForeignReply",
    "HangReply",
    "TelegramRefusal",
    "TelegramServer",
    "TruncateReply",
]
