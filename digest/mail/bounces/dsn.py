"""Reports that a standard defines: on delivery (RFC 3464, RFC 6533), and complaints (ARF, RFC 5965).

On delivery the action decides, for each recipient by itself; whose fault a failure is stands in its code and
its diagnostic (``digest.text.bounce_reasons``). Microsoft's older form of complaints is read as well.
"""

import re
from collections.abc import Iterator, Sequence

from digest.mail.bounces.mime import MimePart, clean_line, decode_words, find_addresses, parse_typed_address
from digest.mail.bounces.prose import SmtpTranscript, parse_transcript
from digest.model.bounce import Blame, BounceKind, BounceReason, ReportedRecipient
from digest.text.bounce_reasons import classify_refusal

_REPORT_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_STATUS_CODE = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_KIND_BY_ACTION = {
    "failed": BounceKind.FAILED,
    "failure": BounceKind.FAILED,
    "fail": BounceKind.FAILED,
    "error": BounceKind.FAILED,
    "delayed": BounceKind.DELAYED,
    "delivered": BounceKind.DELIVERED,
    "relayed": BounceKind.DELIVERED,
    "expanded": BounceKind.DELIVERED,
}
"""The five words of RFC 3464 2.3.3, and those that servers say instead."""

_KIND_BY_STATUS_CLASS = {"5": BounceKind.FAILED, "4": BounceKind.DELAYED, "2": BounceKind.DELIVERED}
_WORST_FIRST = (BounceKind.FAILED, BounceKind.BLAMELESS, BounceKind.DELAYED, BounceKind.DELIVERED)
_DIAGNOSTIC_TYPE = re.compile(r"^[ \t]*[a-z][\w-]{0,40}[ \t]*;", re.IGNORECASE)
"""The type before a diagnostic, which some servers leave out: a reply may hold a semicolon itself."""


def parse_recipients(mail: MimePart) -> tuple[ReportedRecipient, ...]:
    """Return the recipients of every report in an email, whatever type the whole has.

    A report inside an email that came back is not about us.
    """
    reports = [part for part in mail.walk() if part.content_type in _REPORT_TYPES]
    if not reports:
        return ()
    transcript = parse_transcript(mail)
    return tuple(recipient for report in reports for recipient in _parse_report(report, transcript))


def worst_kind(recipients: Sequence[ReportedRecipient]) -> BounceKind:
    """Return the worst that is said of any recipient."""
    said = {one.kind for one in recipients}
    return next((verdict for verdict in _WORST_FIRST if verdict in said), BounceKind.UNKNOWN)


def _parse_report(report: MimePart, transcript: SmtpTranscript) -> Iterator[ReportedRecipient]:
    for group in report.parts:
        final = parse_typed_address(group.get("final-recipient"))
        original = parse_typed_address(group.get("original-recipient"))
        if not final and not original:
            continue
        found = _STATUS_CODE.search(group.get("status"))
        status = found.group() if found else ""
        diagnostic = _DIAGNOSTIC_TYPE.sub("", group.get("diagnostic-code"), count=1)
        verdict = _reported_kind(group.get("action"), status)
        if verdict is BounceKind.FAILED and not _is_recipients_fault(status, diagnostic, transcript):
            verdict = BounceKind.BLAMELESS
        yield ReportedRecipient(
            address=original or final,
            final_address=final,
            kind=verdict,
            status=status,
            diagnostic=clean_line(diagnostic),
        )


def _is_recipients_fault(status: str, diagnostic: str, transcript: SmtpTranscript) -> bool:
    """Return whether a failure is its recipient's own; where the fields say nothing, the text may."""
    reason = classify_refusal(diagnostic, status=status, phase=transcript.phase)
    if reason is BounceReason.UNCLEAR and transcript.replies_text:
        reason = classify_refusal(transcript.replies_text, status=status, phase=transcript.phase)
    return reason.blame is Blame.RECIPIENT


def _reported_kind(action: str, status: str) -> BounceKind:
    """Read the action; only where a server leaves it out, its status speaks."""
    words = re.findall(r"[a-z]+", action.lower())
    if words:
        return _KIND_BY_ACTION.get(words[0], BounceKind.UNKNOWN)
    return _KIND_BY_STATUS_CLASS.get(status[:1], BounceKind.UNKNOWN)


_FEEDBACK_TYPE = "message/feedback-report"
_COMPLAINT_TYPES = frozenset({"abuse", "fraud", "virus", "other", "opt-out"})
"""Types of feedback by which a reader wants no more; ``not-spam`` and reports on signatures are none."""


def find_feedback(mail: MimePart) -> MimePart | None:
    """Return the fields of a feedback report, None where the mail holds none."""
    return next((part.parts[0] for part in mail.walk() if part.content_type == _FEEDBACK_TYPE and part.parts), None)


def is_complaint(feedback: MimePart) -> bool:
    """Return whether a report says that a reader wants no more."""
    return feedback.get("feedback-type").partition(";")[0].strip().lower() in _COMPLAINT_TYPES


_JMRP_RECIPIENT_HEADER = "x-hmxmroriginalrecipient"
_JMRP_SUBJECT = re.compile(r"complaint about message from\b", re.IGNORECASE)


def find_complainer(mail: MimePart) -> str | None:
    """Return who complains by way of Microsoft's Junk Mail Reporting Program; None for other mail.

    It is the bare message as a ``message/rfc822``, with a header that names the reader. The same header
    stands in what readers at Microsoft forward themselves, so that the form of the whole must be right too.
    """
    if mail.content_type != "message/rfc822" and not _JMRP_SUBJECT.match(decode_words(mail.get("subject"))):
        return None
    named = (part.get(_JMRP_RECIPIENT_HEADER) for part in mail.walk(into_returned=True))
    return next((found[0] for value in named if (found := find_addresses(value))), None)
