"""The methods of the Bot API that we use, on the stand-in's world."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable

from tests.support.telegram_files import MAX_CAPTION_UNITS, find_file, parse_photo
from tests.support.telegram_html import utf16_length
from tests.support.telegram_inline import InlineMethods
from tests.support.telegram_members import ChatMethods, check_bot_can_post, parse_reply_keyboard
from tests.support.telegram_validation import (
    MAX_CALLBACK_ANSWER_UNITS,
    ApiError,
    CallParams,
    Json,
    bad_request,
    parse_inline_keyboard,
    parse_message_text,
)
from tests.support.telegram_webhook import WebhookMethods
from tests.support.telegram_world import BOT_USER, Chat, ChatMessage

ApiResult = Json | list[Json] | bool
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)
OTHER_POLLER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
GENERAL_TOPIC = 1


class BotApiMethods(ChatMethods, InlineMethods, WebhookMethods):
    """Answers one call; every public name is a Bot API method in small letters."""

    def find_method(self, method: str) -> Callable[[CallParams], Awaitable[ApiResult]]:
        """Return the method, whatever its capitals, or refuse as Telegram does."""
        found = getattr(self, "do_" + method.lower(), None)
        if found is None:
            raise ApiError(404, "Not Found: method not found")
        return found  # type: ignore[no-any-return]  # every do_ method has this shape

    async def do_getme(self, _: CallParams) -> ApiResult:
        return BOT_USER

    async def do_getupdates(self, params: CallParams) -> ApiResult:
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
            waits = [asyncio.ensure_future(one.wait()) for one in (updates.arrived, taken_over)]
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

    async def do_setmycommands(self, params: CallParams) -> ApiResult:
        commands = params.object("commands") or []
        if len(commands) > 100:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command.get("command", "").removeprefix("/")):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(command.get("description", "")) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self._world.commands[self._command_scope(params)] = commands
        return True

    async def do_getmycommands(self, params: CallParams) -> ApiResult:
        return self._world.commands.get(self._command_scope(params), [])

    async def do_deletemycommands(self, params: CallParams) -> ApiResult:
        self._world.commands.pop(self._command_scope(params), None)
        return True

    def _command_scope(self, params: CallParams) -> tuple[str, str]:
        scope = params.object("scope") or {"type": "default"}
        return json.dumps(scope, sort_keys=True), params.text("language_code")

    async def do_sendmessage(self, params: CallParams) -> ApiResult:
        chat = self._require_writable_chat(params)
        text, entities = parse_message_text(params)
        message = self._new_message(chat, params, text)
        message.entities = entities
        message.html = params.text("text")
        return self._store_message(message)

    async def do_senddocument(self, params: CallParams) -> ApiResult:
        chat = self._require_writable_chat(params)
        name = next(iter(params.files), "document")
        text, entities = parse_message_text(params, "caption", MAX_CAPTION_UNITS)
        message = self._new_message(chat, params, text)
        message.entities = entities
        self._world.files[f"file-{message.id}"] = params.files.get(name, b"")
        unique = f"file-{message.id}"
        message.document = {"file_id": unique, "file_unique_id": unique, "file_name": name}
        return self._store_message(message)

    async def do_sendphoto(self, params: CallParams) -> ApiResult:
        chat = self._require_writable_chat(params)
        text, entities, photo = parse_photo(params)
        message = self._new_message(chat, params, text)
        message.entities, message.photo, message.html = entities, photo, params.text("caption")
        return self._store_message(message)

    async def do_copymessage(self, params: CallParams) -> ApiResult:
        chat = self._require_writable_chat(params)
        original = self._world.chat(params.text("from_chat_id")).find_message(params.number("message_id"))
        if original is None:
            raise bad_request("message to copy not found")
        message = self._new_message(chat, params, original.text)
        message.entities, message.document = original.entities, original.document
        self._store_message(message)
        return {"message_id": message.id}

    def _require_writable_chat(self, params: CallParams) -> Chat:
        chat = self._world.chat(params.text("chat_id"))
        if chat.send_error is not None:
            raise chat.send_error
        check_bot_can_post(chat)
        thread = params.number("message_thread_id")
        if thread and (not chat.forum or thread == GENERAL_TOPIC or thread not in chat.topics):
            raise bad_request("message thread not found")
        if thread in chat.closed_topics:
            raise bad_request("TOPIC_CLOSED")
        return chat

    def _new_message(self, chat: Chat, params: CallParams, text: str) -> ChatMessage:
        previews = params.object("link_preview_options") or {}
        return ChatMessage(
            id=self._world.next_message_id(),
            chat=chat,
            sender=BOT_USER,
            text=text,
            keyboard=parse_inline_keyboard(params),
            reply_markup=parse_reply_keyboard(params, chat),
            thread_id=params.number("message_thread_id") or None,
            reply_to_id=self._reply_to_id(chat, params),
            silent=params.flag("disable_notification"),
            link_preview=not previews.get("is_disabled", False),
        )

    def _reply_to_id(self, chat: Chat, params: CallParams) -> int | None:
        reply = params.object("reply_parameters")
        if not reply:
            return None
        if chat.find_message(int(reply.get("message_id", 0))) is not None:
            return int(reply["message_id"])
        if reply.get("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")

    def _store_message(self, message: ChatMessage) -> Json:
        message.chat.messages.append(message)
        self._world.notify_change()
        return message.as_json()

    async def do_editmessagetext(self, params: CallParams) -> ApiResult:
        message = self._require_editable_message(params)
        text, entities = parse_message_text(params)
        keyboard = parse_inline_keyboard(params)
        if (text, entities, keyboard) == (message.text, message.entities, message.keyboard):
            raise bad_request(NOT_MODIFIED)
        message.text, message.entities, message.keyboard = text, entities, keyboard
        message.html = params.text("text")
        return self._store_edit(message)

    async def do_editmessagereplymarkup(self, params: CallParams) -> ApiResult:
        message = self._require_editable_message(params)
        keyboard = parse_inline_keyboard(params)
        if keyboard == message.keyboard:
            raise bad_request(NOT_MODIFIED)
        message.keyboard = keyboard
        return self._store_edit(message)

    def _require_editable_message(self, params: CallParams) -> ChatMessage:
        chat = self._world.chat(params.text("chat_id"))
        if chat.send_error is not None:
            raise chat.send_error
        message = chat.find_message(params.number("message_id"))
        if message is None:
            raise bad_request("message to edit not found")
        if not message.from_bot:
            raise bad_request("message can't be edited")
        return message

    def _store_edit(self, message: ChatMessage) -> Json:
        message.edit_count += 1
        self._world.notify_change()
        return message.as_json()

    async def do_deletemessage(self, params: CallParams) -> ApiResult:
        message = self._world.chat(params.text("chat_id")).find_message(params.number("message_id"))
        if message is None:
            raise bad_request("message to delete not found")
        message.deleted = True
        self._world.notify_change()
        return True

    async def do_answercallbackquery(self, params: CallParams) -> ApiResult:
        answer = self._world.callback_answers.get(params.text("callback_query_id"))
        if answer is None:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        if utf16_length(params.text("text")) > MAX_CALLBACK_ANSWER_UNITS:
            raise bad_request("MESSAGE_TOO_LONG")
        answer.text, answer.alert, answer.answered = params.text("text"), params.flag("show_alert"), True
        self._world.notify_change()
        return True

    async def do_sendchataction(self, params: CallParams) -> ApiResult:
        chat = self._world.chat(params.text("chat_id"))
        if chat.send_error is not None:
            raise chat.send_error
        return True

    async def do_getfile(self, params: CallParams) -> ApiResult:
        return find_file(self._world, params.text("file_id"))
