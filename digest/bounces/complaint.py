"""Complaints of readers that their provider passes on (ARF, RFC 5965)."""

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
