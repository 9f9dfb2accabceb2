"""Why mail is refused, and whom that blames: one table for a server's reply and for mail that came back.

``reason_of`` is the way in; ``codes`` and ``words`` hold the table.
"""

from digest.model.bounce import Blame, BounceReason
from digest.text.bounce_reasons.classify import SmtpPhase, classify_refusal

__all__ = ["Blame", "BounceReason", "SmtpPhase", "classify_refusal"]
