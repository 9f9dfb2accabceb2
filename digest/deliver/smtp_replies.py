"""What a mail server's reply means for a delivery: by stage, code and enhanced code (RFC 3463, RFC 5321).

The table stands in ``docs/delivery.md``. There is one recipient in a transaction, so that a reply at any
stage of it is about that recipient and this message.
"""

import re
from datetime import timedelta
from enum import IntEnum, StrEnum

from digest.channel import Gone, Later, Outcome, Refused, Uncertain
from digest.reasons import MAIL_NONSENSE, MAIL_SILENT


class Code(IntEnum):
    """The reply codes that are judged one by one (RFC 5321 4.2, RFC 4954, RFC 7504)."""

    TEMPORARY = 400
    CLOSING = 421
    TOO_MUCH = 452
    PERMANENT = 500
    BAD_PARAMETER = 501
    NO_MAILBOX = 550
    NOT_LOCAL = 551
    FULL = 552
    BAD_NAME = 553
    NO_MAIL_HERE = 556


class Stage(StrEnum):
    """Where in a conversation a reply came, or did not come."""

    CONNECT = "connect"
    GREETING = "greeting"
    HELLO = "hello"
    TLS = "tls"
    LOGIN = "login"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    END = "end"


OPENING = (Stage.CONNECT, Stage.GREETING, Stage.HELLO, Stage.TLS, Stage.LOGIN)
ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?=\s|$)\s*")
NO_SUCH_MAILBOX = ("5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.9", "5.1.10", "5.2.1")
TOO_BIG = ("5.2.3", "5.3.4")
MESSAGE_AT_FAULT = ("5.1.7", "5.1.8", *TOO_BIG)
UNKNOWN_WORDS = re.compile(
    r"(user|recipient|mailbox|address)( is)? unknown|unknown (user|recipient|mailbox|address)"
    r"|no such (user|recipient|mailbox|address|person)"
    r"|(user|mailbox|account|recipient) does(n't| not) exist",
    re.IGNORECASE,
)
FULL_RETRY = timedelta(days=1)
FULL_POINTS = 5
LONGEST_REASON = 200


def split_reply(text: str) -> tuple[str, str]:
    """Give the enhanced code of a reply's text, empty where there is none, and the words without it."""
    lines = text.replace("\r", "").split("\n")
    found = ENHANCED.match(lines[0])
    words = " ".join(ENHANCED.sub("", line, count=1).strip() for line in lines)
    return (found.group(1) if found else "", words.strip())


def outcome_of_reply(stage: Stage, code: int, enhanced: str, text: str) -> Outcome:
    """Give what a reply other than the hoped-for one means."""
    reason = _reason(stage, code, enhanced, text)
    if code < Code.TEMPORARY:
        return _of_nonsense(stage, reason)
    if code == Code.CLOSING or enhanced == "4.3.2" or stage in OPENING:
        return waiting(stage, code, enhanced, text)
    if code < Code.PERMANENT:
        return _of_temporary(stage, code, enhanced, reason)
    return _of_permanent(stage, code, enhanced, text, reason)


def waiting(stage: Stage, code: int, enhanced: str, text: str) -> Later:
    """Give what a reply means that concerns everybody: the server is closing, or nobody gets in."""
    return Later(reason=_reason(stage, code, enhanced, text), counts=False, whole_channel=True)


def outcome_of_loss(stage: Stage, what: str) -> Outcome:
    """Give what a lost connection or a time-out means: only after the final dot nobody can know.

    RFC 5321 4.1.1.4: a transaction without its final dot is not delivered.
    """
    if stage is Stage.END:
        return Uncertain(reason=MAIL_SILENT.format(detail=what))
    return Later(reason=f"{what} at {stage}", counts=False, whole_channel=stage in OPENING)


def nonsense(stage: Stage, what: str) -> Outcome:
    """Return what words that are no reply, or one that nobody asked for, mean: after the final dot, doubt."""
    return _of_nonsense(stage, f"{what} ({stage})")


def login_refused(code: int, text: str) -> Later:
    """Give what a refused login means, with the way out of it."""
    enhanced, words = split_reply(text)
    said = _reason(Stage.LOGIN, code, enhanced, words)
    advice = "" if code < Code.PERMANENT else ": check SMTP_USERNAME and SMTP_PASSWORD"
    return Later(
        reason=f"the mail server refuses the login{advice} ({said})", counts=False, whole_channel=True
    )


def _reason(stage: Stage, code: int, enhanced: str, text: str) -> str:
    return " ".join(word for word in (str(code), enhanced, text, f"({stage})") if word)[:LONGEST_REASON]


def _of_nonsense(stage: Stage, reason: str) -> Outcome:
    if stage is Stage.END:
        return Uncertain(reason=MAIL_NONSENSE.format(detail=reason))
    return Later(reason=MAIL_NONSENSE.format(detail=reason), counts=False, whole_channel=True)


def _of_temporary(stage: Stage, code: int, enhanced: str, reason: str) -> Outcome:
    if enhanced.startswith(("4.2.", "4.7.")):
        return Later(reason=reason, counts=True)
    if enhanced == "4.5.3" or (code == Code.TOO_MUCH and stage is Stage.RCPT):
        return Later(reason=reason, counts=False)
    if enhanced == "4.3.1" or code == Code.TOO_MUCH:
        return Later(reason=reason, counts=False, whole_channel=True)
    return Later(reason=reason, counts=True)


def _of_permanent(stage: Stage, code: int, enhanced: str, text: str, reason: str) -> Outcome:
    coded = "" if enhanced.startswith("5.0.") else enhanced
    if _is_gone(stage, code, coded, text):
        return Gone(reason=reason)
    if _is_full(stage, code, coded):
        return Later(reason=reason, after=FULL_RETRY, counts=True, points=FULL_POINTS)
    too_big = coded in TOO_BIG or coded.startswith("5.6.")
    return Refused(reason=reason, our_fault=_is_our_fault(stage, code, coded), too_big=too_big)


def _is_gone(stage: Stage, code: int, enhanced: str, text: str) -> bool:
    """Without a code that says so, only plain words at RCPT make an address gone."""
    if stage is Stage.MAIL:
        return False
    if enhanced in NO_SUCH_MAILBOX or code == Code.NO_MAIL_HERE:
        return True
    bare = stage is Stage.RCPT and not enhanced and code in (Code.NO_MAILBOX, Code.NOT_LOCAL, Code.BAD_NAME)
    return bare and UNKNOWN_WORDS.search(text) is not None


def _is_full(stage: Stage, code: int, enhanced: str) -> bool:
    return enhanced == "5.2.2" or (code == Code.FULL and not enhanced and stage is not Stage.MAIL)


def _is_our_fault(stage: Stage, code: int, enhanced: str) -> bool:
    if stage is Stage.MAIL or enhanced in MESSAGE_AT_FAULT or enhanced.startswith(("5.5.", "5.6.", "5.7.")):
        return True
    if stage is Stage.RCPT:
        return code < Code.NO_MAILBOX and not (code == Code.BAD_PARAMETER or enhanced)
    return not enhanced
