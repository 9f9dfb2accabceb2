"""Whether an answer is Telegram's own, decided from its status and its bytes alone.

Between us and the Bot API stand proxies, firewalls, load balancers and captive portals, and each of them
answers in Telegram's place with statuses that Telegram uses too. An answer is Telegram's only in the form of
https://core.telegram.org/bots/api#making-requests: with ``ok``, and then either a ``result`` that the method
can have, or an ``error_code`` equal to the HTTP status and a ``description`` of that code's kind
(``fail_query_with_error`` in tdlib/telegram-bot-api).

Of any other answer this is known:

- Statuses 200 to 499: whoever answered did so instead of passing the request on. A portal or a filter shows
  its own page, a redirect sends the caller elsewhere, a firewall refuses. Nothing was delivered.
- Statuses from 500: a gateway may have passed the request on and lost the answer (RFC 9110, 15.6). Nobody
  knows. Only 511 is a portal's own word for "log in first" (RFC 6585, 6).
- Half an answer, bytes that are no text, and ``ok`` with a result that makes no sense come from somebody
  who had the request. Nobody knows.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from telegram import ChatFullInfo, ChatMember, File, Message, Update, User, WebhookInfo
from telegram.error import NetworkError, RetryAfter, TelegramError

from digest.model.reasons import Reason, ReasonCode
from digest.text.reason_texts import reason_in_english
from digest.text.redact import redact_tokens

MIN_SERVER_ERROR = 500
MAX_DESCRIPTION_LENGTH = 500
MAX_EXCERPT_LENGTH, MAX_EXCERPT_BYTES = 80, 2000
MAX_WAIT_SECONDS = 86_400
"""Telegram asks for up to a day. A longer wait is asked for again by the next refusal."""

DEFAULT_WAIT_SECONDS = 30
"""How long to wait where "too many requests" comes without a wait that has a meaning."""

DESCRIPTION_PATTERNS: Mapping[int, re.Pattern[str]] = {
    400: re.compile(r"Bad Request: ."),
    401: re.compile(r"Unauthorized(: .|$)"),
    403: re.compile(r"Forbidden: ."),
    404: re.compile(r"Not Found(: .|$)"),
    405: re.compile(r"Method Not Allowed(: .|$)"),
    409: re.compile(r"Conflict: ."),
    413: re.compile(r"Request Entity Too Large(: .|$)"),
    421: re.compile(r"Misdirected Request: ."),
    429: re.compile(r"Too Many Requests(: .|$)"),
}
"""How Telegram's descriptions begin; a code below 500 that is not here is not Telegram's."""

MAX_CHAT_ID = 2**52
"""https://core.telegram.org/bots/api#chat: an id has at most 52 significant bits."""

PARSE_ERRORS = (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError)
"""What PTB's readers raise for JSON that is not what they expect; they check nothing themselves."""

MIGRATION_STATUSES = frozenset({400, 403})

_NO_JSON: Final = object()
_TITLE = re.compile(r"<title>([^<]+)</title>", re.IGNORECASE)
_TAGS = re.compile(r"<(script|style)\b[^<]*</\1[^<>]*>|<[^<>]*>", re.IGNORECASE)


class ForeignResponse(NetworkError):
    """Something other than the Bot API answered in its place; the request never reached Telegram."""

    def __init__(self, detail: str) -> None:
        self.reason = Reason(ReasonCode.TELEGRAM_FOREIGN_ANSWER, detail)
        super().__init__(reason_in_english(self.reason))


class UnreadableResponse(NetworkError):
    """The answer was lost on its way or makes no sense; nobody knows whether the request was handled."""

    def __init__(self, detail: str) -> None:
        self.reason = Reason(ReasonCode.TELEGRAM_UNREADABLE_ANSWER, detail)
        super().__init__(reason_in_english(self.reason))


class TooManyRequests(RetryAfter):
    """Wait so many seconds, rounded up and at most a day, before the next request.

    ``all_chats`` True: several chats were refused within seconds, so that the wait is not one chat's own.

    PTB's own class warns whenever it is made, while its ``retry_after`` changes from int to timedelta;
    PTB itself reads ``_retry_after`` only.
    """

    __slots__ = ("all_chats",)

    def __init__(self, seconds: float, *, all_chats: bool = False) -> None:
        whole = math.ceil(min(seconds, MAX_WAIT_SECONDS))
        more = "; a longer wait was asked for" if seconds > MAX_WAIT_SECONDS else ""
        self.all_chats = all_chats
        self._retry_after = timedelta(seconds=whole)
        TelegramError.__init__(self, f"Flood control exceeded. Retry in {whole} seconds{more}")

    @property
    def retry_after(self) -> timedelta:
        """The wait that is asked for."""
        return self._retry_after


def retry_after(error: RetryAfter) -> timedelta:
    """Return the wait that an error asks for, without PTB's warning."""
    wait: timedelta = error._retry_after  # noqa: SLF001 - the public property warns
    return wait


