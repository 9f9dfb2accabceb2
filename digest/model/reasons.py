"""Why a delivery or an endpoint ended as it did, or why a channel waits: a code, never a sentence.

A code and its detail are stored and compared; ``digest.text.reason_texts`` has the sentences that people read.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class ReasonCode(StrEnum):
    """Every reason that is stored.

    The first group quotes other people: all that they said is in the reason's detail.
    """

    SERVER_REPLY = "server_reply"
    """What a mail server said, with its codes and the stage of the conversation."""

    TELEGRAM_ERROR = "telegram_error"
    """What Telegram said: the description of an error of the Bot API."""

    BOUNCE_REPORT = "bounce_report"
    """What a mail said that came back."""

    CHANNEL_MISCONFIGURED = "channel_misconfigured"
    """What the operator must do before anything can be sent; the message of ``ChannelMisconfigured``."""

    UNKNOWN = "unknown"
    """A code that this version does not know, such as one that a newer version stored."""

    UNSUBSCRIBED_BY_LINK = "unsubscribed_by_link"
    UNSUBSCRIBED_BY_EMAIL = "unsubscribed_by_email"
    UNSUBSCRIBED_ON_PAGE = "unsubscribed_on_page"
    ADDRESS_UNLINKED = "address_unlinked"
    PAUSED_OR_UNSUBSCRIBED = "paused_or_unsubscribed"
    BOT_BLOCKED = "bot_blocked"
    COMPLAINT = "complaint"
    ERASED = "erased"
    BOUNCED_TOO_OFTEN = "bounced_too_often"
    ADDRESS_SUPPRESSED = "address_suppressed"

    POSTING_FORBIDDEN = "posting_forbidden"
    """The bot lost the right to write in a chat; the chat receives again when the bot has it back."""

    TOPIC_CLOSED = "topic_closed"
    """Noted at an active endpoint: nobody but administrators can write in its topic."""

    BOT_REMOVED = "bot_removed"
    BOT_LEFT = "bot_left"
    CHAT_MIGRATED = "chat_migrated"
    ALREADY_DELIVERED = "already_delivered"

    INTERRUPTED = "interrupted"
    CLAIM_LIMIT = "claim_limit"
    """The row alone was leased at each of several crashes: sending it is what ends the program."""

    UNREADABLE_CONTENT = "unreadable_content"
    RENDERING_FAILED = "rendering_failed"
    NOTHING_TO_SEND = "nothing_to_send"
    STOPPED_BEFORE_SENDING = "stopped_before_sending"
    DATABASE_UNAVAILABLE = "database_unavailable"
    MANY_UNREACHABLE = "many_unreachable"
    GIVEN_UP = "given_up"
    GIVEN_UP_AFTER_DAYS = "given_up_after_days"
    """Given up after one try a day: the mailbox stayed full, or the bot was never allowed to write."""

    MERGED_INTO_LATER = "merged_into_later"
    """The papers of this digest went into a later one; it is never sent again."""

    BROADCAST_CANCELLED = "broadcast_cancelled"
    CANCELLED_BY_ADMIN = "cancelled_by_admin"
    RESENT_BY_ADMIN = "resent_by_admin"
    RESTORED_FROM_BACKUP = "restored_from_backup"

    WEBHOOK_REPLACED = "webhook_replaced"
    TELEGRAM_FOREIGN_ANSWER = "telegram_foreign_answer"
    TELEGRAM_NO_CONNECTION = "telegram_no_connection"
    TELEGRAM_UNREACHABLE = "telegram_unreachable"
    TELEGRAM_NO_ANSWER = "telegram_no_answer"
    TELEGRAM_UNREADABLE_ANSWER = "telegram_unreadable_answer"
    GROUP_UPGRADED = "group_upgraded"

    SMTP_NO_ANSWER = "smtp_no_answer"
    SMTP_INVALID_ANSWER = "smtp_invalid_answer"
    SMTP_CONNECTION_LOST = "smtp_connection_lost"
    SMTP_UNREACHABLE = "smtp_unreachable"
    SMTP_TIMEOUT = "smtp_timeout"
    SMTP_TLS_FAILED = "smtp_tls_failed"
    SMTP_STARTTLS_MISSING = "smtp_starttls_missing"
    SMTP_LOGIN_MISSING = "smtp_login_missing"
    SMTP_LOGIN_REFUSED = "smtp_login_refused"
    SMTP_LOGIN_DEFERRED = "smtp_login_deferred"
    SMTP_EHLO_REFUSED = "smtp_ehlo_refused"
    SMTPUTF8_MISSING = "smtputf8_missing"
    INVALID_EMAIL_ADDRESS = "invalid_email_address"
    INVALID_EMAIL_DOMAIN = "invalid_email_domain"
    MAIL_DIR_NOT_WRITABLE = "mail_dir_not_writable"


@dataclass(frozen=True, slots=True)
class Reason:
    """A code with what varies in it.

    ``detail`` is a chat, a date, or other people's words as they came. ``cause`` is the code of an inner
    reason, whose detail this one has then: given up (code) because of a server's reply (cause), "450 …".
    """

    code: ReasonCode
    detail: str = ""
    cause: ReasonCode | None = None

    def as_cause_of(self, code: ReasonCode) -> "Reason":
        """Return a reason ``code`` that this one is the cause of; of causes in a row the first is kept."""
        return Reason(code, self.detail, self.cause or self.code)

    def with_detail(self, detail: str) -> "Reason":
        """Return the same reason with other words in it."""
        return replace(self, detail=detail)


def server_reply(words: str) -> Reason:
    """Return the reason that quotes a mail server."""
    return Reason(ReasonCode.SERVER_REPLY, words)


def telegram_error(words: str) -> Reason:
    """Return the reason that quotes Telegram."""
    return Reason(ReasonCode.TELEGRAM_ERROR, words)
