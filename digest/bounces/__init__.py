"""Understanding what comes back: bytes of a stranger's mail in, what it says out; nothing is ever raised.

``read_return`` is the way in. ``scored`` counts what speaks against an address.
"""

from digest.bounces.masking import masked, without_addresses
from digest.bounces.reading import read_return
from digest.bounces.scoring import THRESHOLD, Against, scored
from digest.bounces.verdict import Recipient, Return, Verdict
from digest.bounces.wording import mail_has_ended

__all__ = [
    "THRESHOLD",
    "Against",
    "Recipient",
    "Return",
    "Verdict",
    "mail_has_ended",
    "masked",
    "read_return",
    "scored",
    "without_addresses",
]
