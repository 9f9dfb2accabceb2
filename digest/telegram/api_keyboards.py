"""Buttons below the text field with which people show the bot a channel or a group of theirs.

Telegram offers only chats that fit: the person administers them, and the bot is in the group, or becomes an
administrator of the channel with the right to post (Bot API, KeyboardButtonRequestChat).
"""

from telegram import (
    ChatAdministratorRights,
    KeyboardButton,
    KeyboardButtonRequestChat,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from digest.model.message import ChatRequestButton, TelegramMessage


def reply_markup_of(part: TelegramMessage) -> ReplyKeyboardMarkup | ReplyKeyboardRemove | None:
    """Return Telegram's form of what stands below the text field, None where nothing changes there."""
    if part.remove_reply_keyboard:
        return ReplyKeyboardRemove()
    if not part.reply_keyboard:
        return None
    rows = [[_chat_request_button(number, choice)] for number, choice in enumerate(part.reply_keyboard, start=1)]
    return ReplyKeyboardMarkup(rows, resize_keyboard=True, one_time_keyboard=True)


def _chat_request_button(number: int, choice: ChatRequestButton) -> KeyboardButton:
    wanted = KeyboardButtonRequestChat(
        request_id=number,
        chat_is_channel=choice.is_channel,
        user_administrator_rights=_admin_rights(can_post=choice.is_channel),
        bot_administrator_rights=_admin_rights(can_post=True) if choice.is_channel else None,
        bot_is_member=None if choice.is_channel else True,
    )
    return KeyboardButton(choice.text, request_chat=wanted)


def _admin_rights(*, can_post: bool) -> ChatAdministratorRights:
    """Return the rights of somebody who is an administrator, and may post in a channel."""
    return ChatAdministratorRights(
        is_anonymous=False,
        can_manage_chat=True,
        can_delete_messages=False,
        can_manage_video_chats=False,
        can_restrict_members=False,
        can_promote_members=False,
        can_change_info=False,
        can_invite_users=False,
        can_post_stories=False,
        can_edit_stories=False,
        can_delete_stories=False,
        can_post_messages=True if can_post else None,
    )
