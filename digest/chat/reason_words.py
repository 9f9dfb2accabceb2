"""Why something ended, in a reader's language."""

from digest.chat.command_words import strip_invisible
from digest.reason_texts import reason_text
from digest.reasons import Reason
from digest.words import Translator

_MAX_LENGTH = 120


def format_reason(tr: Translator, reason: Reason | None) -> str:
    """Return a reason on one short line, "" where there is none."""
    told = " ".join(strip_invisible(reason_text(tr, reason) if reason else "").split())
    return told if len(told) <= _MAX_LENGTH else f"{told[:_MAX_LENGTH].rstrip()}…"
