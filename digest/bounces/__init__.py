"""Understanding what comes back: bytes of a stranger's mail in, what it says out; nothing is ever raised.

``parse_bounce`` is the way in. ``scored`` counts what speaks against an address.
"""

from digest.bounces.masking import mask_email, redact_addresses
from digest.bounces.reading import parse_bounce
from digest.bounces.scoring import BOUNCE_THRESHOLD, BouncePenalty, decayed_score
from digest.bounces.verdict import BounceKind, BounceReport, ReportedRecipient
from digest.bounces.wording import suppressed_notice

__all__ = [
    "BOUNCE_THRESHOLD",
    "BounceKind",
    "BouncePenalty",
    "BounceReport",
    "ReportedRecipient",
    "decayed_score",
    "mask_email",
    "parse_bounce",
    "redact_addresses",
    "suppressed_notice",
]
