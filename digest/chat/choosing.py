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

from digest.message import ChatChoice, ChatPart


def choices_of(part: ChatPart) -> ReplyKeyboardMarkup | ReplyKeyboardRemove | None:
    """Give Telegram's form of what stands below the text field, None where nothing changes there."""
    if part.chosen:
        return ReplyKeyboardRemove()
    if not part.choices:
        return None
    rows = [[_button(number, choice)] for number, choice in enumerate(part.choices, start=1)]
    return ReplyKeyboardMarkup(rows, resize_keyboard=True, one_time_keyboard=True)


def _button(number: int, choice: ChatChoice) -> KeyboardButton:
    wanted = KeyboardButtonRequestChat(
        request_id=number,
        chat_is_channel=choice.channel,
        user_administrator_rights=_rights(post=choice.channel),
        bot_administrator_rights=_rights(post=True) if choice.channel else None,
        bot_is_member=None if choice.channel else True,
    )
    return KeyboardButton(choice.text, request_chat=wanted)


def _rights(*, post: bool) -> ChatAdministratorRights:
    """Give the rights of somebody who is an administrator, and may post in a channel."""
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
        can_post_messages=True if post else None,
    )
