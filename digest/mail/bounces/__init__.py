"""Understanding what comes back: bytes of a stranger's mail in, what it says out; nothing is ever raised.

``parse_bounce`` is the way in. ``scored`` counts what speaks against an address.
"""

from digest.mail.bounces.parser import parse_bounce
from digest.model.bounce import (
    BOUNCE_THRESHOLD,
    BounceKind,
    BouncePenalty,
    BounceReport,
    ReportedRecipient,
    decayed_score,
)
from digest.services.bounce_notice import suppressed_notice
from digest.text.redact import mask_address, redact_addresses

__all__ = [
    "BOUNCE_THRESHOLD",
    "BounceKind",
    "BouncePenalty",
    "BounceReport",
    "ReportedRecipient",
    "decayed_score",
    "mask_address",
    "parse_bounce",
    "redact_addresses",
    "suppressed_notice",
]
