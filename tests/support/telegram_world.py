"""What the Bot API stand-in remembers: chats, messages, updates not yet fetched, answers to taps."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.telegram_faults import TelegramFaults
from tests.support.telegram_flood_limits import FloodLimits
from tests.support.telegram_validation import ApiError, bad_request
from tests.support.wire_log import WireLog

Json = dict[str, Any]

BOT_USER: Json = {
    "id": 7000000001,
    "is_bot": True,
    "first_name": "Paper Digest",
    "username": "paper_digest_test_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
}
TOKEN = "7000000001:AAtest-token-of-the-stand-in_0123456"
OPT_IN_UPDATES = ("chat_member", "message_reaction", "message_reaction_count")


@dataclass(slots=True)
class ChatMessage:
    """A message as the chat shows it now; ``html`` is the text as the bot sent it."""

    id: int
    chat: "Chat"
    sender: Json
    text: str
    entities: list[Json] = field(default_factory=list)
    keyboard: list[list[Json]] = field(default_factory=list)
    thread_id: int | None = None
    reply_to_id: int | None = None
    silent: bool = False
    link_preview: bool = True
    html: str = ""
    reply_markup: Json = field(default_factory=dict)
    document: Json | None = None
    photo: bytes | None = None
    edit_count: int = 0
    deleted: bool = False
    date: int = field(default_factory=lambda: int(time.time()))

    @property
    def from_bot(self) -> bool:
        """Return whether the bot wrote it."""
        return bool(self.sender["is_bot"])

    @property
    def buttons(self) -> list[str]:
        """Words of all buttons, in reading order."""
        return [button["text"] for row in self.keyboard for button in row]

    def find_button(self, label_or_data: str) -> Json:
        """Return the button with these words or this data; words may be a part of the button's."""
        every = [button for row in self.keyboard for button in row]
        exact = [one for one in every if label_or_data in (one["text"], one.get("callback_data"))]
        if found := exact or [one for one in every if label_or_data in one["text"]]:
            return found[0]
        raise AssertionError(f"no button {label_or_data!r}, only {self.buttons}")

    def as_json(self, *, nested: bool = True) -> Json:
        """Return the Bot API's Message."""
        body: Json = {"message_id": self.id, "date": self.date, "chat": self.chat.as_json()}
        if self.chat.type == "channel":
            body["sender_chat"] = self.chat.as_json()
        else:
            body["from"] = self.sender
        if self.photo is not None:
            unique = f"photo-{self.id}"
            size = {"file_id": unique, "file_unique_id": unique, "width": 90, "height": 90}
            body |= {"photo": [size], "caption": self.text}
        elif self.document is None:
            body["text"] = self.text
        else:
            body |= {"document": self.document} | ({"caption": self.text} if self.text else {})
        if self.entities:
            body["entities" if "text" in body else "caption_entities"] = self.entities
        if self.keyboard:
            body["reply_markup"] = {"inline_keyboard": self.keyboard}
        if self.thread_id is not None:
            body |= {"message_thread_id": self.thread_id, "is_topic_message": True}
        if self.edit_count:
            body["edit_date"] = self.date
        if nested and self.reply_to_id is not None and (answered := self.chat.find_message(self.reply_to_id)):
            body["reply_to_message"] = answered.as_json(nested=False)
        return body


@dataclass(slots=True)
class Chat:
    """A chat; ``send_error`` is the answer to every send there, None where the bot may write.

    ``bot_membership`` is the bot's own place as ChatMember, empty for what its type of chat gives at first;
    ``permissions`` are those of every member; ``hides_members`` does not tell about other members.
    """

    id: int
    type: str
    title: str = ""
    user: Json | None = None
    forum: bool = False
    topics: set[int] = field(default_factory=set)
    closed_topics: set[int] = field(default_factory=set)
    members: dict[int, str] = field(default_factory=dict)
    messages: list[ChatMessage] = field(default_factory=list)
    send_error: ApiError | None = None
    username: str = ""
    bot_membership: Json = field(default_factory=dict)
    permissions: Json | None = None
    hides_members: bool = False

    def as_json(self) -> Json:
        """Return the Bot API's Chat."""
        if self.user is not None:
            return {"id": self.id, "type": self.type, "first_name": self.user["first_name"]}
        body = {"id": self.id, "type": self.type, "title": self.title}
        body |= {"is_forum": True} if self.forum else {}
        return body | ({"username": self.username} if self.username else {})

    def find_message(self, message_id: int) -> ChatMessage | None:
        """Return a message that was not deleted."""
        return next((one for one in self.messages if one.id == message_id and not one.deleted), None)


