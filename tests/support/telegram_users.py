"""People and groups in front of the stand-in: a test speaks through them as a person would."""

import re
import time
from dataclasses import dataclass, field

from tests.support.telegram_files import store_document
from tests.support.telegram_html import utf16_length
from tests.support.telegram_validation import ApiError, Json
from tests.support.telegram_world import BOT_USER, CallbackAnswer, Chat, ChatMessage, InlineAnswer, TelegramWorld

COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]+(?:@[A-Za-z0-9_]+)?")


def _command_entities(text: str) -> list[Json]:
    return [
        {"type": "bot_command", "offset": utf16_length(text[: found.start()]), "length": utf16_length(found.group())}
        for found in COMMAND.finditer(text)
    ]


@dataclass(slots=True)
class ChatView:
    """A chat as its members see it; ``wait_for_message`` remembers what it has shown already."""

    world: TelegramWorld
    chat: Chat
    _last_seen_id: int = 0

    @property
    def messages(self) -> list[ChatMessage]:
        """Everything that the bot sent here and did not delete, oldest first, with edits applied."""
        return [one for one in self.chat.messages if one.from_bot and not one.deleted]

    async def wait_for_message(self, containing: str = "", *, timeout: float = 60) -> ChatMessage:  # noqa: ASYNC109 - fails with what the chat shows
        """Return the first message of the bot not given before whose text holds ``containing``."""

        def next_message() -> ChatMessage | None:
            return next((one for one in self.messages if one.id > self._last_seen_id and containing in one.text), None)

        found: ChatMessage = await self.world.wait_until(
            next_message, timeout, lambda: self._describe_messages(containing)
        )
        self._last_seen_id = found.id
        return found

    async def wait_for_edit(
        self,
        message: ChatMessage,
        containing: str = "",
        *,
        after: int = 0,
        timeout: float = 60,  # noqa: ASYNC109 - fails with what the chat shows
    ) -> ChatMessage:
        """Return ``message`` once it was edited more than ``after`` times and its text holds ``containing``."""

        def edited() -> bool:
            return message.edit_count > after and containing in message.text

        await self.world.wait_until(edited, timeout, lambda: f"no edit with {containing!r}: {message.text!r}")
        return message

    def _describe_messages(self, containing: str) -> str:
        return f"no new message with {containing!r}, the chat shows {[one.text for one in self.messages]}"


@dataclass(slots=True)
class GroupChat(ChatView):
    """A group, supergroup or channel with the bot in it."""

    def refuse_sends(self, status: int, description: str) -> None:
        """Refuse every send to this chat from now on, such as 403 "Forbidden: bot was kicked …"."""
        self.chat.send_error = ApiError(status, description)

    def add_topic(self, thread: int, *, closed: bool = False) -> None:
        """Open a topic of a forum."""
        self.chat.topics.add(thread)
        if closed:
            self.chat.closed_topics.add(thread)

    def add_member(self, person: "Person", status: str = "member") -> None:
        """Put a person into the group: ``creator``, ``administrator``, ``add_member``."""
        self.chat.members[person.id] = status

    def migrate(self, new_id: int) -> "GroupChat":
        """Turn a group into a supergroup with a new id; the old one says so and answers as Telegram does."""
        moved = Chat(new_id, "supergroup", self.chat.title, members=dict(self.chat.members))
        self.world.chats[new_id] = moved
        self.chat.send_error = ApiError(
            400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=new_id
        )
        told = {"message_id": self.world.next_message_id(), "date": int(time.time())}
        self.world.updates.add("message", told | {"chat": self.chat.as_json(), "migrate_to_chat_id": new_id})
        return GroupChat(self.world, moved)


@dataclass(slots=True)
class ButtonTap:
    """A press on a button, and what the bot answered to it."""

    world: TelegramWorld
    id: str
    answer: CallbackAnswer

    async def wait_for_answer(self, *, timeout: float = 60) -> CallbackAnswer:  # noqa: ASYNC109 - fails with a sentence
        """Return the bot's answer once it came; Telegram shows a clock on the button until then."""
        await self.world.wait_until(lambda: self.answer.answered, timeout, lambda: "the tap got no answer")
        return self.answer


