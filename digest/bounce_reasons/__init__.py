"""Why mail is refused, and whom that blames: one table for a server's reply and for mail that came back.

``reason_of`` is the way in; ``codes`` and ``words`` hold the table.
"""

from digest.bounce_reasons.deciding import SmtpPhase, classify_refusal
from digest.bounce_reasons.reason import Blame, BounceReason

__all__ = ["Blame", "BounceReason", "SmtpPhase", "classify_refusal"]
