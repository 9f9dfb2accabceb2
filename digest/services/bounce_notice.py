"""What a reader hears in Telegram when mail to them has ended."""

from digest.model import Announcement, Locale
from digest.model.reasons import Reason
from digest.text.i18n import translator_for
from digest.text.reason_texts import reason_text
from digest.text.redact import mask_address, redact_addresses


def suppressed_notice(address: str, reason: Reason, locale: Locale) -> Announcement:
    """Return the message that email to an address can no longer be delivered, and why."""
    tr = translator_for(locale)
    text = tr.gettext(
        "Email to {address} can no longer be delivered ({reason}). Use /email to link another address.",
        address=mask_address(address),
        reason=redact_addresses(reason_text(tr, reason)),
    )
    return Announcement(text=text, locale=locale, is_system=True)
