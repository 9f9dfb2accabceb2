"""People and groups in front of the stand-in: a test speaks through them as a person would."""

import re
import time
from dataclasses import dataclass, field

from tests.support.telegram_checks import ApiError, Json
from tests.support.telegram_files import document_of
from tests.support.telegram_html import utf16_length
from tests.support.telegram_world import BOT, CallbackAnswer, Chat, ChatMessage, InlineAnswer, World

COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]+(?:@[A-Za-z0-9_]+)?")


def _command_entities(text: str) -> list[Json]:
    return [
        {
            "type": "bot_command",
            "offset": utf16_length(text[: found.start()]),
            "length": utf16_length(found.group()),
        }
        for found in COMMAND.finditer(text)
    ]


@dataclass(slots=True)
class Room:
    """A chat as its members see it; ``wait_for_message`` remembers what it has shown already."""

    world: World
    chat: Chat
    _shown: int = 0

    @property
    def messages(self) -> list[ChatMessage]:
        """Everything that the bot sent here and did not delete, oldest first, with edits applied."""
        return [one for one in self.chat.messages if one.from_bot and not one.deleted]

    async def wait_for_message(self, containing: str = "", *, timeout: float = 60) -> ChatMessage:  # noqa: ASYNC109 - fails with what the chat shows
        """Give the first message of the bot not given before whose text holds ``containing``."""

        def next_message() -> ChatMessage | None:
            return next(
                (one for one in self.messages if one.id > self._shown and containing in one.text), None
            )

        found: ChatMessage = await self.world.until(next_message, timeout, lambda: self._so_far(containing))
        self._shown = found.id
        return found

    async def wait_for_edit(
        self,
        message: ChatMessage,
        containing: str = "",
        *,
        after: int = 0,
        timeout: float = 60,  # noqa: ASYNC109 - fails with what the chat shows
    ) -> ChatMessage:
        """Give ``message`` once it was edited more than ``after`` times and its text holds ``containing``."""

        def edited() -> bool:
            return message.edits > after and containing in message.text

        await self.world.until(edited, timeout, lambda: f"no edit with {containing!r}: {message.text!r}")
        return message

    def _so_far(self, containing: str) -> str:
        return f"no new message with {containing!r}, the chat shows {[one.text for one in self.messages]}"


@dataclass(slots=True)
class Group(Room):
    """A group, supergroup or channel with the bot in it."""

    def bar(self, status: int, description: str) -> None:
        """Refuse every send to this chat from now on, such as 403 "Forbidden: bot was kicked …"."""
        self.chat.barred = ApiError(status, description)

    def add_topic(self, thread: int, *, closed: bool = False) -> None:
        """Open a topic of a forum."""
        self.chat.topics.add(thread)
        if closed:
            self.chat.closed_topics.add(thread)

    def member(self, person: "Person", status: str = "member") -> None:
        """Put a person into the group: ``creator``, ``administrator``, ``member``."""
        self.chat.members[person.id] = status

    def migrate(self, new_id: int) -> "Group":
        """Turn a group into a supergroup with a new id; the old one says so and answers as Telegram does."""
        moved = Chat(new_id, "supergroup", self.chat.title, members=dict(self.chat.members))
        self.world.chats[new_id] = moved
        self.chat.barred = ApiError(
            400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=new_id
        )
        told = {"message_id": self.world.next_message_id(), "date": int(time.time())}
        self.world.updates.add("message", told | {"chat": self.chat.as_json(), "migrate_to_chat_id": new_id})
        return Group(self.world, moved)


@dataclass(slots=True)
class Tap:
    """A press on a button, and what the bot answered to it."""

    world: World
    id: str
    answer: CallbackAnswer

    async def answered(self, *, timeout: float = 60) -> CallbackAnswer:  # noqa: ASYNC109 - fails with a sentence
        """Give the bot's answer once it came; Telegram shows a clock on the button until then."""
        await self.world.until(lambda: self.answer.answered, timeout, lambda: "the tap got no answer")
        return self.answer


@dataclass(slots=True)
class Person(Room):
    """Somebody with Telegram; ``chat`` is their private chat with the bot."""

    user: Json = field(default_factory=dict)

    @property
    def id(self) -> int:
        """Their number, which is their private chat's too."""
        return int(self.user["id"])

    def send(
        self,
        text: str,
        *,
        to: Room | None = None,
        thread: int | None = None,
        reply_to: ChatMessage | None = None,
    ) -> ChatMessage:
        """Write to the bot, or in a group."""
        chat = (to or self).chat
        if chat is self.chat and chat.barred is not None and chat.barred.status == 403:
            chat.barred = None
        message = ChatMessage(
            id=self.world.next_message_id(),
            chat=chat,
            sender=self.user,
            text=text,
            entities=_command_entities(text),
            thread=thread,
            reply_to=reply_to.id if reply_to else None,
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
        to: Room | None = None,
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
        message.document = document_of(self.world, message, data, name, size)
        chat.messages.append(message)
        self.world.updates.add("message", message.as_json())
        return message

    def tap(self, button: str, *, on: ChatMessage) -> Tap:
        """Press the button with these words or this data."""
        pressed = on.button(button)
        assert "callback_data" in pressed, f"{button!r} opens {pressed.get('url')}"
        return self.press(pressed["callback_data"], on=on)

    def press(self, data: str, *, on: ChatMessage) -> Tap:
        """Send callback data that need not stand on any button, as a forged client can."""
        answer = CallbackAnswer()
        identity = f"tap-{len(self.world.answers) + 1}"
        self.world.answers[identity] = answer
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
        return Tap(self.world, identity, answer)

    async def ask_inline(self, query: str, *, offset: str = "", patience: float = 10) -> InlineAnswer:
        """Write ``@bot query`` in some chat, and give what is offered there."""
        answer = InlineAnswer()
        identity = f"inline-{len(self.world.inline) + 1}"
        self.world.inline[identity] = answer
        body = {"id": identity, "from": self.user, "query": query, "offset": offset, "chat_type": "sender"}
        assert self.world.updates.add("inline_query", body), "the bot did not ask for inline queries"
        await self.world.until(lambda: answer.answered, patience, lambda: "the inline query got no answer")
        return answer

    def block(self) -> None:
        """Block the bot: it is told, and its sends are refused."""
        self.chat.barred = ApiError(403, "Forbidden: bot was blocked by the user")
        self._membership("member", "kicked")

    def unblock(self) -> None:
        """Let the bot write again."""
        self.chat.barred = None
        self._membership("kicked", "member")

    def _membership(self, old: str, new: str) -> None:
        self.world.updates.add(
            "my_chat_member",
            {
                "chat": self.chat.as_json(),
                "from": self.user,
                "date": int(time.time()),
                "old_chat_member": _bot_as(old),
                "new_chat_member": _bot_as(new),
            },
        )


def _bot_as(status: str) -> Json:
    return {"user": BOT, "status": status} | ({"until_date": 0} if status == "kicked" else {})
