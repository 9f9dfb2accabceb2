"""Complaints of readers that their provider passes on: ARF (RFC 5965), and Microsoft's older form."""

import re

from digest.bounces.fields import addresses_in, words_of
from digest.bounces.mime import Part

_TYPE = "message/feedback-report"
_COMPLAINTS = frozenset({"abuse", "fraud", "virus", "other", "opt-out"})
"""Types of feedback by which a reader wants no more; ``not-spam`` and reports on signatures are none."""


def feedback_of(mail: Part) -> Part | None:
    """Give the fields of a feedback report, None where the mail holds none."""
    for part in mail.walk():
        if part.type == _TYPE and part.parts:
            return part.parts[0]
    return None


def is_complaint(feedback: Part) -> bool:
    """Tell whether a report says that a reader wants no more."""
    return feedback.get("feedback-type").partition(";")[0].strip().lower() in _COMPLAINTS


_JMRP_READER = "x-hmxmroriginalrecipient"
_JMRP_SUBJECT = re.compile(r"complaint about message from\b", re.IGNORECASE)


def complainer_of(mail: Part) -> str | None:
    """Give who complains by way of Microsoft's Junk Mail Reporting Program; None for other mail.

    It is the bare message as a ``message/rfc822``, with a header that names the reader. The same header
    stands in what readers at Microsoft forward themselves, so that the form of the whole must be right too.
    """
    if mail.type != "message/rfc822" and not _JMRP_SUBJECT.match(words_of(mail.get("subject"))):
        return None
    named = (part.get(_JMRP_READER) for part in mail.walk(into_returned=True))
    return next((found[0] for value in named if (found := addresses_in(value))), None)
