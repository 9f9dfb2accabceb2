"""Complaints of readers that their provider passes on: ARF (RFC 5965), and Microsoft's older form."""

import re

from digest.bounces.fields import decode_words, find_addresses
from digest.bounces.mime import MimePart

_FEEDBACK_TYPE = "message/feedback-report"
_COMPLAINT_TYPES = frozenset({"abuse", "fraud", "virus", "other", "opt-out"})
"""Types of feedback by which a reader wants no more; ``not-spam`` and reports on signatures are none."""


def find_feedback(mail: MimePart) -> MimePart | None:
    """Return the fields of a feedback report, None where the mail holds none."""
    for part in mail.walk():
        if part.content_type == _FEEDBACK_TYPE and part.parts:
            return part.parts[0]
    return None


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