def validate_response(method: str, status: int, body: bytes) -> bytes:
    """Return Telegram's answer to ``method`` in a form that PTB can read.

    Raises ``ForeignResponse`` or ``UnreadableResponse`` for everything that is not Telegram's.
    """
    try:
        answer = json.loads(body.decode())
    except (ValueError, RecursionError):
        answer = _NO_JSON
    if status == HTTPStatus.OK and _is_ok(answer):
        if _has_result(method, answer):
            return body
        raise UnreadableResponse(f"{status}, ok without a result")
    if refusal := parse_refusal(status, answer):
        return json.dumps(refusal).encode()
    detail = f"{status} {_excerpt(body).removeprefix(str(status)).lstrip()}".strip()
    if _may_have_been_handled(status, body, answer):
        raise UnreadableResponse(detail)
    raise ForeignResponse(detail)


def parse_refusal(status: int, response: object) -> dict[str, Any] | None:
    """Return Telegram's refusal without what makes no sense in it, None where it is not Telegram's."""
    if not isinstance(response, dict) or response.get("ok") is not False:
        return None
    code, description = response.get("error_code"), response.get("description")
    if type(code) is not int or code != status or not isinstance(description, str):
        return None
    pattern = DESCRIPTION_PATTERNS.get(status)
    if status < HTTPStatus.BAD_REQUEST or (status < MIN_SERVER_ERROR and not (pattern and pattern.match(description))):
        return None
    refusal = {"ok": False, "error_code": code, "description": _one_line(description)[:MAX_DESCRIPTION_LENGTH]}
    told = response.get("parameters")
    parameters = _valid_parameters(status, told if isinstance(told, dict) else {})
    return refusal | ({"parameters": parameters} if parameters else {})


def _valid_parameters(status: int, parameters: Mapping[str, Any]) -> dict[str, int | float]:
    """Return the parameters that Telegram gives with this status and that have a meaning."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = parameters.get("retry_after")
        if not isinstance(wait, int | float) or isinstance(wait, bool) or not 0 < wait < math.inf:
            wait = DEFAULT_WAIT_SECONDS
        return {"retry_after": wait}
    moved = parameters.get("migrate_to_chat_id")
    if status in MIGRATION_STATUSES and type(moved) is int and -MAX_CHAT_ID < moved < 0:
        return {"migrate_to_chat_id": moved}
    return {}


def _is_ok(response: object) -> bool:
    return isinstance(response, dict) and response.get("ok") is True


def _may_have_been_handled(status: int, body: bytes, response: object) -> bool:
    """Return whether a foreign or broken answer leaves a doubt about the request."""
    if status == HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED:
        return False
    if status < HTTPStatus.OK or status >= MIN_SERVER_ERROR:
        return True
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        return False
    # Half of an answer begins as Telegram's do; what is no text was damaged on its way.
    is_damaged = response is _NO_JSON and (body.lstrip()[:1] == b"{" or not _is_text(body))
    return _is_ok(response) or is_damaged


def _is_text(body: bytes) -> bool:
    try:
        return "\0" not in body.decode()
    except ValueError:
        return False


def _excerpt(body: bytes) -> str:
    """Return the title or the first words of an answer as a person may read them, without tokens."""
    text = body[:MAX_EXCERPT_BYTES].decode("utf-8", "replace")
    title = _TITLE.search(text)
    text = title[1] if title else _TAGS.sub(" ", text)
    return redact_tokens(_one_line(text))[:MAX_EXCERPT_LENGTH].strip()


def _one_line(text: str) -> str:
    """Return ``text`` as one line that every store and log takes."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _has_result(method: str, response: Any) -> bool:  # noqa: ANN401 - any JSON
    """Return whether an answer that is ok has what ``method`` gives, in a form that PTB can read."""
    name = method.lower()
    check = RESULT_CHECKS.get(name) or (_is_message if name.startswith(("send", "edit")) else _is_present)
    try:
        return "result" in response and check(response["result"])
    except PARSE_ERRORS:
        return False


def _is_present(result: object) -> bool:
    return result is not None


def _is_message(result: Any) -> bool:  # noqa: ANN401 - any JSON
    return result is True or _is_sent_message(result)


def _is_sent_message(result: Any) -> bool:  # noqa: ANN401 - any JSON
    number = Message.de_json(result, None).message_id
    return type(number) is int and 0 <= number < MAX_CHAT_ID


def _is_update(result: Any) -> bool:  # noqa: ANN401 - any JSON
    return type(Update.de_json(result, None).update_id) is int


def _is_parsed_by(parse: Callable[[Any, None], object]) -> Callable[[Any], bool]:
    return lambda result: parse(result, None) is not None


def _is_list_of(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda result: isinstance(result, list) and all(map(check, result))


RESULT_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "getme": lambda result: type(User.de_json(result, None).id) is int,
    "getupdates": _is_list_of(_is_update),
    "getwebhookinfo": _is_parsed_by(WebhookInfo.de_json),
    "getfile": _is_parsed_by(File.de_json),
    "getchat": _is_parsed_by(ChatFullInfo.de_json),
    "getchatmember": _is_parsed_by(ChatMember.de_json),
    "getchatadministrators": _is_list_of(_is_parsed_by(ChatMember.de_json)),
    "sendmessage": _is_sent_message,
    "senddocument": _is_sent_message,
    "sendphoto": _is_sent_message,
    "sendchataction": _is_present,
}
"""How PTB reads the result of each method that is asked here."""
