"""What people do with a chat rather than in it: place the bot, share and forward it, write in its name."""

import time

from tests.support.telegram_checks import Json
from tests.support.telegram_people import Group, Person
from tests.support.telegram_places import bot_in, member_json
from tests.support.telegram_world import BOT, ChatMessage

ANONYMOUS: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
CHANNEL_BOT: Json = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}


def place_bot(group: Group, status: str, *, by: Person, **rights: bool) -> None:
    """Give the bot another place: ``administrator``, ``member``, ``restricted``, ``left``, ``kicked``."""
    chat = group.chat
    before, chat.bot = bot_in(chat), member_json(chat, BOT, status, **rights)
    group.world.updates.add(
        "my_chat_member",
        {
            "chat": chat.as_json(),
            "from": by.user,
            "date": int(time.time()),
            "old_chat_member": before,
            "new_chat_member": chat.bot,
        },
    )


def absent(group: Group) -> Group:
    """Let the bot not be in a chat yet."""
    group.chat.bot = member_json(group.chat, BOT, "left")
    return group


def share(person: Person, button: str, group: Group, *, on: ChatMessage) -> None:
    """Press a button below the text field and choose a chat."""
    buttons = [one for row in on.below["keyboard"] for one in row]
    wanted = next(one["request_chat"] for one in buttons if one["text"] == button)
    assert wanted["chat_is_channel"] == (group.chat.type == "channel"), "Telegram offers no such chat"
    shared = {"request_id": wanted["request_id"], "chat_id": group.chat.id}
    _say(person, {"chat_shared": shared})


def forward(person: Person, text: str, group: Group) -> None:
    """Forward a post of a channel to the bot."""
    origin = {"type": "channel", "date": 1, "chat": group.chat.as_json(), "message_id": 5}
    _say(person, {"text": text, "forward_origin": origin})


def say_as(group: Group, text: str, sender: Group, *, thread: int | None = None) -> None:
    """Write in a group in the name of a chat: the group's own is that of anonymous administrators."""
    user = ANONYMOUS if sender.chat is group.chat else CHANNEL_BOT
    message = ChatMessage(
        id=group.world.next_message_id(), chat=group.chat, sender=user, text=text, thread=thread
    )
    group.world.updates.add("message", message.as_json() | {"sender_chat": sender.chat.as_json()})


def serve(group: Group, what: Json, *, thread: int | None = None) -> None:
    """Let a group say that something about itself has changed."""
    body: Json = {"message_id": group.world.next_message_id(), "date": 1, "chat": group.chat.as_json()}
    body |= {"message_thread_id": thread, "is_topic_message": True} if thread else {}
    group.world.updates.add("message", body | what)


def _say(person: Person, what: Json) -> None:
    body: Json = {"message_id": person.world.next_message_id(), "date": int(time.time())}
    person.world.updates.add("message", body | {"chat": person.chat.as_json(), "from": person.user} | what)
