"""Reports about delivery (RFC 3464, RFC 6533): the action decides, of each recipient by itself.

Whose fault a failure is stands in its code and its diagnostic (``digest.bounce_reasons``).
"""

import re
from collections.abc import Iterator, Sequence

from digest.bounce_reasons import Blame, BounceReason, reason_of
from digest.bounces.fields import plain, typed_address
from digest.bounces.mime import Part
from digest.bounces.transcript import Transcript, transcript_of
from digest.bounces.verdict import Recipient, Verdict

_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_ACTIONS = {
    "failed": Verdict.FAILED,
    "failure": Verdict.FAILED,
    "fail": Verdict.FAILED,
    "error": Verdict.FAILED,
    "delayed": Verdict.DELAYED,
    "delivered": Verdict.DELIVERED,
    "relayed": Verdict.DELIVERED,
    "expanded": Verdict.DELIVERED,
}
"""The five words of RFC 3464 2.3.3, and those that servers say instead."""

_CLASSES = {"5": Verdict.FAILED, "4": Verdict.DELAYED, "2": Verdict.DELIVERED}
_WORST_FIRST = (Verdict.FAILED, Verdict.BLAMELESS, Verdict.DELAYED, Verdict.DELIVERED)
_TYPED = re.compile(r"^[ \t]*[a-z][\w-]{0,40}[ \t]*;", re.IGNORECASE)
"""The type before a diagnostic, which some servers leave out: a reply may hold a semicolon itself."""


def recipients_of(mail: Part) -> tuple[Recipient, ...]:
    """Give the recipients of every report in a mail, whatever the whole calls itself; () where there is none.

    A report inside a mail that came back is that mail's affair.
    """
    reports = [part for part in mail.walk() if part.type in _TYPES]
    if not reports:
        return ()
    transcript = transcript_of(mail)
    return tuple(recipient for report in reports for recipient in _of_report(report, transcript))


def overall(recipients: Sequence[Recipient]) -> Verdict:
    """Give the worst that is said of any recipient."""
    said = {one.verdict for one in recipients}
    return next((verdict for verdict in _WORST_FIRST if verdict in said), Verdict.UNKNOWN)


def _of_report(report: Part, transcript: Transcript) -> Iterator[Recipient]:
    for group in report.parts:
        final = typed_address(group.get("final-recipient"))
        original = typed_address(group.get("original-recipient"))
        if not final and not original:
            continue
        found = _STATUS.search(group.get("status"))
        status = found.group() if found else ""
        diagnostic = _TYPED.sub("", group.get("diagnostic-code"), count=1)
        verdict = _judged(group.get("action"), status)
        if verdict is Verdict.FAILED and not _blames_reader(status, diagnostic, transcript):
            verdict = Verdict.BLAMELESS
        yield Recipient(
            address=original or final,
            final=final,
            verdict=verdict,
            status=status,
            diagnostic=plain(diagnostic),
        )


def _blames_reader(status: str, diagnostic: str, transcript: Transcript) -> bool:
    """Tell whether a failure is its recipient's own; where the fields say nothing, the text may."""
    reason = reason_of(diagnostic, status=status, moment=transcript.moment)
    if reason is BounceReason.UNCLEAR and transcript.reply:
        reason = reason_of(transcript.reply, status=status, moment=transcript.moment)
    return reason.blame is Blame.READER


def _judged(action: str, status: str) -> Verdict:
    """Read the action; only where a server leaves it out, its status speaks."""
    words = re.findall(r"[a-z]+", action.lower())
    if words:
        return _ACTIONS.get(words[0], Verdict.UNKNOWN)
    return _CLASSES.get(status[:1], Verdict.UNKNOWN)
