"""One reader: who they are by any of their names, what they chose, and what became of their deliveries."""

import re
import unicodedata
from collections.abc import Sequence

from digest.model import Channel
from digest.model.email_address import normalize_email
from digest.model.errors import InvalidInput
from digest.services.admin import SubscriberDetails
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.input.commands import strip_invisible
from digest.telegram.lookups import timezone_of
from digest.telegram.request import Request, Response
from digest.telegram.routes import Command
from digest.telegram.texts import user as answers
from digest.text.i18n import gettext_noop

_CHAT_ID = re.compile(r"-?[0-9]{1,18}")
_SUBSCRIBER_NUMBER = re.compile(r"#([0-9]{1,18})")


async def user(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/user ID``: a Telegram id, ``#`` with a subscriber's number, or an email address."""
    word = unicodedata.normalize("NFKC", strip_invisible(request.text)).strip()
    if not word:
        return answers.user_usage(request.tr)
    if word.startswith("@"):
        return answers.usernames_unsupported(request.tr)
    cards = await _find_subscribers(deps, word)
    if cards is None:
        return answers.user_usage(request.tr)
    if not cards:
        return answers.unknown_user(request.tr, word)
    return answers.subscriber_cards(request.tr, deps.taxonomy, cards, timezone_of(deps, request))


async def _find_subscribers(deps: HandlerDependencies, query: str) -> Sequence[SubscriberDetails] | None:
    """Return whom a word means; None where it cannot mean anybody.

    A bare number is a Telegram id, and a subscriber's number where no chat has it.
    """
    if number := _SUBSCRIBER_NUMBER.fullmatch(query):
        return await _find_by_id(deps, int(number[1]))
    if _CHAT_ID.fullmatch(query):
        return await deps.subscriber_details.find_by_address(Channel.TELEGRAM, str(int(query))) or await _find_by_id(
            deps, int(query)
        )
    try:
        return await deps.subscriber_details.find_by_address(Channel.EMAIL, normalize_email(query))
    except InvalidInput:
        return None


async def _find_by_id(deps: HandlerDependencies, subscriber_id: int) -> Sequence[SubscriberDetails]:
    card = await deps.subscriber_details.find_by_id(subscriber_id)
    return [card] if card else []


COMMANDS = (
    Command(
        name="user",
        handle=user,
        aliases=("用户",),
        menu=gettext_noop("One subscriber: preferences, addresses, deliveries"),
        help=(
            gettext_noop("/user – one subscriber: <code>/user 123456789</code> or <code>/user ann@example.org</code>"),
        ),
        admin_only=True,
    ),
)
