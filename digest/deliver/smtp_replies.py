"""What a mail server's reply means for a delivery: by stage, codes and words (RFC 3463, RFC 5321).

The table stands in ``docs/delivery.md``. There is one recipient in a transaction, so that a reply at any
stage of it is about that recipient and this message. Whom a refusal blames is decided as for mail that comes
back (``digest.bounce_reasons``).
"""

import re
from datetime import timedelta
from enum import IntEnum, StrEnum

from digest.bounce_reasons import Blame, BounceReason, Moment, reason_of
from digest.channel import Gone, Later, Outcome, Refused, Uncertain
from digest.reasons import Reason, ReasonCode, server_reply


class Code(IntEnum):
    """The reply codes that are judged one by one (RFC 5321 4.2)."""

    TEMPORARY = 400
    CLOSING = 421
    TOO_MUCH = 452
    PERMANENT = 500
    END = 600


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
MOMENTS = {
    Stage.RCPT: Moment.RECIPIENT,
    Stage.DATA: Moment.MESSAGE,
    Stage.BODY: Moment.MESSAGE,
    Stage.END: Moment.MESSAGE,
}
"""What a reply in a transaction is about; every other stage comes before the recipient."""

SHORTENED = (BounceReason.TOO_BIG, BounceReason.FORMAT)
"""Refusals that a shorter message may escape."""

FULL_RETRY = timedelta(days=1)
FULL_POINTS = 5
LONGEST_REASON = 200


def split_reply(text: str) -> tuple[str, str]:
    """Give the enhanced code of a reply's text, empty where there is none, and the words without it.

    It stands at the beginning of each line, or of some.
    """
    lines = text.replace("\r", "").split("\n")
    found = next((one for line in lines if (one := ENHANCED.match(line))), None)
    words = " ".join(ENHANCED.sub("", line, count=1).strip() for line in lines)
    return (found.group(1) if found else "", words.strip())


def outcome_of_reply(stage: Stage, code: int, enhanced: str, text: str) -> Outcome:
    """Give what a reply other than the hoped-for one means.

    A code that is no refusal (RFC 5321 4.2.1), also a 2xx or 3xx where another was due, is out of step: such
    a server answers something else than what it was asked.
    """
    reason = _reason(stage, code, enhanced, text)
    if not Code.TEMPORARY <= code < Code.END:
        return _of_nonsense(stage, reason.detail)
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
        return Uncertain(reason=Reason(ReasonCode.SMTP_NO_ANSWER, what))
    reason = Reason(ReasonCode.SMTP_CONNECTION_LOST, f"{what} at {stage}")
    return Later(reason=reason, counts=False, whole_channel=stage in OPENING)


def nonsense(stage: Stage, what: str) -> Outcome:
    """Return what words that are no reply, or one that nobody asked for, mean: after the final dot, doubt."""
    return _of_nonsense(stage, f"{what} ({stage})")


def login_refused(code: int, text: str) -> Later:
    """Give what a refused login means, with the way out of it."""
    enhanced, words = split_reply(text)
    lasting = code >= Code.PERMANENT
    why = ReasonCode.SMTP_LOGIN_REFUSED if lasting else ReasonCode.SMTP_LOGIN_DEFERRED
    said = _quoted(Stage.LOGIN, code, enhanced, words)
    return Later(reason=Reason(why, said), counts=False, whole_channel=True)


def _reason(stage: Stage, code: int, enhanced: str, text: str) -> Reason:
    return server_reply(_quoted(stage, code, enhanced, text))


def _quoted(stage: Stage, code: int, enhanced: str, text: str) -> str:
    return " ".join(word for word in (str(code), enhanced, text, f"({stage})") if word)[:LONGEST_REASON]


def _of_nonsense(stage: Stage, what: str) -> Outcome:
    reason = Reason(ReasonCode.SMTP_INVALID_ANSWER, what)
    if stage is Stage.END:
        return Uncertain(reason=reason)
    return Later(reason=reason, counts=False, whole_channel=True)


def _of_temporary(stage: Stage, code: int, enhanced: str, reason: Reason) -> Outcome:
    if enhanced.startswith(("4.2.", "4.7.")):
        return Later(reason=reason, counts=True)
    if enhanced == "4.5.3" or (code == Code.TOO_MUCH and stage is Stage.RCPT):
        return Later(reason=reason, counts=False)
    if enhanced == "4.3.1" or code == Code.TOO_MUCH:
        return Later(reason=reason, counts=False, whole_channel=True)
    return Later(reason=reason, counts=True)


def _of_permanent(stage: Stage, code: int, enhanced: str, text: str, reason: Reason) -> Outcome:
    why = reason_of(text, code=code, status=enhanced, moment=MOMENTS.get(stage, Moment.BEFORE))
    if why is BounceReason.NO_MAILBOX:
        return Gone(reason=reason)
    if why is BounceReason.FULL:
        return Later(reason=reason, after=FULL_RETRY, counts=True, points=FULL_POINTS)
    ours = why.blame is Blame.US or stage is Stage.MAIL
    return Refused(
        reason=reason,
        our_fault=ours,
        too_big=why in SHORTENED,
        nobodys_fault=not ours and why.blame is Blame.NOBODY,
    )
