"""The channels as rows: what the parts of the program that serve every channel ask and iterate over.

Only the code of one channel (its package, and what exists there alone, such as groups or bounces) names it.
docs/developing.md says what a new channel needs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from digest.model import Channel, Target
from digest.model.email_address import normalize_email
from digest.model.errors import InvalidInput
from digest.text.i18n import Translator, gettext_noop


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelInfo:
    """One channel.

    ``names`` are what admins type for it. ``required_setting`` is the variable without which its messages are
    written to a folder, ``rate_setting`` and ``default_rate`` are its messages a second. ``parse_target`` reads an
    address and raises ``InvalidInput``; ``example`` is one for previews, and
    ``address_prefix`` stands before an address that does not show its channel.

    ``has_owners``: whoever set an address up hears if it ends. ``has_bounces``: messages may come back after they
    were accepted. ``proves_reachable``: words from an address prove that it can be reached again.

    The sentences say how many there are, how many a second, who alone is meant, and what a preview shows.
    """

    channel: Channel
    label: str
    names: tuple[str, ...]
    required_setting: str
    rate_setting: str
    default_rate: float
    parse_target: Callable[[str], Target]
    example: Target
    address_prefix: str = ""
    count_text: str
    rate_text: str
    audience_text: str
    preview_text: str
    has_owners: bool = False
    has_bounces: bool = False
    proves_reachable: bool = False


def _parse_chat_id(text: str) -> Target:
    try:
        return Target.telegram(int(text))
    except ValueError as error:
        raise InvalidInput(f"{text!r} is no numeric chat id") from error


CHANNELS: Mapping[Channel, ChannelInfo] = {
    Channel.TELEGRAM: ChannelInfo(
        channel=Channel.TELEGRAM,
        label=gettext_noop("Telegram"),
        names=("telegram", "chat", "chats", "电报"),
        required_setting="TELEGRAM_BOT_TOKEN",
        rate_setting="TELEGRAM_RATE",
        default_rate=28.0,
        parse_target=_parse_chat_id,
        example=Target.telegram(1),
        address_prefix="Telegram ",
        count_text=gettext_noop("{n} in Telegram"),
        rate_text=gettext_noop("{n} Telegram messages per second"),
        audience_text=gettext_noop("{who}, in Telegram only"),
        preview_text=gettext_noop("The message is shown above exactly as it appears in Telegram."),
        has_owners=True,
        proves_reachable=True,
    ),
    Channel.EMAIL: ChannelInfo(
        channel=Channel.EMAIL,
        label=gettext_noop("Email"),
        names=("email", "emails", "e-mail", "mail", "mails", "邮件", "邮箱"),
        required_setting="SMTP_HOST",
        rate_setting="SMTP_RATE",
        default_rate=10.0,
        parse_target=lambda text: Target.email(normalize_email(text)),
        example=Target.email("preview@example.org"),
        count_text=gettext_noop("{n} by email"),
        rate_text=gettext_noop("{n} emails per second"),
        audience_text=gettext_noop("{who}, by email only"),
        preview_text=gettext_noop("The text of the email is shown above. Its first line is the subject."),
        has_bounces=True,
    ),
}
"""Every channel, in the order in which people are shown them."""


def preview_note(tr: Translator, counts: Mapping[Channel, int]) -> str:
    """Return what the preview of a broadcast shows of each channel that it goes to."""
    used = [channel for channel in CHANNELS if counts.get(channel)] or list(CHANNELS)[:1]
    if len(used) == 1:
        return tr.gettext(CHANNELS[used[0]].preview_text)
    return tr.gettext(
        "The message is shown above exactly as it appears in Telegram. The email has the same text, with the "
        "first line as its subject."
    )


def waiting_text(tr: Translator, waiting: Mapping[Channel, int]) -> str:
    """Return how many messages wait on each channel."""
    chat, mail = waiting.get(Channel.TELEGRAM, 0), waiting.get(Channel.EMAIL, 0)
    return tr.gettext("Waiting: {chat} for Telegram, {mail} for email.", chat=chat, mail=mail)
