"""What people do with a chat rather than in it: place the bot, share and forward it, write in its name."""

import time

from tests.support.telegram_members import bot_member, chat_member_json
from tests.support.telegram_users import GroupChat, Person
from tests.support.telegram_validation import Json
from tests.support.telegram_world import BOT_USER, ChatMessage

ANONYMOUS_ADMIN: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
CHANNEL_BOT: Json = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}


def set_bot_status(group: GroupChat, status: str, *, by: Person, **rights: bool) -> None:
    """Return the bot another place: ``administrator``, ``member``, ``restricted``, ``left``, ``kicked``."""
    chat = group.chat
    before, chat.bot_membership = bot_member(chat), chat_member_json(chat, BOT_USER, status, **rights)
    group.world.updates.add(
        "my_chat_member",
        {
            "chat": chat.as_json(),
            "from": by.user,
            "date": int(time.time()),
            "old_chat_member": before,
            "new_chat_member": chat.bot_membership,
        },
    )


def without_bot(group: GroupChat) -> GroupChat:
    """Let the bot not be in a chat yet."""
    group.chat.bot_membership = chat_member_json(group.chat, BOT_USER, "left")
    return group


def share_chat(person: Person, button: str, group: GroupChat, *, on: ChatMessage) -> None:
    """Press a button below the text field and choose a chat."""
    buttons = [one for row in on.reply_markup["keyboard"] for one in row]
    wanted = next(one["request_chat"] for one in buttons if one["text"] == button)
    assert wanted["chat_is_channel"] == (group.chat.type == "channel"), "Telegram offers no such chat"
    shared = {"request_id": wanted["request_id"], "chat_id": group.chat.id}
    _add_message(person, {"chat_shared": shared})


def forward_post(person: Person, text: str, group: GroupChat) -> None:
    """Forward a post of a channel to the bot."""
    origin = {"type": "channel", "date": 1, "chat": group.chat.as_json(), "message_id": 5}
    _add_message(person, {"text": text, "forward_origin": origin})


def send_as_chat(group: GroupChat, text: str, sender: GroupChat, *, thread: int | None = None) -> None:
    """Write in a group in the name of a chat: the group's own is that of anonymous administrators."""
    user = ANONYMOUS_ADMIN if sender.chat is group.chat else CHANNEL_BOT
    message = ChatMessage(id=group.world.next_message_id(), chat=group.chat, sender=user, text=text, thread_id=thread)
    group.world.updates.add("message", message.as_json() | {"sender_chat": sender.chat.as_json()})


def send_service_message(group: GroupChat, fields: Json, *, thread: int | None = None) -> None:
    """Let a group say that something about itself has changed."""
    body: Json = {"message_id": group.world.next_message_id(), "date": 1, "chat": group.chat.as_json()}
    body |= {"message_thread_id": thread, "is_topic_message": True} if thread else {}
    group.world.updates.add("message", body | fields)


def _add_message(person: Person, fields: Json) -> None:
    body: Json = {"message_id": person.world.next_message_id(), "date": int(time.time())}
    person.world.updates.add("message", body | {"chat": person.chat.as_json(), "from": person.user} | fields)
