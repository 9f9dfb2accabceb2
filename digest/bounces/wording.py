"""What a reader hears in Telegram when mail to them has ended."""

from digest.bounces.masking import masked, without_addresses
from digest.model import Announcement, Locale
from digest.reason_texts import reason_text
from digest.reasons import Reason
from digest.words import words_in


def mail_has_ended(address: str, reason: Reason, locale: Locale) -> Announcement:
    """Say that mail to an address does not arrive any more, and why."""
    words = words_in(locale)
    text = words.say(
        "Mail to {address} does not arrive any more ({reason}). /email links another address.",
        address=masked(address),
        reason=without_addresses(reason_text(words, reason)),
    )
    return Announcement(text=text, locale=locale, notice=True)
