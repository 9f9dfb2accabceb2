"""What a reader hears in Telegram when mail to them has ended."""

from digest.bounces.masking import mask_email, redact_addresses
from digest.model import Announcement, Locale
from digest.reason_texts import reason_text
from digest.reasons import Reason
from digest.words import translator_for


def suppressed_notice(address: str, reason: Reason, locale: Locale) -> Announcement:
    """Say that mail to an address does not arrive any more, and why."""
    tr = translator_for(locale)
    text = tr.gettext(
        "Mail to {address} does not arrive any more ({reason}). /email links another address.",
        address=mask_email(address),
        reason=redact_addresses(reason_text(tr, reason)),
    )
    return Announcement(text=text, locale=locale, is_system=True)
