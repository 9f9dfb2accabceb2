"""The decision: enhanced codes first, then words, then the reply code.

Servers use codes loosely: blocks come with the code of an unknown user, or with none. So a reader is blamed
only where nothing in the answer speaks plainly of somebody else.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

from digest.model.bounce import Blame, BounceReason
from digest.text.bounce_reasons import phrases
from digest.text.bounce_reasons.codes import (
    BY_REPLY_CODE,
    MAILBOX_FULL,
    MAILBOX_REPLY_CODES,
    VAGUE_DETAILS,
    reason_for_detail,
)

MAX_TEXT = 4_000
"""Characters of an answer that are looked at."""

_ENHANCED = re.compile(
    r"(?:^\W*|\b[45]\d\d[ -]['\"(#]?|#|\bstatus(?: code)?:? ?)([45]\.\d{1,3}\.\d{1,3})(?![.\d])", re.IGNORECASE
)
_REPLY = re.compile(r"\W*([45]\d\d)(?=[\s:-]|$)")
_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:@]{1,100}@[^\s<>()\[\]\",;:@]{1,253}")
_OUR_FAULT_PATTERNS = tuple(row for row in phrases.ALL_PATTERNS if row[0].blame is Blame.US)


class SmtpPhase(StrEnum):
    """What a server was answering: what comes before the recipient, the recipient, or the message."""

    BEFORE_RECIPIENT = "before"
    RECIPIENT = "recipient"
    MESSAGE = "message"


def classify_refusal(
    text: str, *, code: int = 0, status: str = "", phase: SmtpPhase = SmtpPhase.RECIPIENT
) -> BounceReason:
    """Return why mail was refused, by the words of whoever refused it.

    ``text`` may begin with its reply code, or ``code`` says it (0: not told). ``status`` is an enhanced code
    that stands apart. A text may hold several answers, one within the other, as gateways pass them on.
    """
    text = _ADDRESS.sub(" ", " ".join(text[:MAX_TEXT].split()))
    code = code or _reply_code(text)
    enhanced = [one for one in (*_ENHANCED.findall(text), status) if one]
    details = [one.partition(".")[2] for one in enhanced]
    if phase is SmtpPhase.BEFORE_RECIPIENT:
        found = _reason_from_codes(details) or phrases.first_match(_OUR_FAULT_PATTERNS, text)
        return found if found and found.blame is not Blame.RECIPIENT else BounceReason.POLICY
    found = _reason_from_codes_and_text(details, text) or _reason_from_text(details, text, code, phase)
    if found:
        return found
    if _is_temporary(code, enhanced):
        return BounceReason.TEMPORARY
    return BY_REPLY_CODE.get(code, BounceReason.UNCLEAR)


def _reply_code(text: str) -> int:
    found = _REPLY.match(text)
    return int(found.group(1)) if found else 0


def _is_temporary(code: int, enhanced: Sequence[str]) -> bool:
    if code:
        return str(code).startswith("4")
    return bool(enhanced) and all(one.startswith("4.") for one in enhanced)


def _reason_from_codes(details: Iterable[str]) -> BounceReason | None:
    """Return what codes say; of several the first that blames us, else nobody, else the reader."""
    known = [found for one in details if (found := reason_for_detail(one))]
    order = (Blame.US, Blame.NOBODY, Blame.RECIPIENT)
    return next((found for blame in order for found in known if found.blame is blame), None)


def _reason_from_codes_and_text(details: Sequence[str], text: str) -> BounceReason | None:
    """Let a code decide, unless the words beside it plainly say something else."""
    coded = _reason_from_codes(details)
    if coded is None:
        return None
    cleared = phrases.first_match(phrases.CLEARING_PATTERNS, text)
    if cleared:
        return cleared if coded.blame is Blame.RECIPIENT else coded
    unknown = any(one in details and said.search(text) for one, said in phrases.NOT_IN_DIRECTORY)
    if unknown or (coded is BounceReason.ROUTING and phrases.NO_SUCH_DOMAIN.search(text)):
        return BounceReason.NOT_REACHED
    return coded


def _reason_from_text(details: Sequence[str], text: str, code: int, phase: SmtpPhase) -> BounceReason | None:
    """Read an answer whose codes say nothing; None where its words say nothing either.

    What is said of the message without such a code is our fault, but for a mailbox that is full (552).
    """
    vague = next((VAGUE_DETAILS[one] for one in details if one in VAGUE_DETAILS), None)
    if phase is SmtpPhase.MESSAGE and code != MAILBOX_FULL:
        return phrases.first_match(_OUR_FAULT_PATTERNS, text) or vague or BounceReason.POLICY
    found = phrases.first_match(phrases.ALL_PATTERNS, text)
    if found is BounceReason.NO_MAILBOX and code not in MAILBOX_REPLY_CODES:
        return BounceReason.NOT_REACHED
    return found or vague
