"""What is missing for an effect on a group or channel, and what to do about it; each fits an alert."""

from digest.telegram.permissions import MissingPermission
from digest.text.i18n import Translator


def unknown_group(tr: Translator) -> str:
    """Say that a number is none of theirs; a stranger does not learn whose it is."""
    return tr.gettext("I know no chat with this number that you administer. Yours: /groups")


def missing_permission(tr: Translator, missing: MissingPermission) -> str:  # noqa: PLR0911 - one return for each lack
    """Say what is missing for an effect on a chat, and what to do; fits an alert."""
    match missing:
        case MissingPermission.NOT_ADMIN:
            return tr.gettext(
                "Only administrators of that chat can do this, and Telegram says you are none of them now. "
                "Your chats: /groups"
            )
        case MissingPermission.UNKNOWN_SENDER:
            return tr.gettext("I cannot see who writes in a channel's name. Write as yourself or as this group.")
        case MissingPermission.ADMINS_HIDDEN:
            return tr.gettext(
                "Telegram does not tell me who administers this chat. Make me an administrator there, "
                "without any special right, and try again."
            )
        case MissingPermission.BOT_ABSENT:
            return tr.gettext(
                "I am not in that chat. Add me there, to a channel as an administrator who may post, and try "
                "again: /groups add"
            )
        case MissingPermission.CANNOT_POST:
            return tr.gettext("I may not write in that chat. Give me the right to post messages there, and try again.")
        case MissingPermission.TOPIC_CLOSED:
            return tr.gettext(
                "That topic is closed. Open it again, or let me manage topics as an administrator, and try again."
            )
        case MissingPermission.NO_ANSWER:
            return tr.gettext("Telegram did not answer me. Please try again in a minute.")
