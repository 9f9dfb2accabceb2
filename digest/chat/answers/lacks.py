"""What is missing for an effect on a group or channel, and what to do about it; each fits an alert."""

from digest.chat.chats import Lack
from digest.words import Words


def no_such(words: Words) -> str:
    """Say that a number is none of theirs; a stranger does not learn whose it is."""
    return words.say("I know no chat with this number that you administer. Yours: /groups")


def lacks(words: Words, lack: Lack) -> str:  # noqa: PLR0911 - one return for each lack
    """Say what is missing for an effect on a chat, and what to do; fits an alert."""
    match lack:
        case Lack.ADMINISTRATOR:
            return words.say(
                "Only administrators of that chat can do this, and Telegram says you are none of them now. "
                "Your chats: /groups"
            )
        case Lack.SENDER:
            return words.say(
                "I cannot see who writes in a channel's name. Write as yourself or as this group."
            )
        case Lack.LIST:
            return words.say(
                "Telegram does not tell me who administers this chat. Make me an administrator there, "
                "without any special right, and try again."
            )
        case Lack.BOT:
            return words.say(
                "I am not in that chat. Add me there, to a channel as an administrator who may post, and try "
                "again: /groups add"
            )
        case Lack.RIGHT:
            return words.say(
                "I may not write in that chat. Give me the right to post messages there, and try again."
            )
        case Lack.TOPIC:
            return words.say(
                "That topic is closed. Open it again, or let me manage topics as an administrator, and try "
                "again."
            )
        case Lack.ANSWER:
            return words.say("Telegram did not answer me. Please try again in a minute.")