@dataclass(slots=True)
class Person(ChatView):
    """Somebody with Telegram; ``chat`` is their private chat with the bot."""

    user: Json = field(default_factory=dict)

    @property
    def id(self) -> int:
        """Their number, which is their private chat's too."""
        return int(self.user["id"])

    def send(
        self, text: str, *, to: ChatView | None = None, thread: int | None = None, reply_to: ChatMessage | None = None
    ) -> ChatMessage:
        """Write to the bot, or in a group."""
        chat = (to or self).chat
        if chat is self.chat and chat.send_error is not None and chat.send_error.status == 403:
            chat.send_error = None
        message = ChatMessage(
            id=self.world.next_message_id(),
            chat=chat,
            sender=self.user,
            text=text,
            entities=_command_entities(text),
            thread_id=thread,
            reply_to_id=reply_to.id if reply_to else None,
        )
        chat.messages.append(message)
        self.world.updates.add("message", message.as_json())
        return message

    def send_file(
        self,
        data: bytes,
        name: str = "report.md",
        *,
        caption: str = "",
        size: int | None = None,
        to: ChatView | None = None,
    ) -> ChatMessage:
        """Send a file; ``size`` is what the message says of it, where that is not the truth."""
        chat = (to or self).chat
        message = ChatMessage(
            id=self.world.next_message_id(),
            chat=chat,
            sender=self.user,
            text=caption,
            entities=_command_entities(caption),
        )
        message.document = store_document(self.world, message, data, name, size)
        chat.messages.append(message)
        self.world.updates.add("message", message.as_json())
        return message

    def tap(self, button: str, *, on: ChatMessage) -> ButtonTap:
        """Press the button with these words or this data."""
        pressed = on.find_button(button)
        assert "callback_data" in pressed, f"{button!r} opens {pressed.get('url')}"
        return self.send_callback(pressed["callback_data"], on=on)

    def send_callback(self, data: str, *, on: ChatMessage) -> ButtonTap:
        """Send callback data that need not stand on any button, as a forged client can."""
        answer = CallbackAnswer()
        identity = f"tap-{len(self.world.callback_answers) + 1}"
        self.world.callback_answers[identity] = answer
        self.world.updates.add(
            "callback_query",
            {
                "id": identity,
                "from": self.user,
                "message": on.as_json(),
                "chat_instance": f"instance-{on.chat.id}",
                "data": data,
            },
        )
        return ButtonTap(self.world, identity, answer)

    async def send_inline_query(self, query: str, *, offset: str = "", within: float = 10) -> InlineAnswer:
        """Write ``@bot query`` in some chat, and give what is offered there."""
        answer = InlineAnswer()
        identity = f"inline-{len(self.world.inline_answers) + 1}"
        self.world.inline_answers[identity] = answer
        body = {"id": identity, "from": self.user, "query": query, "offset": offset, "chat_type": "sender"}
        assert self.world.updates.add("inline_query", body), "the bot did not ask for inline queries"
        await self.world.wait_until(lambda: answer.answered, within, lambda: "the inline query got no answer")
        return answer

    def block(self) -> None:
        """Block the bot: it is told, and its sends are refused."""
        self.chat.send_error = ApiError(403, "Forbidden: bot was blocked by the user")
        self._add_membership_update("member", "kicked")

    def unblock(self) -> None:
        """Let the bot write again."""
        self.chat.send_error = None
        self._add_membership_update("kicked", "member")

    def _add_membership_update(self, old: str, new: str) -> None:
        self.world.updates.add(
            "my_chat_member",
            {
                "chat": self.chat.as_json(),
                "from": self.user,
                "date": int(time.time()),
                "old_chat_member": _bot_member(old),
                "new_chat_member": _bot_member(new),
            },
        )


def _bot_member(status: str) -> Json:
    return {"user": BOT_USER, "status": status} | ({"until_date": 0} if status == "kicked" else {})
