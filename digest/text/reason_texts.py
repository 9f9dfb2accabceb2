"""The sentence of each reason, for whoever reads it. Only codes are stored, so that a sentence can change."""

from collections.abc import Mapping

from digest.model import Locale
from digest.model.reasons import Reason
from digest.model.reasons import ReasonCode as Code
from digest.text.i18n import Translator, gettext_noop, translator_for

QUOTES = frozenset(
    {Code.SERVER_REPLY, Code.TELEGRAM_ERROR, Code.BOUNCE_REPORT, Code.CHANNEL_MISCONFIGURED, Code.UNKNOWN}
)
"""Reasons without a sentence of ours: the detail is all there is."""

TEXTS: Mapping[Code, str] = {
    Code.UNSUBSCRIBED_BY_LINK: gettext_noop("unsubscribed with the link in an email"),
    Code.UNSUBSCRIBED_BY_EMAIL: gettext_noop("unsubscribed by email"),
    Code.UNSUBSCRIBED_ON_PAGE: gettext_noop("switched off on the preferences page"),
    Code.ADDRESS_UNLINKED: gettext_noop("the subscriber unlinked the address"),
    Code.PAUSED_OR_UNSUBSCRIBED: gettext_noop("the subscriber paused or unsubscribed"),
    Code.BOT_BLOCKED: gettext_noop("the bot was blocked"),
    Code.COMPLAINT: gettext_noop("spam complaint"),
    Code.ERASED: gettext_noop("erased"),
    Code.BOUNCED_TOO_OFTEN: gettext_noop("emails bounced too often, most recently: {detail}"),
    Code.ADDRESS_SUPPRESSED: gettext_noop("the address is suppressed, so it was not tried"),
    Code.POSTING_FORBIDDEN: gettext_noop("the bot cannot post here"),
    Code.TOPIC_CLOSED: gettext_noop("the topic is closed"),
    Code.BOT_REMOVED: gettext_noop("the bot was removed from the chat"),
    Code.BOT_LEFT: gettext_noop("an administrator removed the bot"),
    Code.CHAT_MIGRATED: gettext_noop("the chat was migrated to {detail}"),
    Code.ALREADY_DELIVERED: gettext_noop("the chat was migrated and already has this edition"),
    Code.INTERRUPTED: gettext_noop("the program stopped, or was suspended for too long, while this was being sent"),
    Code.CLAIM_LIMIT: gettext_noop("claimed too many times without a result; see the log"),
    Code.UNREADABLE_CONTENT: gettext_noop("its content cannot be read; was it written by another version?"),
    Code.RENDERING_FAILED: gettext_noop("could not be rendered; see the log"),
    Code.NOTHING_TO_SEND: gettext_noop("there was nothing to send"),
    Code.STOPPED_BEFORE_SENDING: gettext_noop("stopped before anything was sent"),
    Code.DATABASE_UNAVAILABLE: gettext_noop("the database did not respond: {detail}"),
    Code.MANY_UNREACHABLE: gettext_noop(
        "one more address in a row reported as nonexistent; an admin is asked first: {detail}"
    ),
    Code.GIVEN_UP: gettext_noop("given up: {detail}"),
    Code.GIVEN_UP_AFTER_DAYS: gettext_noop("given up after attempts on several days: {detail}"),
    Code.MERGED_INTO_LATER: gettext_noop("its papers were merged into the edition of {detail}"),
    Code.BROADCAST_CANCELLED: gettext_noop("the broadcast was cancelled by an admin"),
    Code.CANCELLED_BY_ADMIN: gettext_noop("cancelled by an admin"),
    Code.RESENT_BY_ADMIN: gettext_noop("resent by an admin"),
    Code.RESTORED_FROM_BACKUP: gettext_noop("restored from the backup of {detail}; it may have been sent since then"),
    Code.WEBHOOK_REPLACED: gettext_noop("another program replaced the webhook; it is set again"),
    Code.TELEGRAM_FOREIGN_ANSWER: gettext_noop("the response is not from the Bot API ({detail})"),
    Code.TELEGRAM_NO_CONNECTION: gettext_noop("no free connection to Telegram"),
    Code.TELEGRAM_UNREACHABLE: gettext_noop("Telegram cannot be reached ({detail})"),
    Code.TELEGRAM_NO_ANSWER: gettext_noop("no response from Telegram ({detail})"),
    Code.TELEGRAM_UNREADABLE_ANSWER: gettext_noop("Telegram's response could not be read ({detail})"),
    Code.GROUP_UPGRADED: gettext_noop("the group became a supergroup, but its new id was not given"),
    Code.SMTP_NO_ANSWER: gettext_noop("no response after the message was handed over ({detail})"),
    Code.SMTP_INVALID_ANSWER: gettext_noop("a response that cannot be understood: {detail}"),
    Code.SMTP_CONNECTION_LOST: gettext_noop("the connection to the mail server was lost ({detail})"),
    Code.SMTP_UNREACHABLE: gettext_noop("the mail server cannot be reached ({detail})"),
    Code.SMTP_TIMEOUT: gettext_noop("the mail server does not respond in time ({detail})"),
    Code.SMTP_TLS_FAILED: gettext_noop("no secure connection to the mail server ({detail})"),
    Code.SMTP_STARTTLS_MISSING: gettext_noop(
        "the mail server offers no STARTTLS: set SMTP_SECURITY to tls or none ({detail})"
    ),
    Code.SMTP_LOGIN_MISSING: gettext_noop(
        "the mail server offers no supported login method: check SMTP_SECURITY and SMTP_USERNAME ({detail})"
    ),
    Code.SMTP_LOGIN_REFUSED: gettext_noop(
        "the mail server refuses the login: check SMTP_USERNAME and SMTP_PASSWORD ({detail})"
    ),
    Code.SMTP_LOGIN_DEFERRED: gettext_noop("the mail server temporarily refuses the login ({detail})"),
    Code.SMTP_EHLO_REFUSED: gettext_noop(
        "the mail server rejects the EHLO name: set SMTP_EHLO_NAME to this host's full name ({detail})"
    ),
    Code.SMTPUTF8_MISSING: gettext_noop("the mail server does not accept addresses outside ASCII"),
    Code.INVALID_EMAIL_ADDRESS: gettext_noop("not an address that a mail server accepts"),
    Code.INVALID_EMAIL_DOMAIN: gettext_noop("the domain of the address cannot exist"),
    Code.MAIL_DIR_NOT_WRITABLE: gettext_noop("MAIL_DIR is not writable ({detail})"),
}


def reason_text(tr: Translator, reason: Reason) -> str:
    """Return a reason as plain text: our own words in one language, other people's as they came."""
    inner = reason_text(tr, Reason(reason.cause, reason.detail)) if reason.cause else reason.detail
    return inner if reason.code in QUOTES else tr.gettext(TEXTS[reason.code], detail=inner)


def reason_in_english(reason: Reason | None) -> str:
    """Return a reason for logs and the command line, "" where there is none."""
    return reason_text(translator_for(Locale.EN), reason) if reason else ""
