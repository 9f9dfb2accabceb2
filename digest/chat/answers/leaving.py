"""Being forgotten."""

from digest.callbacks import Action, callback
from digest.chat.ask import Reply, said
from digest.message import Button
from digest.words import Words


def ask_forget(words: Words, key: str) -> Reply:
    """Ask whether everything shall be erased."""
    return said(
        words.say(
            "Shall I erase everything about you: what you follow, your settings, your email address? "
            "This cannot be undone. Tap below or type <code>/forget yes</code>. Only a break: /pause"
        ),
        (
            (
                Button(text=words.say("Erase everything"), data=callback(Action.CONFIRM, key)),
                Button(text=words.say("Keep it"), data=callback(Action.CANCEL, key)),
            ),
        ),
    )


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
