"""For admins: everything about one reader that helps them."""

from collections.abc import Iterator, Sequence
from html import escape

from digest.model import EndpointState, Frequency, Preferences
from digest.model.message import TelegramMessage
from digest.papers.domains import Taxonomy
from digest.services.admin import DeliveryRow, EndpointDetails, SubscriberDetails
from digest.services.preferences import DETAIL_LEVEL, FIELDS, FREQUENCY
from digest.telegram.request import (
    Response,
    escape_user_text,
    format_domains,
    html_message,
    html_response,
    join_lines,
    join_paragraphs,
)
from digest.telegram.texts.outbox import delivery_state_name, format_delivery, format_reason, format_target
from digest.telegram.texts.settings import format_value
from digest.text.i18n import Translator, translator_for


def user_usage(tr: Translator) -> Response:
    """Return the text that says how the command goes."""
    return html_response(
        tr.gettext(
            "Which subscriber? <code>/user 123456789</code> with a Telegram id, <code>/user "
            "ann@example.org</code>, or <code>/user #12</code> with a subscriber number. Ids of groups start "
            "with a minus sign."
        )
    )


def usernames_unsupported(tr: Translator) -> Response:
    """Return the text that says why a user name finds nobody."""
    return html_response(
        tr.gettext(
            "Usernames are not stored because they can be reassigned. Use the Telegram id, which "
            "@userinfobot shows, such as <code>/user 123456789</code>, or an email address."
        )
    )


def unknown_user(tr: Translator, query: str) -> Response:
    """Return the message that nobody is known by this."""
    return html_response(
        tr.gettext(
            "Nobody was found for “{word}”. They may never have written to the bot, or erased their data. "
            "You can also search with <code>/user ann@example.org</code>, or <code>/user #12</code> with a "
            "subscriber's number.",
            word=escape_user_text(query),
        )
    )


def subscriber_cards(
    tr: Translator, taxonomy: Taxonomy, details: Sequence[SubscriberDetails], timezone: str
) -> Response:
    """Show each reader in a message of their own; ``timezone`` is the admin's."""
    return Response(messages=tuple(_details_message(tr, taxonomy, card, timezone) for card in details))


def _details_message(tr: Translator, taxonomy: Taxonomy, details: SubscriberDetails, timezone: str) -> TelegramMessage:
    subscriber = details.profile.subscriber
    head = join_lines(
        tr.gettext("<b>Subscriber #{number}</b>", number=subscriber.id),
        tr.gettext("Joined: {at}", at=tr.format_datetime(subscriber.created_at, timezone)),
        tr.gettext("Follows: {domains}", domains=_format_subscriptions(tr, taxonomy, details)),
        *_preference_lines(tr, subscriber.preferences),
        tr.gettext("Saved papers: {n}", n=details.saved_count),
        _next_digest_line(tr, details, timezone),
    )
    places = join_lines(
        tr.gettext("<b>Endpoints</b>"),
        *([_endpoint_line(tr, place, timezone) for place in details.endpoints] or [tr.gettext("nowhere")]),
    )
    sent = join_lines(
        tr.gettext("<b>Latest deliveries</b>"),
        *([_delivery_line(tr, row, timezone) for row in details.deliveries] or [tr.gettext("none yet")]),
    )
    return html_message(join_paragraphs(head, places, sent))


def _format_subscriptions(tr: Translator, taxonomy: Taxonomy, details: SubscriberDetails) -> str:
    domains = details.profile.preferences.domains
    return tr.gettext("nothing yet") if domains == () else format_domains(taxonomy, domains, tr)


def _preference_lines(tr: Translator, preferences: Preferences) -> Iterator[str]:
    weekly = preferences.frequency is Frequency.WEEKLY
    day = tr.weekday_name(preferences.weekday)
    yield tr.gettext(
        "Settings: {rhythm} at {hour} ({zone}), {language}, {layout}",
        rhythm=tr.gettext("every {day}", day=day) if weekly else format_value(tr, FREQUENCY, preferences),
        hour=tr.format_time(preferences.send_minute),
        zone=preferences.timezone,
        language=translator_for(preferences.locale).native_name,
        layout=format_value(tr, DETAIL_LEVEL, preferences),
    )
    for setting in FIELDS:
        if setting.details and (value := setting.get(preferences)):
            yield setting.details(tr, value, format_value(tr, setting, preferences))


def _next_digest_line(tr: Translator, details: SubscriberDetails, timezone: str) -> str:
    """Return when the next digest comes, in the subscriber's time and in the admin's, or why none does."""
    subscriber, theirs = details.profile.subscriber, details.profile.preferences.timezone
    if subscriber.next_digest_at is None:
        if subscriber.paused:
            return tr.gettext("Next digest: none, paused")
        if details.profile.preferences.is_empty:
            return tr.gettext("Next digest: none, nothing followed")
        return tr.gettext("Next digest: none, no active endpoint")
    at = tr.format_datetime(subscriber.next_digest_at, theirs)
    paused = tr.gettext("paused until then")
    until = f" ({paused})" if subscriber.paused else ""
    if theirs == timezone:
        return tr.gettext("Next digest: {at} ({zone})", at=at, zone=theirs) + until
    here = tr.format_datetime(subscriber.next_digest_at, timezone)
    told = tr.gettext("Next digest: {at} ({zone})", at=at, zone=theirs)
    yours = tr.gettext("for you {here} ({own})", here=here, own=timezone)
    return tr.gettext("{one}, {other}", one=told, other=yours) + until


def _endpoint_line(tr: Translator, details: EndpointDetails, timezone: str) -> str:
    endpoint = details.endpoint
    told = tr.gettext(
        "{where} · {state} · since {at}",
        where=escape(format_target(endpoint.target), quote=False),
        state=_endpoint_state_name(tr, endpoint.state),
        at=tr.format_datetime(details.since, timezone),
    )
    title = escape_user_text(endpoint.title) if endpoint.title else ""
    return join_lines(told, title, escape(format_reason(tr, details.reason), quote=False))


def _endpoint_state_name(tr: Translator, state: EndpointState) -> str:
    match state:
        case EndpointState.ACTIVE:
            return tr.gettext("active")
        case EndpointState.PENDING:
            return tr.gettext("not confirmed yet")
        case EndpointState.UNREACHABLE:
            return tr.gettext("unreachable until they write again")
        case EndpointState.UNSUBSCRIBED:
            return tr.gettext("unsubscribed")
        case EndpointState.SUPPRESSED:
            return tr.gettext("emails bounced too often")


def _delivery_line(tr: Translator, row: DeliveryRow, timezone: str) -> str:
    told = tr.gettext(
        "#{id} · {what} · {state} since {since}",
        id=row.id,
        what=format_delivery(tr, row),
        state=delivery_state_name(tr, row.state),
        since=tr.format_datetime(row.state_since, timezone),
    )
    return join_lines(told, escape(format_reason(tr, row.reason), quote=False))
