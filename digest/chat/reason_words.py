"""Why something ended, in a reader's language."""

from digest.chat.command_words import without_unseen
from digest.reason_texts import reason_text
from digest.reasons import Reason
from digest.words import Words

_LONGEST = 120


def reason_in(words: Words, reason: Reason | None) -> str:
    """Return a reason on one short line, "" where there is none."""
    told = " ".join(without_unseen(reason_text(words, reason) if reason else "").split())
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST].rstrip()}…"
