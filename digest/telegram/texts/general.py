"""Sentences that several handlers share: what is not understood or not allowed, and what comes next."""

from collections.abc import Mapping
from datetime import timedelta

from digest.model import Channel, SubscriberProfile
from digest.model.message import Keyboard
from digest.papers.domains import Taxonomy, UnknownDomain
from digest.render.telegram.callback_data import Action
from digest.services.channels import CHANNELS
from digest.telegram.request import (
    Request,
    Response,
    domain_buttons,
    escape_user_text,
    format_domains,
    html_response,
    join_lines,
)
from digest.text.i18n import Translator

_MINUTE = 60
MAX_DOMAIN_BUTTONS = 9
MAX_UNKNOWN_SHOWN = 5
_ACTION_BY_COMMAND = {"subscribe": Action.SUBSCRIBE, "unsubscribe": Action.UNSUBSCRIBE, "today": Action.TODAY}


def unknown_command(tr: Translator, nearest: str | None = None) -> Response:
    """Answer a command that does not exist, or not for this person; ``nearest`` is one that does."""
    if nearest:
        return html_response(tr.gettext("Unknown command. Did you mean /{name}? All commands: /help", name=nearest))
    return html_response(tr.gettext("Unknown command. All commands: /help"))


def not_understood(tr: Translator) -> str:
    """Answer a message without meaning."""
    return tr.gettext(
        "I did not understand that. Send an arXiv link, the name of a domain such as <code>robotics</code>, "
        "a search such as <code>/search world model</code>, or /help."
    )


def rate_limited(tr: Translator) -> str:
    """Answer the first command too many."""
    return tr.gettext("Too many commands. Try again in a minute.")


def internal_error(tr: Translator) -> str:
    """Return the message that we failed, not the person."""
    return tr.gettext("Something went wrong on our side. Please try again in a minute.")


def group_admins_only(tr: Translator) -> str:
    """Return the text that says in a group why nothing changed."""
    return tr.gettext("Only administrators of this group can change its settings.")


def private_chat_only(tr: Translator) -> str:
    """Return the text that says in a group what belongs into a private chat."""
    return tr.gettext("This is personal. Please send it in a private chat.")


def stale_button(tr: Translator) -> str:
    """Answer a button that means nothing any more."""
    return tr.gettext("This button is no longer valid. Send /today or /help to continue.")


def confirmation_expired(tr: Translator) -> str:
    """Answer a confirmation that was used, is too old or belongs to somebody else."""
    return tr.gettext("This request was already answered, has expired, or is not yours. Nothing was done.")


def format_duration(tr: Translator, duration: timedelta) -> str:
    """Return a length of time in words: exact in seconds below a minute and a half, in minutes above."""
    seconds = max(1, round(duration.total_seconds()))
    if seconds < _MINUTE * 3 // 2:
        return tr.ngettext("{n} second", "{n} seconds", seconds)
    minutes = round(seconds / _MINUTE)
    if minutes < _MINUTE * 3 // 2:
        return tr.ngettext("about {n} minute", "about {n} minutes", minutes)
    return tr.ngettext("about {n} hour", "about {n} hours", round(minutes / _MINUTE))


def format_channel_counts(tr: Translator, counts: Mapping[Channel, int]) -> str:
    """Return the text that says how many there are on each channel."""
    told = [tr.gettext(one.count_text, n=n) for one in CHANNELS.values() if (n := counts.get(one.channel, 0))]
    return tr.format_list(told) or tr.gettext("nobody")


def next_digest_text(request: Request, profile: SubscriberProfile) -> str:
    """Return the text that says when the next digest comes, or why none does."""
    subscriber, preferences = profile.subscriber, profile.preferences
    if preferences.is_empty:
        return request.gettext("You follow nothing, so nothing is sent. Choose with {/domains}.")
    if subscriber.paused and subscriber.paused_until and subscriber.next_digest_at:
        return request.gettext(
            "Paused. The next digest comes on {at} ({zone}). To resume earlier: {/resume}",
            at=request.tr.format_datetime(subscriber.next_digest_at, preferences.timezone),
            zone=preferences.timezone,
        )
    if subscriber.paused or subscriber.next_digest_at is None:
        return request.gettext("Delivery is paused. Resume with {/resume}.")
    at = request.tr.format_datetime(subscriber.next_digest_at, preferences.timezone)
    return request.gettext("Next digest: {at} ({zone}).", at=at, zone=preferences.timezone)


def format_subscriptions(tr: Translator, taxonomy: Taxonomy, profile: SubscriberProfile) -> str:
    """Name what brings a reader papers: domains, or keywords where those are all."""
    preferences = profile.preferences
    if preferences.domains != ():
        return format_domains(taxonomy, preferences.domains, tr)
    keywords = [tr.gettext("“{name}”", name=escape_user_text(word)) for word in preferences.include_keywords]
    return tr.gettext("papers with {keywords}", keywords=tr.format_list(keywords))


def unknown_domain(request: Request, taxonomy: Taxonomy, unknown: UnknownDomain, command: str = "subscribe") -> str:
    """Return the message that a word means no domain, and which come nearest."""
    if not unknown.suggestions:
        return request.gettext("Unknown domain “{word}”. All domains: {/domains}", word=escape_user_text(unknown.word))
    return request.gettext(
        "Unknown domain “{word}”. Did you mean {nearest}? Tap it, or type <code>/{command} {slug}</code>. "
        "All domains: {/domains}",
        word=escape_user_text(unknown.word),
        command=command,
        nearest=_format_either_domain(request.tr, taxonomy, unknown.suggestions),
        slug=unknown.suggestions[0],
    )


def _format_either_domain(tr: Translator, taxonomy: Taxonomy, slugs: tuple[str, ...]) -> str:
    names = [tr.gettext("“{name}”", name=escape_user_text(taxonomy.name(slug, tr.locale))) for slug in slugs]
    if len(names) == 1:
        return names[0]
    first = tr.gettext(", ").join(names[:-1])
    return tr.gettext("{first} or {last}", first=first, last=names[-1])


def suggestion_keyboard(
    request: Request, taxonomy: Taxonomy, unknown: tuple[UnknownDomain, ...], command: str = "subscribe"
) -> Keyboard:
    """Return a button for each domain that an unknown word may have meant; it does what ``command`` does."""
    slugs = tuple(dict.fromkeys(slug for one in unknown for slug in one.suggestions))
    return domain_buttons(request, taxonomy, slugs[:MAX_DOMAIN_BUTTONS], _ACTION_BY_COMMAND[command])


def unknown_domains(
    request: Request, taxonomy: Taxonomy, unknown: tuple[UnknownDomain, ...], command: str = "subscribe"
) -> Response:
    """Answer words behind a command of which none is a domain."""
    told = join_lines(*(unknown_domain(request, taxonomy, one, command) for one in unknown[:MAX_UNKNOWN_SHOWN]))
    return html_response(told, suggestion_keyboard(request, taxonomy, unknown[:MAX_UNKNOWN_SHOWN], command))
