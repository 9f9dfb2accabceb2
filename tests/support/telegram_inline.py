"""Inline mode of the stand-in: what Telegram checks of an answer (Bot API, "Inline mode")."""

import re

from tests.support.telegram_validation import CallParams, Json, bad_request, parse_message_text
from tests.support.telegram_world import TelegramWorld

MAX_RESULTS = 50
MAX_ID_BYTES = 64
START_PARAMETER = re.compile(r"[A-Za-z0-9_-]{1,64}")


class InlineMethods:
    """Answers inline queries."""

    def __init__(self, world: TelegramWorld) -> None:
        self._world = world

    async def do_answerinlinequery(self, params: CallParams) -> bool:
        answer = self._world.inline_answers.get(params.text("inline_query_id"))
        if answer is None or answer.answered:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        results = params.object("results") or []
        if len(results) > MAX_RESULTS:
            raise bad_request("RESULTS_TOO_MUCH")
        if len({one.get("id") for one in results}) < len(results):
            raise bad_request("RESULT_ID_DUPLICATE")
        if len(params.text("next_offset").encode()) > MAX_ID_BYTES:
            raise bad_request("NEXT_OFFSET_INVALID")
        button = params.object("button")
        if button and not START_PARAMETER.fullmatch(button.get("start_parameter", "")):
            raise bad_request("START_PARAM_INVALID")
        answer.messages = [_result_text(one) for one in results]
        answer.results, answer.button = results, button
        answer.next_offset = params.text("next_offset")
        answer.is_personal = params.flag("is_personal")
        answer.cache_time = params.number("cache_time", 300)
        answer.answered = True
        self._world.notify_change()
        return True


def _result_text(result: Json) -> str:
    """Return the text that a result sends, or refuse the result."""
    if not 1 <= len(str(result.get("id", "")).encode()) <= MAX_ID_BYTES:
        raise bad_request("RESULT_ID_INVALID")
    if result.get("type") != "article" or not result.get("title"):
        raise bad_request("can't parse inline query result: article title is empty")
    content = result.get("input_message_content") or {}
    values = {"text": content.get("message_text", ""), "parse_mode": content.get("parse_mode", "")}
    text, _ = parse_message_text(CallParams(values))
    return text
