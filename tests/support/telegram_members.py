"""Who is what in a chat, what the bot may do there, and the methods that tell (Bot API, ChatMember)."""

from tests.support.telegram_validation import ApiError, CallParams, Json, bad_request
from tests.support.telegram_world import BOT_USER, Chat, TelegramWorld

ACCEPTED_GIFT_TYPES = dict.fromkeys(
    ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
)
ADMIN_RIGHTS = dict.fromkeys(
    (
        "can_be_edited",
        "is_anonymous",
        "can_manage_chat",
        "can_delete_messages",
        "can_manage_video_chats",
        "can_restrict_members",
        "can_promote_members",
        "can_change_info",
        "can_invite_users",
        "can_post_stories",
        "can_edit_stories",
        "can_delete_stories",
    ),
    False,
)
RESTRICTED_RIGHTS = dict.fromkeys(
    (
        "can_change_info",
        "can_invite_users",
        "can_pin_messages",
        "can_send_messages",
        "can_send_polls",
        "can_send_other_messages",
        "can_add_web_page_previews",
        "can_manage_topics",
        "can_send_audios",
        "can_send_documents",
        "can_send_photos",
        "can_send_videos",
        "can_send_video_notes",
        "can_send_voice_notes",
        "can_edit_tag",
        "can_react_to_messages",
    ),
    False,
)
ABSENT_STATUSES = ("left", "kicked")
ADMIN_STATUSES = ("administrator", "creator")


def chat_member_json(chat: Chat, user: Json, status: str, **rights: bool) -> Json:
    """Return the Bot API's ChatMember; rights to post are told in channels alone."""
    body: Json = {"user": user, "status": status}
    match status:
        case "administrator":
            post = {"can_post_messages": True} if chat.type == "channel" else {"can_manage_topics": False}
            return body | ADMIN_RIGHTS | {"can_manage_chat": True} | post | rights
        case "creator":
            return body | {"is_anonymous": False}
        case "restricted":
            return body | RESTRICTED_RIGHTS | {"is_member": True, "until_date": 0} | rights
        case "kicked":
            return body | {"until_date": 0}
        case _:
            return body


def bot_member(chat: Chat) -> Json:
    """Return the bot's own place in a chat."""
    return chat.bot_membership or chat_member_json(
        chat, BOT_USER, "administrator" if chat.type == "channel" else "member"
    )


def check_bot_can_post(chat: Chat) -> None:
    """Refuse a message where the bot's place does not allow it, in Telegram's words."""
    place = bot_member(chat)
    if place["status"] == "kicked":
        raise ApiError(403, f"Forbidden: bot was kicked from the {chat.type} chat")
    if place["status"] == "left":
        raise ApiError(403, f"Forbidden: bot is not a member of the {chat.type} chat")
    if place.get("can_post_messages") is False:
        raise bad_request("need administrator rights in the channel chat")
    limited = place.get("can_send_messages") is False
    everybody = chat.permissions is not None and not chat.permissions.get("can_send_messages")
    if limited or (place["status"] == "member" and everybody):
        raise bad_request("not enough rights to send text messages to the chat")


def parse_reply_keyboard(params: CallParams, chat: Chat) -> Json:
    """Return what is to stand below the text field, or refuse; nothing is an empty object."""
    markup = params.object("reply_markup")
    if not isinstance(markup, dict) or not {"keyboard", "remove_keyboard"} & set(markup):
        return {}
    buttons = [button for row in markup.get("keyboard", []) for button in row]
    wanted = [button["request_chat"] for button in buttons if "request_chat" in button]
    if wanted and chat.type != "private":
        raise bad_request("chat request buttons can be used in private chats only")
    if len({one["request_id"] for one in wanted}) < len(wanted):
        raise bad_request("button request identifiers must be unique")
    for one in wanted:
        theirs, ours = one.get("user_administrator_rights"), one.get("bot_administrator_rights", {})
        if any(given and not (theirs or {}).get(right) for right, given in ours.items()):
            raise bad_request("the bot's rights must be a subset of the user's")
    return markup


class ChatMethods:
    """Answers calls about chats and their members."""

    def __init__(self, world: TelegramWorld) -> None:
        self._world = world

    async def do_getchat(self, params: CallParams) -> Json:
        chat = self._require_accessible_chat(params)
        more = {"permissions": {**RESTRICTED_RIGHTS, "can_send_messages": True} | (chat.permissions or {})}
        return (
            chat.as_json()
            | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": ACCEPTED_GIFT_TYPES}
            | (more if chat.type in ("group", "supergroup") else {})
        )

    async def do_getchatmember(self, params: CallParams) -> Json:
        chat, number = self._require_accessible_chat(params), params.number("user_id")
        if number == BOT_USER["id"]:
            return bot_member(chat)
        if chat.hides_members and bot_member(chat)["status"] not in ADMIN_STATUSES:
            raise bad_request("member list is inaccessible")
        user = self._world.users.get(number)
        if user is None:
            raise bad_request("invalid user_id specified")
        return chat_member_json(chat, user, chat.members.get(number, "left"))

    async def do_getchatadministrators(self, params: CallParams) -> list[Json]:
        chat = self._require_accessible_chat(params)
        return [
            chat_member_json(chat, self._world.users[number], status)
            for number, status in chat.members.items()
            if status in ADMIN_STATUSES
        ]

    async def do_leavechat(self, params: CallParams) -> bool:
        chat = self._require_accessible_chat(params)
        before, chat.bot_membership = bot_member(chat), chat_member_json(chat, BOT_USER, "left")
        told = {"chat": chat.as_json(), "from": BOT_USER, "date": 0}
        self._world.updates.add(
            "my_chat_member", told | {"old_chat_member": before, "new_chat_member": chat.bot_membership}
        )
        self._world.notify_change()
        return True

    def _require_accessible_chat(self, params: CallParams) -> Chat:
        """Return a chat that the bot is in; others are told to it by name alone, and without members."""
        chat = self._world.chat(params.text("chat_id"))
        if bot_member(chat)["status"] in ABSENT_STATUSES:
            raise ApiError(403, f"Forbidden: bot is not a member of the {chat.type} chat")
        return chat