@dataclass(slots=True)
class CallbackAnswer:
    """What the bot answered to a tap: None while it has not."""

    text: str | None = None
    alert: bool = False
    answered: bool = False


@dataclass(slots=True)
class InlineAnswer:
    """What the bot answered to an inline query; ``messages`` are the texts that its results would send."""

    results: list[Json] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    next_offset: str = ""
    is_personal: bool = False
    cache_time: int = 300
    button: Json | None = None
    answered: bool = False

    @property
    def titles(self) -> list[str]:
        """Titles of the results, in order."""
        return [one["title"] for one in self.results]


class UpdateQueue:
    """Updates that the bot has not confirmed, as getUpdates hands them out."""

    def __init__(self) -> None:
        self.pending: list[Json] = []
        self.allowed: list[str] = []
        self._next_id = 100_000
        self.arrived = asyncio.Event()
        self.poller: asyncio.Event | None = None

    def add(self, kind: str, body: Json) -> Json | None:
        """Queue an update, unless the bot did not ask for this kind."""
        if (self.allowed and kind not in self.allowed) or (not self.allowed and kind in OPT_IN_UPDATES):
            return None
        self._next_id += 1
        update = {"update_id": self._next_id, kind: body}
        self.pending.append(update)
        self.arrived.set()
        return update

    def fetch(self, offset: int, limit: int) -> list[Json]:
        """Confirm what is below ``offset`` and give the next ones; a negative one keeps only the last."""
        if offset > 0:
            self.pending = [one for one in self.pending if one["update_id"] >= offset]
        elif offset < 0:
            self.pending = self.pending[offset:]
        self.arrived.clear()
        return self.pending[: limit if 1 <= limit <= 100 else 100]


@dataclass(slots=True)
class TelegramWorld:
    """Everything together; ``changed`` wakes whoever waits for a message, an edit or an answer."""

    token: str = TOKEN
    wire: WireLog = field(default_factory=WireLog)
    faults: TelegramFaults = field(default_factory=TelegramFaults)
    limits: FloodLimits | None = None
    chats: dict[int, Chat] = field(default_factory=dict)
    users: dict[int, Json] = field(default_factory=dict)
    updates: UpdateQueue = field(default_factory=UpdateQueue)
    callback_answers: dict[str, CallbackAnswer] = field(default_factory=dict)
    inline_answers: dict[str, InlineAnswer] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    webhook: Json = field(default_factory=dict)
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    _last_message: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def next_message_id(self) -> int:
        """Return a fresh id; ids grow over all chats."""
        self._last_message += 1
        return self._last_message

    def chat(self, chat_id: str) -> Chat:
        """Return the chat that a call names, or refuse as Telegram does."""
        if not chat_id:
            raise bad_request("chat_id is empty")
        if chat_id.startswith("@"):
            named = [one for one in self.chats.values() if one.username.lower() == chat_id[1:].lower()]
            if named:
                return named[0]
        try:
            return self.chats[int(chat_id)]
        except (KeyError, ValueError):
            raise bad_request("chat not found") from None

    def notify_change(self) -> None:
        """Tell everybody who waits that something changed."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_until(self, condition: Callable[[], Any], seconds: float, describe: Callable[[], str]) -> Any:  # noqa: ANN401 - gives what ``seen`` gives; its own message beats a bare TimeoutError
        """Wait until ``condition`` gives something true, and give that.

        Fail with ``describe`` after ``seconds``.
        """
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            changed = self._changed
            try:
                await asyncio.wait_for(changed.wait(), deadline - time.monotonic())
            except TimeoutError:
                raise AssertionError(f"nothing came in {seconds} s: {describe()}") from None
        return found
