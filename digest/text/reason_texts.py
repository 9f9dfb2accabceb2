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
    Code.UNSUBSCRIBED_BY_LINK: gettext_noop("unsubscribed by the link in a mail"),
    Code.UNSUBSCRIBED_BY_EMAIL: gettext_noop("unsubscribed by mail"),
    Code.UNSUBSCRIBED_ON_PAGE: gettext_noop("switched off on the page of preferences"),
    Code.ADDRESS_UNLINKED: gettext_noop("the reader unlinked the address"),
    Code.PAUSED_OR_UNSUBSCRIBED: gettext_noop("the reader paused or unsubscribed"),
    Code.BOT_BLOCKED: gettext_noop("the bot was blocked"),
    Code.COMPLAINT: gettext_noop("complaint"),
    Code.ERASED: gettext_noop("erased"),
    Code.BOUNCED_TOO_OFTEN: gettext_noop("mail bounced too often, the last time: {detail}"),
    Code.ADDRESS_SUPPRESSED: gettext_noop("the address is suppressed; it is not asked"),
    Code.POSTING_FORBIDDEN: gettext_noop("the bot may not write here"),
    Code.TOPIC_CLOSED: gettext_noop("the topic is closed"),
    Code.BOT_REMOVED: gettext_noop("the bot was put out of the chat"),
    Code.BOT_LEFT: gettext_noop("an administrator let the bot leave"),
    Code.CHAT_MIGRATED: gettext_noop("the chat moved to {detail}"),
    Code.ALREADY_DELIVERED: gettext_noop("the chat moved, and has this edition already"),
    Code.INTERRUPTED: gettext_noop("the program ended, or was away for too long, while this was being sent"),
    Code.CLAIM_LIMIT: gettext_noop("claimed again and again without an end (poison); the log says why"),
    Code.UNREADABLE_CONTENT: gettext_noop("what it carries cannot be read; was it written by another version?"),
    Code.RENDERING_FAILED: gettext_noop("could not be rendered; the log says why"),
    Code.NOTHING_TO_SEND: gettext_noop("there was nothing to send"),
    Code.STOPPED_BEFORE_SENDING: gettext_noop("stopped before anything was sent"),
    Code.DATABASE_UNAVAILABLE: gettext_noop("the database did not answer: {detail}"),
    Code.MANY_UNREACHABLE: gettext_noop(
        "one more address in a row is said to be gone; an admin is asked first: {detail}"
    ),
    Code.GIVEN_UP: gettext_noop("given up: {detail}"),
    Code.GIVEN_UP_AFTER_DAYS: gettext_noop("given up after a try on each of several days: {detail}"),
    Code.MERGED_INTO_LATER: gettext_noop("its papers went into the edition of {detail}"),
    Code.BROADCAST_CANCELLED: gettext_noop("the broadcast was cancelled by an admin"),
    Code.CANCELLED_BY_ADMIN: gettext_noop("cancelled by an admin"),
    Code.RESENT_BY_ADMIN: gettext_noop("resent by an admin"),
    Code.RESTORED_FROM_BACKUP: gettext_noop("restored from the backup of {detail}; it may have been sent since"),
    Code.WEBHOOK_REPLACED: gettext_noop("another program took the webhook away; it is set again"),
    Code.TELEGRAM_FOREIGN_ANSWER: gettext_noop("something other than Telegram answered ({detail})"),
    Code.TELEGRAM_NO_CONNECTION: gettext_noop("no free connection to Telegram"),
    Code.TELEGRAM_UNREACHABLE: gettext_noop("Telegram is out of reach ({detail})"),
    Code.TELEGRAM_NO_ANSWER: gettext_noop("no answer from Telegram ({detail})"),
    Code.TELEGRAM_UNREADABLE_ANSWER: gettext_noop("Telegram's answer could not be read ({detail})"),
    Code.GROUP_UPGRADED: gettext_noop("the group became a supergroup, whose id was not told"),
    Code.SMTP_NO_ANSWER: gettext_noop("no answer after the message was handed over ({detail})"),
    Code.SMTP_INVALID_ANSWER: gettext_noop("an answer that makes no sense: {detail}"),
    Code.SMTP_CONNECTION_LOST: gettext_noop("the mail server was lost on the way ({detail})"),
    Code.SMTP_UNREACHABLE: gettext_noop("the mail server is out of reach ({detail})"),
    Code.SMTP_TIMEOUT: gettext_noop("the mail server does not answer in time ({detail})"),
    Code.SMTP_TLS_FAILED: gettext_noop("no safe connection to the mail server ({detail})"),
    Code.SMTP_STARTTLS_MISSING: gettext_noop(
        "the mail server offers no STARTTLS: set SMTP_SECURITY to tls or none ({detail})"
    ),
    Code.SMTP_LOGIN_MISSING: gettext_noop(
        "the mail server offers no login that we know: check SMTP_SECURITY and SMTP_USERNAME ({detail})"
    ),
    Code.SMTP_LOGIN_REFUSED: gettext_noop(
        "the mail server refuses the login: check SMTP_USERNAME and SMTP_PASSWORD ({detail})"
    ),
    Code.SMTP_LOGIN_DEFERRED: gettext_noop("the mail server refuses the login for now ({detail})"),
    Code.SMTP_EHLO_REFUSED: gettext_noop(
        "the mail server does not take our name: set SMTP_EHLO_NAME to this host's full name ({detail})"
    ),
    Code.SMTPUTF8_MISSING: gettext_noop("the mail server takes no addresses outside ASCII"),
    Code.INVALID_EMAIL_ADDRESS: gettext_noop("not an address that can be sent to a mail server"),
    Code.INVALID_EMAIL_DOMAIN: gettext_noop("the address has a domain that cannot exist"),
    Code.MAIL_DIR_NOT_WRITABLE: gettext_noop("cannot write to MAIL_DIR ({detail})"),
}


def reason_text(tr: Translator, reason: Reason) -> str:
    """Return a reason as plain text: our own words in one language, other people's as they came."""
    inner = reason_text(tr, Reason(reason.cause, reason.detail)) if reason.cause else reason.detail
    return inner if reason.code in QUOTES else tr.gettext(TEXTS[reason.code], detail=inner)


def reason_in_english(reason: Reason | None) -> str:
    """Return a reason for logs and the command line, "" where there is none."""
    return reason_text(translator_for(Locale.EN), reason) if reason else ""
