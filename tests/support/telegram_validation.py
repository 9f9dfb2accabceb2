"""What Telegram refuses in a request, in its own words (tdlib/telegram-bot-api Client.cpp)."""

import json
from typing import Any
from urllib.parse import urlsplit

from tests.support.telegram_html import InvalidTelegramHtml, parse_html, utf16_length

Json = dict[str, Any]

MAX_TEXT_UNITS = 4096
MAX_RAW_BYTES = 32768
MAX_BUTTONS = 100
MAX_BUTTONS_PER_ROW = 8
MAX_CALLBACK_DATA_BYTES = 64
MAX_CALLBACK_ANSWER_UNITS = 200
OTHER_BUTTON_ACTIONS = {"copy_text", "switch_inline_query", "switch_inline_query_current_chat", "web_app"}


class ApiError(Exception):
    """An answer of the Bot API that is not ok."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters

    def payload(self) -> Json:
        """Return the body of the answer."""
        body: Json = {"ok": False, "error_code": self.status, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


def bad_request(description: str) -> ApiError:
    """Return a 400 with Telegram's prefix."""
    return ApiError(400, f"Bad Request: {description}")


class CallParams:
    """The parameters of a call: every value as the text that came, from a form or from JSON."""

    def __init__(self, values: dict[str, str], files: dict[str, bytes] | None = None) -> None:
        self.values = values
        self.files = files or {}

    def text(self, name: str) -> str:
        """Return a parameter as it came, empty where it is missing."""
        return self.values.get(name, "")

    def number(self, name: str, default: int = 0) -> int:
        """Return a whole number; what is none counts as missing."""
        try:
            return int(self.values.get(name, ""))
        except ValueError:
            return default

    def flag(self, name: str) -> bool:
        """Return a boolean as the Bot API reads it."""
        return self.text(name).lower() in {"true", "1", "yes"}

    def object(self, name: str) -> Any:  # noqa: ANN401 - any JSON
        """Return a JSON parameter, None where it is missing."""
        if not (raw := self.text(name)):
            return None
        try:
            return json.loads(raw)
        except ValueError as error:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from error


def parse_message_text(
    params: CallParams, name: str = "text", max_units: int = MAX_TEXT_UNITS
) -> tuple[str, list[Json]]:
    """Return a message's text and entities as Telegram would show them, or refuse; a caption may be empty."""
    raw = params.text(name)
    if not raw and name == "caption":
        return "", []
    if not raw:
        raise bad_request("message text is empty")
    if len(raw.encode()) > MAX_RAW_BYTES:
        raise bad_request("text is too long")
    mode = params.text("parse_mode").lower()
    if mode not in ("", "html"):
        raise bad_request("unsupported parse_mode")
    if mode == "html":
        try:
            text, entities = parse_html(raw)
        except InvalidTelegramHtml as error:
            raise bad_request(f"can't parse entities: {error}") from error
    else:
        text, entities = raw.strip(), []
    if not text:
        raise bad_request("text must be non-empty")
    if utf16_length(text) > max_units:
        raise bad_request(f"{'message caption' if name == 'caption' else 'message'} is too long")
    return text, entities


def parse_inline_keyboard(params: CallParams) -> list[list[Json]]:
    """Return the rows of an inline keyboard, or refuse; no keyboard is no rows."""
    markup = params.object("reply_markup")
    if markup is None:
        return []
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    rows = markup.get("inline_keyboard", [])
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('can\'t parse inline keyboard: field "inline_keyboard" must be an Array of Arrays')
    if sum(len(row) for row in rows) > MAX_BUTTONS or any(len(row) > MAX_BUTTONS_PER_ROW for row in rows):
        raise bad_request("reply markup is too long")
    for row in rows:
        for button in row:
            _check_button(button)
    return [row for row in rows if row]


def _check_button(button: Json) -> None:
    if not button.get("text"):
        raise bad_request("can't parse inline keyboard button: Text must be non-empty")
    if "url" in button:
        _check_url(str(button["url"]))
    elif "callback_data" in button:
        if not 1 <= len(str(button["callback_data"]).encode()) <= MAX_CALLBACK_DATA_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
    elif not OTHER_BUTTON_ACTIONS & set(button):
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")


def _check_url(url: str) -> None:
    parts = urlsplit(url if "://" in url or url.startswith("tg:") else f"http://{url}")
    if parts.scheme in ("tg", "ton"):
        return
    if parts.scheme not in ("http", "https"):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    if "." not in (parts.hostname or "") or " " in url:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
