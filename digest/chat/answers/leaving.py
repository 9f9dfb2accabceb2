"""Being forgotten."""

from digest.callbacks import Action, callback
from digest.chat.ask import Reply, said
from digest.message import Button, Keyboard
from digest.words import Words


def ask_forget(words: Words, key: str) -> Reply:
    """Ask whether everything shall be erased."""
    return said(
        words.say(
            "Shall I erase everything about you: what you follow, your settings, your email address? "
            "This cannot be undone. Tap below or type <code>/forget yes</code>. Only a break: /pause"
        ),
        _buttons(words, key),
    )


def ask_forget_chat(words: Words, key: str) -> Reply:
    """Ask whether everything about a group, channel or topic shall be erased."""
    return said(
        words.say(
            "Shall I erase what this chat follows and its settings? Nothing is sent here after that. "
            "This cannot be undone. Tap below or type <code>/forget yes</code>. Only a break: /pause"
        ),
        _buttons(words, key),
    )


def _buttons(words: Words, key: str) -> Keyboard:
    return (
        (
            Button(text=words.say("Erase everything"), data=callback(Action.CONFIRM, key)),
            Button(text=words.say("Keep it"), data=callback(Action.CANCEL, key)),
        ),
    )


def forgotten_chat(words: Words) -> Reply:
    """Say that a chat is forgotten."""
    return said(words.say("Done: what this chat followed is erased. To begin anew: /start"))


def forgotten(words: Words) -> Reply:
    """Say goodbye."""
    return said(
        words.say("Done: I have erased everything about you. Should you ever want to come back: /start")
    )


def nothing_to_forget(words: Words) -> Reply:
    """Say that nothing is known."""
    return said(words.say("I know nothing about you, so there is nothing to erase. To begin: /start"))


def kept(words: Words) -> Reply:
    """Say that nothing was erased."""
    return said(words.say("Nothing was erased. Your settings: /settings"))
