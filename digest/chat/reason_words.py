"""Why something ended, in a reader's language."""

from digest.chat.command_words import without_unseen
from digest.reasons import recognised
from digest.words import Words

_LONGEST = 120


def reason_in(words: Words, reason: str | None) -> str:
    """Give a kept reason on one line, as plain text: our own sentences translated, others' as they came."""
    told = " ".join(without_unseen(_translated(words, reason or "")).split())
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST].rstrip()}…"


def _translated(words: Words, reason: str) -> str:
    found = recognised(reason)
    if not found:
        return reason
    sentence, detail = found
    return words.say(sentence, detail=_translated(words, detail))
