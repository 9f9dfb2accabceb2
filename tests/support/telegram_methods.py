"""The methods of the Bot API that we use, on the stand-in's world."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable

from tests.support.telegram_checks import (
    MOST_ANSWER,
    ApiError,
    Json,
    Params,
    bad_request,
    checked_keyboard,
    checked_text,
)
from tests.support.telegram_files import captioned_photo, file_of
from tests.support.telegram_html import utf16_length
from tests.support.telegram_inline import InlineMethods
from tests.support.telegram_places import PlaceMethods, check_posting, checked_below
from tests.support.telegram_webhook import WebhookMethods
from tests.support.telegram_world import BOT, Chat, ChatMessage

Result = Json | list[Json] | bool
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)
OTHER_POLLER = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active;"
    " use deleteWebhook to delete the webhook first"
)
GENERAL_TOPIC = 1


class Methods(PlaceMethods, InlineMethods, WebhookMethods):
    """Answers one call; every public name is a Bot API method in small letters."""

    def find(self, method: str) -> Callable[[Params], Awaitable[Result]]:
        """Give the method, whatever its capitals, or refuse as Telegram does."""
        found = getattr(self, "do_" + method.lower(), None)
        if found is None:
            raise ApiError(404, "Not Found: method not found")
        return found  # type: ignore[no-any-return]  # every do_ method has this shape

    async def do_getme(self, _: Params) -> Result:
        return BOT

    async def do_getupdates(self, params: Params) -> Result:
        if self._world.webhook.get("url"):
            raise ApiError(409, WEBHOOK_ACTIVE)
        updates = self._world.updates
        if isinstance(allowed := params.object("allowed_updates"), list):
            updates.allowed = allowed
        if updates.poller is not None:
            updates.poller.set()
        updates.poller = taken_over = asyncio.Event()
        deadline = time.monotonic() + params.number("timeout")
        while not (found := updates.fetch(params.number("offset"), params.number("limit", 100))):
            waits = [asyncio.ensure_future(one.wait()) for one in (updates.came, taken_over)]
            left = max(0.0, deadline - time.monotonic())
            try:
                await asyncio.wait(waits, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            if taken_over.is_set():
                raise ApiError(409, OTHER_POLLER)
            if time.monotonic() >= deadline:
                break
        if updates.poller is taken_over:
            updates.poller = None
        return found

    async def do_setmycommands(self, params: Params) -> Result:
        commands = params.object("commands") or []
        if len(commands) > 100:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command.get("command", "").removeprefix("/")):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(command.get("description", "")) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self._world.commands[self._scope(params)] = commands
        return True

    async def do_getmycommands(self, params: Params) -> Result:
        return self._world.commands.get(self._scope(params), [])

    async def do_deletemycommands(self, params: Params) -> Result:
        self._world.commands.pop(self._scope(params), None)
        return True

    def _scope(self, params: Params) -> tuple[str, str]:
        scope = params.object("scope") or {"type": "default"}
        return json.dumps(scope, sort_keys=True), params.text("language_code")

    async def do_sendmessage(self, params: Params) -> Result:
        chat = self._writable(params)
        text, entities = checked_text(params)
        message = self._new(chat, params, text)
        message.entities = entities
        message.html = params.text("text")
        return self._keep(message)

    async def do_senddocument(self, params: Params) -> Result:
        chat = self._writable(params)
        name = next(iter(params.files), "document")
        message = self._new(chat, params, params.text("caption"))
        self._world.files[f"file-{message.id}"] = params.files.get(name, b"")
        unique = f"file-{message.id}"
        message.document = {"file_id": unique, "file_unique_id": unique, "file_name": name}
        return self._keep(message)

    async def do_sendphoto(self, params: Params) -> Result:
        chat = self._writable(params)
        text, entities, photo = captioned_photo(params)
        message = self._new(chat, params, text)
        message.entities, message.photo, message.html = entities, photo, params.text("caption")
        return self._keep(message)

    async def do_copymessage(self, params: Params) -> Result:
        chat = self._writable(params)
        original = self._world.chat(params.text("from_chat_id")).find(params.number("message_id"))
        if original is None:
            raise bad_request("message to copy not found")
        message = self._new(chat, params, original.text)
        message.entities, message.document = original.entities, original.document
        self._keep(message)
        return {"message_id": message.id}

    def _writable(self, params: Params) -> Chat:
        chat = self._world.chat(params.text("chat_id"))
        if chat.barred is not None:
            raise chat.barred
        check_posting(chat)
        thread = params.number("message_thread_id")
        if thread and (not chat.forum or thread == GENERAL_TOPIC or thread not in chat.topics):
            raise bad_request("message thread not found")
        if thread in chat.closed_topics:
            raise bad_request("TOPIC_CLOSED")
        return chat

    def _new(self, chat: Chat, params: Params, text: str) -> ChatMessage:
        previews = params.object("link_preview_options") or {}
        return ChatMessage(
            id=self._world.next_message_id(),
            chat=chat,
            sender=BOT,
            text=text,
            keyboard=checked_keyboard(params),
            below=checked_below(params, chat),
            thread=params.number("message_thread_id") or None,
            reply_to=self._answered(chat, params),
            silent=params.flag("disable_notification"),
            previews=not previews.get("is_disabled", False),
        )

    def _answered(self, chat: Chat, params: Params) -> int | None:
        reply = params.object("reply_parameters")
        if not reply:
            return None
        if chat.find(int(reply.get("message_id", 0))) is not None:
            return int(reply["message_id"])
        if reply.get("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")

    def _keep(self, message: ChatMessage) -> Json:
        message.chat.messages.append(message)
        self._world.touch()
        return message.as_json()

    async def do_editmessagetext(self, params: Params) -> Result:
        message = self._editable(params)
        text, entities = checked_text(params)
        keyboard = checked_keyboard(params)
        if (text, entities, keyboard) == (message.text, message.entities, message.keyboard):
            raise bad_request(NOT_MODIFIED)
        message.text, message.entities, message.keyboard = text, entities, keyboard
        message.html = params.text("text")
        return self._edited(message)

    async def do_editmessagereplymarkup(self, params: Params) -> Result:
        message = self._editable(params)
        keyboard = checked_keyboard(params)
        if keyboard == message.keyboard:
            raise bad_request(NOT_MODIFIED)
        message.keyboard = keyboard
        return self._edited(message)

    def _editable(self, params: Params) -> ChatMessage:
        chat = self._world.chat(params.text("chat_id"))
        if chat.barred is not None:
            raise chat.barred
        message = chat.find(params.number("message_id"))
        if message is None:
            raise bad_request("message to edit not found")
        if not message.from_bot:
            raise bad_request("message can't be edited")
        return message

    def _edited(self, message: ChatMessage) -> Json:
        message.edits += 1
        self._world.touch()
        return message.as_json()

    async def do_deletemessage(self, params: Params) -> Result:
        message = self._world.chat(params.text("chat_id")).find(params.number("message_id"))
        if message is None:
            raise bad_request("message to delete not found")
        message.deleted = True
        self._world.touch()
        return True

    async def do_answercallbackquery(self, params: Params) -> Result:
        answer = self._world.answers.get(params.text("callback_query_id"))
        if answer is None:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        if utf16_length(params.text("text")) > MOST_ANSWER:
            raise bad_request("MESSAGE_TOO_LONG")
        answer.text, answer.alert, answer.answered = params.text("text"), params.flag("show_alert"), True
        self._world.touch()
        return True

    async def do_sendchataction(self, params: Params) -> Result:
        chat = self._world.chat(params.text("chat_id"))
        if chat.barred is not None:
            raise chat.barred
        return True

    async def do_getfile(self, params: Params) -> Result:
        return file_of(self._world, params.text("file_id"))
