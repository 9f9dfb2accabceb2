"""What a mail server's reply means for a delivery: by stage, codes and words (RFC 3463, RFC 5321).

The table stands in ``docs/delivery.md``. There is one recipient in a transaction, so that a reply at any
stage of it is about that recipient and this message. Whom a refusal blames is decided as for mail that comes
back (``digest.text.bounce_reasons``).
"""

import re
from datetime import timedelta
from enum import IntEnum, StrEnum

from digest.model.bounce import Blame, BounceReason
from digest.model.outcome import Outcome, Refused, RetryLater, Uncertain, Unreachable
from digest.model.reasons import Reason, ReasonCode, server_reply
from digest.text.bounce_reasons import SmtpPhase, classify_refusal


class ReplyCode(IntEnum):
    """The reply codes that are judged one by one (RFC 5321 4.2)."""

    TEMPORARY = 400
    CLOSING = 421
    INSUFFICIENT_STORAGE = 452
    PERMANENT = 500
    END = 600


class SmtpStage(StrEnum):
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


CONNECT_STAGES = (SmtpStage.CONNECT, SmtpStage.GREETING, SmtpStage.HELLO, SmtpStage.TLS, SmtpStage.LOGIN)
ENHANCED_CODE = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?=\s|$)\s*")
PHASE_BY_STAGE = {
    SmtpStage.RCPT: SmtpPhase.RECIPIENT,
    SmtpStage.DATA: SmtpPhase.MESSAGE,
    SmtpStage.BODY: SmtpPhase.MESSAGE,
    SmtpStage.END: SmtpPhase.MESSAGE,
}
"""What a reply in a transaction is about; every other stage comes before the recipient."""

SHORTENABLE_REASONS = (BounceReason.TOO_LARGE, BounceReason.FORMAT)
"""Refusals that a shorter message may escape."""

MAILBOX_FULL_RETRY = timedelta(days=1)
MAILBOX_FULL_MAX_FAILURES = 5
MAX_REASON_LENGTH = 200


def split_reply(text: str) -> tuple[str, str]:
    """Return the enhanced code of a reply's text, empty where there is none, and the words without it.

    It stands at the beginning of each line, or of some.
    """
    lines = text.replace("\r", "").split("\n")
    found = next((one for line in lines if (one := ENHANCED_CODE.match(line))), None)
    words = " ".join(ENHANCED_CODE.sub("", line, count=1).strip() for line in lines)
    return (found.group(1) if found else "", words.strip())


def outcome_of_reply(stage: SmtpStage, code: int, enhanced: str, text: str) -> Outcome:
    """Return what a reply other than the hoped-for one means.

    A code that is no refusal (RFC 5321 4.2.1), also a 2xx or 3xx where another was due, is out of step: such
    a server answers something else than what it was asked.
    """
    if not ReplyCode.TEMPORARY <= code < ReplyCode.END:
        return outcome_of_invalid_reply(stage, " ".join(word for word in (str(code), enhanced, text) if word))
    reason = server_reply(_quote(stage, code, enhanced, text))
    if code == ReplyCode.CLOSING or enhanced == "4.3.2" or stage in CONNECT_STAGES:
        return channel_retry(stage, code, enhanced, text)
    if code < ReplyCode.PERMANENT:
        return _temporary_outcome(stage, code, enhanced, reason)
    return _permanent_outcome(stage, code, enhanced, text, reason)


def channel_retry(stage: SmtpStage, code: int, enhanced: str, text: str) -> RetryLater:
    """Return what a reply means that concerns everybody: the server is closing, or nobody gets in."""
    reason = server_reply(_quote(stage, code, enhanced, text))
    return RetryLater(reason=reason, counts_as_attempt=False, pause_channel=True)


def outcome_of_disconnect(stage: SmtpStage, detail: str) -> Outcome:
    """Return what a lost connection or a time-out means: only after the final dot nobody can know.

    RFC 5321 4.1.1.4: a transaction without its final dot is not delivered.
    """
    if stage is SmtpStage.END:
        return Uncertain(reason=Reason(ReasonCode.SMTP_NO_ANSWER, detail))
    reason = Reason(ReasonCode.SMTP_CONNECTION_LOST, f"{detail} at {stage}")
    return RetryLater(reason=reason, counts_as_attempt=False, pause_channel=stage in CONNECT_STAGES)


def outcome_of_invalid_reply(stage: SmtpStage, detail: str) -> Outcome:
    """Return what words that are no reply, or one that nobody asked for, mean: after the final dot, doubt."""
    reason = Reason(ReasonCode.SMTP_INVALID_ANSWER, f"{detail[:MAX_REASON_LENGTH]} ({stage})")
    if stage is SmtpStage.END:
        return Uncertain(reason=reason)
    return RetryLater(reason=reason, counts_as_attempt=False, pause_channel=True)


def outcome_of_refused_login(code: int, text: str) -> RetryLater:
    """Return what a refused login means, with the way out of it."""
    enhanced, words = split_reply(text)
    reason_code = ReasonCode.SMTP_LOGIN_REFUSED if code >= ReplyCode.PERMANENT else ReasonCode.SMTP_LOGIN_DEFERRED
    reason = Reason(reason_code, _quote(SmtpStage.LOGIN, code, enhanced, words))
    return RetryLater(reason=reason, counts_as_attempt=False, pause_channel=True)


def _quote(stage: SmtpStage, code: int, enhanced: str, text: str) -> str:
    return " ".join(word for word in (str(code), enhanced, text, f"({stage})") if word)[:MAX_REASON_LENGTH]


def _temporary_outcome(stage: SmtpStage, code: int, enhanced: str, reason: Reason) -> Outcome:
    if enhanced.startswith(("4.2.", "4.7.")):
        return RetryLater(reason=reason, counts_as_attempt=True)
    if enhanced == "4.5.3" or (code == ReplyCode.INSUFFICIENT_STORAGE and stage is SmtpStage.RCPT):
        return RetryLater(reason=reason, counts_as_attempt=False)
    if enhanced == "4.3.1" or code == ReplyCode.INSUFFICIENT_STORAGE:
        return RetryLater(reason=reason, counts_as_attempt=False, pause_channel=True)
    return RetryLater(reason=reason, counts_as_attempt=True)


def _permanent_outcome(stage: SmtpStage, code: int, enhanced: str, text: str, reason: Reason) -> Outcome:
    why = classify_refusal(
        text, code=code, status=enhanced, phase=PHASE_BY_STAGE.get(stage, SmtpPhase.BEFORE_RECIPIENT)
    )
    if why is BounceReason.NO_MAILBOX:
        return Unreachable(reason=reason)
    if why is BounceReason.MAILBOX_FULL:
        return RetryLater(
            reason=reason,
            retry_after=MAILBOX_FULL_RETRY,
            counts_as_attempt=True,
            max_failures=MAILBOX_FULL_MAX_FAILURES,
        )
    ours = why.blame is Blame.US or stage is SmtpStage.MAIL
    return Refused(
        reason=reason,
        is_our_fault=ours,
        is_too_large=why in SHORTENABLE_REASONS,
        is_external_fault=not ours and why.blame is Blame.NOBODY,
    )
