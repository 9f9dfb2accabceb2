"""What is followed: subscribing, unsubscribing, the list of domains."""

from digest.model import SubscriberProfile
from digest.model.message import Button, Keyboard
from digest.papers.domains import Taxonomy, UnknownDomain
from digest.render.telegram.callback_data import Action, encode_callback
from digest.services.archive import ReportSummary
from digest.telegram.request import (
    Response,
    domain_buttons,
    escape_user_text,
    format_domains,
    html_response,
    join_lines,
    join_paragraphs,
)
from digest.text.i18n import Translator

_MAX_BUTTONS = 9
_MAX_UNKNOWN = 5
_ACTION_BY_COMMAND = {"subscribe": Action.SUBSCRIBE, "unsubscribe": Action.UNSUBSCRIBE, "today": Action.TODAY}


def next_digest_text(tr: Translator, profile: SubscriberProfile) -> str:
    """Say when the next digest comes, or why none does."""
    subscriber, preferences = profile.subscriber, profile.preferences
    if preferences.is_empty:
        return tr.gettext("You follow nothing, so I send nothing. Choose with /domains.")
    if subscriber.paused and subscriber.paused_until and subscriber.next_digest_at:
        return tr.gettext(
            "Paused: the next digest comes {at} ({zone}). Sooner with /resume.",
            at=tr.format_datetime(subscriber.next_digest_at, preferences.timezone),
            zone=preferences.timezone,
        )
    if subscriber.paused or subscriber.next_digest_at is None:
        return tr.gettext("Deliveries are paused. Go on with /resume.")
    at = tr.format_datetime(subscriber.next_digest_at, preferences.timezone)
    return tr.gettext("Next digest: {at} ({zone}).", at=at, zone=preferences.timezone)


def format_subscriptions(tr: Translator, taxonomy: Taxonomy, profile: SubscriberProfile) -> str:
    """Name what brings a reader papers: domains, or keywords where those are all."""
    preferences = profile.preferences
    if preferences.domains != ():
        return format_domains(taxonomy, preferences.domains, tr)
    keywords = [tr.gettext("“{name}”", name=escape_user_text(word)) for word in preferences.include_keywords]
    return tr.gettext("papers with {keywords}", keywords=tr.format_list(keywords))


def subscribe_result(
    tr: Translator,
    taxonomy: Taxonomy,
    profile: SubscriberProfile,
    *,
    before: tuple[str, ...] | None,
    requested: tuple[str, ...] | None,
    waiting_count: int,
    unknown: tuple[UnknownDomain, ...] = (),
) -> Response:
    """Tell what is followed now.

    ``before`` is what was followed, ``requested`` what was asked for, ``waiting_count`` counts the papers of
    the newest report that are for this reader.
    """
    first, keyboard = _subscribe_outcome(tr, taxonomy, profile, before, requested)
    papers = (
        tr.ngettext(
            "The newest report has one paper for you: /today",
            "The newest report has {n} papers for you: /today",
            waiting_count,
        )
        if waiting_count
        else tr.gettext("The newest report has nothing on this; I keep watching. All of it: /today all")
    )
    guesses = [unknown_domain(tr, taxonomy, one) for one in unknown[:_MAX_UNKNOWN]]
    html = join_paragraphs(join_lines(first, papers, _next_digest_hint(tr, profile)), join_lines(*guesses))
    return html_response(html, keyboard + suggestion_keyboard(tr, taxonomy, unknown[:_MAX_UNKNOWN]))


def _next_digest_hint(tr: Translator, profile: SubscriberProfile) -> str:
    hint = tr.gettext("Another hour or zone: /settings") if profile.subscriber.next_digest_at else ""
    return join_lines(next_digest_text(tr, profile), hint)


def _subscribe_outcome(
    tr: Translator,
    taxonomy: Taxonomy,
    profile: SubscriberProfile,
    before: tuple[str, ...] | None,
    requested: tuple[str, ...] | None,
) -> tuple[str, Keyboard]:
    now = format_domains(taxonomy, profile.preferences.domains, tr)
    if before is None and requested:
        names = format_domains(taxonomy, requested, tr)
        told = tr.gettext(
            "You follow everything already, {domains} included. To get only that: <code>/subscribe only {word}</code>",
            domains=names,
            word=", ".join(requested),
        )
        return told, only_button(tr, taxonomy, requested)
    if profile.preferences.domains == before:
        return tr.gettext("You already follow {domains}.", domains=now), ()
    return tr.gettext("Done. You now follow <b>{domains}</b>.", domains=now), ()


def only_button(tr: Translator, taxonomy: Taxonomy, slugs: tuple[str, ...]) -> Keyboard:
    """Offer to follow one domain and nothing else."""
    if len(slugs) != 1:
        return ()
    text = tr.gettext("Only {domain}", domain=taxonomy.name(slugs[0], tr.locale))
    return ((Button(text=text, callback_data=encode_callback(Action.SET_PREFERENCE, "only", slugs[0])),),)


def unknown_domain(tr: Translator, taxonomy: Taxonomy, unknown: UnknownDomain, command: str = "subscribe") -> str:
    """Say that a word means no domain, and which come nearest."""
    if not unknown.suggestions:
        return tr.gettext("“{word}” is none of my domains. All of them: /domains", word=escape_user_text(unknown.word))
    return tr.gettext(
        "“{word}” is none of my domains. Did you mean {nearest}? Tap it, or type "
        "<code>/{command} {slug}</code>. All of them: /domains",
        word=escape_user_text(unknown.word),
        command=command,
        nearest=_format_either_domain(tr, taxonomy, unknown.suggestions),
        slug=unknown.suggestions[0],
    )


def _format_either_domain(tr: Translator, taxonomy: Taxonomy, slugs: tuple[str, ...]) -> str:
    names = [tr.gettext("“{name}”", name=escape_user_text(taxonomy.name(slug, tr.locale))) for slug in slugs]
    if len(names) == 1:
        return names[0]
    first = tr.gettext(", ").join(names[:-1])
    return tr.gettext("{first} or {last}", first=first, last=names[-1])


def suggestion_keyboard(
    tr: Translator, taxonomy: Taxonomy, unknown: tuple[UnknownDomain, ...], command: str = "subscribe"
) -> Keyboard:
    """Return a button for each domain that an unknown word may have meant; it does what ``command`` does."""
    slugs = tuple(dict.fromkeys(slug for one in unknown for slug in one.suggestions))
    return domain_buttons(taxonomy, slugs[:_MAX_BUTTONS], tr.locale, _ACTION_BY_COMMAND[command])


def unknown_domains(
    tr: Translator, taxonomy: Taxonomy, unknown: tuple[UnknownDomain, ...], command: str = "subscribe"
) -> Response:
    """Answer words behind a command of which none is a domain."""
    told = join_lines(*(unknown_domain(tr, taxonomy, one, command) for one in unknown[:_MAX_UNKNOWN]))
    return html_response(told, suggestion_keyboard(tr, taxonomy, unknown[:_MAX_UNKNOWN], command))


def subscribe_usage(tr: Translator, keyboard: Keyboard) -> Response:
    """Answer ``/subscribe`` without words."""
    return html_response(
        tr.gettext(
            "Which domains? Tap them, or type <code>/subscribe robotics, 3d</code>, "
            "<code>/subscribe only robotics</code> or <code>/subscribe all</code>."
        ),
        keyboard,
    )


def unsubscribe_result(
    tr: Translator, taxonomy: Taxonomy, profile: SubscriberProfile, *, before: tuple[str, ...] | None
) -> Response:
    """Tell what is still followed."""
    left = profile.preferences.domains
    if left == ():
        return html_response(
            tr.gettext(
                "Done: you follow nothing now, and I send nothing. Whenever you like: /domains. "
                "To erase what I know about you: /forget"
            )
        )
    names = format_domains(taxonomy, left, tr)
    if left == before:
        return html_response(
            tr.gettext("You did not follow that. You follow {domains}. To tap: /domains", domains=names)
        )
    return html_response(
        join_lines(tr.gettext("Done. You still follow {domains}.", domains=names), next_digest_text(tr, profile))
    )


def unsubscribe_usage(tr: Translator, taxonomy: Taxonomy, current: tuple[str, ...] | None) -> Response:
    """Answer ``/unsubscribe`` without words."""
    if current == ():
        return not_subscribed(tr)
    if current is None:
        return html_response(
            tr.gettext(
                "You follow everything. To stop all of it: <code>/unsubscribe all</code>. To leave out one "
                "domain: <code>/unsubscribe video</code>. To tap: /domains"
            )
        )
    return html_response(
        tr.gettext(
            "You follow {domains}. To stop one, tap it or type <code>/unsubscribe {word}</code>. "
            "To stop all: <code>/unsubscribe all</code>",
            domains=format_domains(taxonomy, current, tr),
            word=current[0],
        ),
        domain_buttons(taxonomy, current[:_MAX_BUTTONS], tr.locale, Action.UNSUBSCRIBE),
    )


def only_keywords(tr: Translator) -> Response:
    """Say to a reader of keywords alone where those are."""
    return html_response(
        tr.gettext(
            "You follow no domain, only your keywords: /settings keywords. To stop everything: "
            "<code>/unsubscribe all</code>"
        )
    )


def not_subscribed(tr: Translator) -> Response:
    """Say that there is nothing to take away."""
    return html_response(
        tr.gettext("You follow nothing yet. Choose with /domains, or all: <code>/subscribe all</code>")
    )


def domains_page(
    tr: Translator,
    taxonomy: Taxonomy,
    profile: SubscriberProfile | None,
    report: ReportSummary | None,
    keyboard: Keyboard,
) -> Response:
    """Say what is followed, above the keyboard that changes it."""
    follows = profile.preferences.domains if profile else ()
    counted = (
        tr.gettext("The numbers count the papers of {day}.", day=tr.format_long_date(report.date)) if report else ""
    )
    return html_response(
        join_lines(
            tr.gettext("You follow <b>{domains}</b>.", domains=format_domains(taxonomy, follows, tr))
            if follows != ()
            else tr.gettext("You follow nothing yet."),
            tr.gettext(
                "Tap a domain to follow it or to stop. Or type <code>/subscribe robotics</code>, "
                "<code>/unsubscribe robotics</code>; any usual name works, in English or Chinese."
            ),
            counted,
        ),
        keyboard,
    )
